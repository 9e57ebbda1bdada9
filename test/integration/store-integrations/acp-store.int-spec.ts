import { Clock } from '../../../src/platform/clock';
import { AcpApi } from '../../../src/store-integrations/protocols/acp/acp-api';
import { AcpClient } from '../../../src/store-integrations/protocols/acp/acp-client';
import { storeApiContract } from './store-api.contract';

describe('The ACP client at a store that speaks ACP', () => {
  const clock = new Clock();
  storeApiContract({
    ...{ kind: 'target', sku: (number) => `TG-${number}`, abilities: ['track', 'webhooks'] },
    make: (http) => new AcpApi(new AcpClient(http, clock), clock),
  });
});
