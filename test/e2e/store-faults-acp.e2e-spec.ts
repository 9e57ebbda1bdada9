import { describeFaults } from '../support/store-faults';

describe('Faults of the store that speaks ACP', () => describeFaults('target', 'TG'));
