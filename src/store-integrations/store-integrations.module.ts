import { Module, type Type } from '@nestjs/common';
import { IdentityModule } from '../identity';
import { StoresModule } from '../stores';
import { AccountsRepository } from './accounts/accounts.repository';
import { StoreAccounts } from './accounts/store-accounts';
import type { CheckoutStrategy } from './checkout-strategy';
import { CHECKOUT_STRATEGIES, CheckoutStrategyRegistry } from './checkout-strategy.registry';
import { Connections } from './connections/connections';
import { StoreCalls } from './connections/store-calls';
import { OAuthClient } from './oauth/oauth-client';
import { Revocations } from './oauth/revocations';
import { STORE_APIS, StoreApiRegistry, type NamedStoreApi } from './protocols/store-api.registry';
import { DirectStrategy } from './strategies/direct/direct.strategy';
import { RedirectStrategy } from './strategies/redirect/redirect.strategy';

/** Who speaks to stores by API: each is a provider below and one name in this list. */
const APIS: Type<NamedStoreApi>[] = [];

/** How orders are placed with each kind of store. A new tier is one class here and one line below. */
@Module({
  imports: [IdentityModule, StoresModule],
  providers: [
    ...[Connections, StoreCalls, AccountsRepository, StoreAccounts, OAuthClient, Revocations],
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
  exports: [CheckoutStrategyRegistry, StoreCalls, StoreAccounts, Connections],
})
export class StoreIntegrationsModule {}
