import { Module } from '@nestjs/common';
import type { CheckoutStrategy } from './checkout-strategy';
import { CHECKOUT_STRATEGIES, CheckoutStrategyRegistry } from './checkout-strategy.registry';
import { STORE_APIS, StoreApiRegistry, type NamedStoreApi } from './protocols/store-api.registry';
import { StoreHttp } from './protocols/store-http';
import { SigningKeys } from './protocols/ucp/signing-keys';
import { StoreProfiles } from './protocols/ucp/store-profiles';
import { UcpApi } from './protocols/ucp/ucp.api';
import { UcpClient } from './protocols/ucp/ucp-client';
import { UcpWebhooks } from './protocols/ucp/ucp-webhooks';
import { DirectStrategy } from './strategies/direct/direct.strategy';
import { RedirectStrategy } from './strategies/redirect/redirect.strategy';

/** How orders are placed with each kind of store. A new tier is one class here and one line below. */
@Module({
  providers: [
    DirectStrategy,
    RedirectStrategy,
    {
      provide: CHECKOUT_STRATEGIES,
      inject: [DirectStrategy, RedirectStrategy],
      useFactory: (...strategies: CheckoutStrategy[]) => strategies,
    },
    CheckoutStrategyRegistry,
    StoreHttp,
    ...[SigningKeys, StoreProfiles, UcpClient, UcpApi, UcpWebhooks],
    { provide: STORE_APIS, inject: [UcpApi], useFactory: (...apis: NamedStoreApi[]) => apis },
    StoreApiRegistry,
  ],
  exports: [CheckoutStrategyRegistry, StoreApiRegistry, UcpWebhooks],
})
export class StoreIntegrationsModule {}
