import { Module, type Type } from '@nestjs/common';
import { IdentityModule } from '../identity';
import { StoresModule } from '../stores';
import { AccountsExport } from './accounts/accounts-export';
import { AccountsRepository } from './accounts/accounts.repository';
import { Consents } from './accounts/consents';
import { Integrations } from './accounts/integrations';
import { IntegrationsController } from './accounts/integrations.controller';
import { StoreAccounts } from './accounts/store-accounts';
import { Unlinking } from './accounts/unlinking';
import type { CheckoutStrategy } from './checkout-strategy';
import { CHECKOUT_STRATEGIES, CheckoutStrategyRegistry } from './checkout-strategy.registry';
import { AdminConnectionsController } from './connections/admin-connections.controller';
import { ConnectionSettings } from './connections/connection-settings';
import { Connections } from './connections/connections';
import { StoreCalls } from './connections/store-calls';
import { LinkCallbackController } from './oauth/link-callback.controller';
import { Linking } from './oauth/linking';
import { LinksRepository } from './oauth/links.repository';
import { OAuthClient } from './oauth/oauth-client';
import { Revocations } from './oauth/revocations';
import { AcpApi } from './protocols/acp/acp-api';
import { AcpClient } from './protocols/acp/acp-client';
import { MarlowApi } from './protocols/private/marlow/marlow-api';
import { StoreHttp } from './protocols/store-http';
import { STORE_APIS, StoreApiRegistry, type NamedStoreApi } from './protocols/store-api.registry';
import { DirectStrategy } from './strategies/direct/direct.strategy';
import { RedirectStrategy } from './strategies/redirect/redirect.strategy';

/** Who speaks to stores by API: each is a provider below and one name in this list. */
const APIS: Type<NamedStoreApi>[] = [AcpApi, MarlowApi];

/** How orders are placed with each kind of store. A new tier is one class here and one line below. */
@Module({
  imports: [IdentityModule, StoresModule],
  controllers: [AdminConnectionsController, LinkCallbackController, IntegrationsController],
  providers: [
    ...[Connections, ConnectionSettings, StoreCalls],
    ...[AccountsRepository, StoreAccounts, AccountsExport, Consents, Integrations, Unlinking],
    ...[OAuthClient, Revocations, LinksRepository, Linking],
    ...[StoreHttp, AcpClient],
    ...APIS,
    { provide: STORE_APIS, inject: APIS, useFactory: (...apis: NamedStoreApi[]) => apis },
    StoreApiRegistry,
    DirectStrategy,
    RedirectStrategy,
    {
      provide: CHECKOUT_STRATEGIES,
      inject: [DirectStrategy, RedirectStrategy],
      useFactory: (...strategies: CheckoutStrategy[]) => strategies,
    },
    CheckoutStrategyRegistry,
  ],
  exports: [CheckoutStrategyRegistry, StoreCalls, StoreAccounts, Connections, ConnectionSettings],
})
export class StoreIntegrationsModule {}
