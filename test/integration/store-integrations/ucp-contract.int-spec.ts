import { UcpApi } from '../../../src/store-integrations/protocols/ucp/ucp.api';
import { startApp } from '../../support/app';
import { storeApiContract } from './store-api.contract';

describe.each(['2026-08-25', '2026-04-08'] as const)('The UCP client at a store that speaks UCP %s', (version) => {
  storeApiContract({
    ...{ kind: 'walmart', sku: (number) => `WM-${number}`, abilities: ['track', 'webhooks', 'availability'] },
    store: { ucpVersions: [version] },
    // Its keys lie in a database, and the store reads our profile.
    make: async (_http, { url }) => {
      const { app } = await startApp({ SANDBOX_ORIGINS: url, MUSE_ROLE: 'api' });
      return app.get(UcpApi, { strict: false });
    },
  });
});
