import type { TestingModuleBuilder } from '@nestjs/testing';
import {
  CHECKOUT_STRATEGIES,
  quoteFromTables,
  type CheckoutStrategy,
  type Placement,
  type PlacementOutcome,
  type StoreGroup,
  type StoreQuote,
} from '../../src/store-integrations';
import { DirectStrategy } from '../../src/store-integrations/strategies/direct/direct.strategy';
import { RedirectStrategy } from '../../src/store-integrations/strategies/redirect/redirect.strategy';
import type { CheckoutTier } from '../../src/stores';

type Act = (placement: Placement) => PlacementOutcome | Promise<PlacementOutcome>;

export const PLACED: PlacementOutcome = { type: 'placed', storeOrderNumber: 'ND-12345', placedAtStore: true };
export const UNAVAILABLE: PlacementOutcome = {
  type: 'unavailable',
  code: 'store_down',
  detail: 'The store does not answer.',
};

/** A store's connection whose other side does what the test says; unless told otherwise, it places. */
export class ScriptedStrategy implements CheckoutStrategy {
  readonly checkout = 'in_muse';
  /** What it was asked to place, in order. */
  readonly asked: Placement[] = [];
  private readonly scripts = new Map<string, Act[]>();

  constructor(
    readonly tier: CheckoutTier,
    readonly repeatable: boolean,
    /** It asks nobody outside, so a request may wait for it; otherwise a job asks it all the same. */
    readonly quotesAtOnce = true,
  ) {}

  /** What to do at this store: the first time, the second …; the last goes on. */
  will(storeId: string, ...acts: Act[]): void {
    this.scripts.set(storeId, acts);
  }

  askedOf(storeId: string): Placement[] {
    return this.asked.filter((placement) => placement.store.id === storeId);
  }

  quote(group: StoreGroup): Promise<StoreQuote> {
    return Promise.resolve(quoteFromTables(group));
  }

  async place(placement: Placement): Promise<PlacementOutcome> {
    this.asked.push(placement);
    const acts = this.scripts.get(placement.store.id);
    const act = acts && acts.length > 1 ? acts.shift() : acts?.[0];
    return act ? act(placement) : PLACED;
  }
}

/** For startApp: these beside the strategies that Muse has. */
export function withStrategies(...scripted: CheckoutStrategy[]) {
  return (builder: TestingModuleBuilder): TestingModuleBuilder =>
    builder.overrideProvider(CHECKOUT_STRATEGIES).useFactory({
      inject: [DirectStrategy, RedirectStrategy],
      factory: (...own: CheckoutStrategy[]) => [...own, ...scripted],
    });
}
