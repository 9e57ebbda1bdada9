import { Module } from '@nestjs/common';
import type { CheckoutStrategy } from './checkout-strategy';
import { CHECKOUT_STRATEGIES, CheckoutStrategyRegistry } from './checkout-strategy.registry';
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
  ],
  exports: [CheckoutStrategyRegistry],
})
export class StoreIntegrationsModule {}
