import { describeFaults } from '../support/store-faults';

describe('Faults of the store that speaks UCP', () => describeFaults('walmart', 'WM'));
