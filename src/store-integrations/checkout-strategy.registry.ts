import { Inject, Injectable } from '@nestjs/common';
import type { CheckoutStrategy } from './checkout-strategy';
import { CHECKOUT_TIERS, type CheckoutTier } from '../stores';
import { NEXT_TIER, type CheckoutPlace } from './checkout-tier';

export const CHECKOUT_STRATEGIES = 'CHECKOUT_STRATEGIES';

/** Which strategy serves a tier. Start-up fails when two claim one, or when a tier is served by none, not even a later one. */
@Injectable()
export class CheckoutStrategyRegistry {
  private readonly byTier = new Map<CheckoutTier, CheckoutStrategy>();

  constructor(@Inject(CHECKOUT_STRATEGIES) strategies: CheckoutStrategy[]) {
    const own = new Map<CheckoutTier, CheckoutStrategy>();
    for (const strategy of strategies) {
      if (own.has(strategy.tier)) throw new Error(`Two strategies claim the tier ${strategy.tier}`);
      own.set(strategy.tier, strategy);
    }
    for (const tier of CHECKOUT_TIERS) {
      let serving: CheckoutTier | null = tier;
      while (serving !== null && !own.has(serving)) serving = NEXT_TIER[serving];
      if (serving === null) throw new Error(`No strategy serves the tier ${tier}`);
      this.byTier.set(tier, own.get(serving)!);
    }
  }

  /** The strategy that places for stores of this tier: its own, else the next one's. */
  for(tier: CheckoutTier): CheckoutStrategy {
    return this.byTier.get(tier)!;
  }

  /** The tier that takes over from this one, as things are: one that has a strategy of its own. */
  tierAfter(tier: CheckoutTier): CheckoutTier | null {
    const next = NEXT_TIER[this.for(tier).tier];
    return next === null ? null : this.for(next).tier;
  }

  /** The tiers that may serve a store of this one, in their order: those that have a strategy of their own. */
  chainOf(tier: CheckoutTier): CheckoutStrategy[] {
    const chain: CheckoutStrategy[] = [];
    for (let next: CheckoutTier | null = tier; next !== null; next = this.tierAfter(next)) chain.push(this.for(next));
    return chain;
  }

  /** Tiers whose stores may be asked again when nobody knows what became of the first time. */
  get repeatableTiers(): CheckoutTier[] {
    return CHECKOUT_TIERS.filter((tier) => this.for(tier).repeatable);
  }

  /** Where shoppers of such a store finish, as things stand now. */
  checkoutPlace(tier: CheckoutTier): CheckoutPlace {
    return this.for(tier).checkout;
  }
}
