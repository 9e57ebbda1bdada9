import { Clock } from '../../../src/platform/clock';
import { Database } from '../../../src/platform/database';
import { SigningKeys } from '../../../src/store-integrations/protocols/ucp/signing-keys';
import { StoreProfiles } from '../../../src/store-integrations/protocols/ucp/store-profiles';
import { UcpApi } from '../../../src/store-integrations/protocols/ucp/ucp.api';
import { UcpClient } from '../../../src/store-integrations/protocols/ucp/ucp-client';
import { startApp, type RunningApp } from '../../support/app';
import { storeApiContract } from './store-api.contract';

describe('The UCP client at a store that speaks UCP', () => {
  // The store reads our profile: somebody has to serve it.
  let muse: RunningApp;
  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
  });

  storeApiContract({
    ...{ kind: 'walmart', sku: (number) => `WM-${number}`, abilities: ['track', 'webhooks', 'availability'] },
    make: (http) => {
      const get = <T>(type: new (...args: never[]) => T) => muse.app.get<T>(type, { strict: false });
      const profiles = new StoreProfiles(http, get(Database));
      const clock = new Clock();
      return new UcpApi(new UcpClient(http, profiles, get(SigningKeys), muse.config, clock), clock);
    },
  });
});
