import type { CheckoutStrategy, StoreGroup } from './checkout-strategy';

/** One store's placement, seen from outside. */
export interface PlacementUnderTest {
  agreedTotalCents: number;
  /** One try of the runner, as a worker makes it; nothing where somebody else holds the lease. */
  tryOnce(): Promise<void>;
  /** The lease of whoever holds it is over, as far as the database knows. */
  loseLease(): Promise<void>;
  now(): Promise<PlacementNow>;
}

/** What stands in the database about it. */
export interface PlacementNow {
  /** Of the store checkout. */
  store: string;
  failure: string | null;
  /** Totals of the orders that came of it. */
  orderTotalsCents: number[];
  handoffs: number;
  /** Units that its session still keeps from others. */
  unitsHeld: number;
  /** Units of its goods in the shopper's cart, and of those the ones that may be checked out. */
  unitsInCart: number;
  unitsOffered: number;
}

/** How the contract gets at a strategy together with the runner, the database and the other side. */
export interface CheckoutStrategyHarness {
  strategy: CheckoutStrategy;
  /** What a store that takes everything comes to. */
  success: 'placed' | 'continue_at_store';
  /** Lines of one store of this tier, as a quote gets them. */
  group(): Promise<StoreGroup>;
  /** A checkout of two units at a store of its own, agreed and committed, not tried yet. */
  begin(): Promise<PlacementUnderTest>;
  /** How many orders the other side took for it; where there is no other side, how many it led to here. */
  ordersAtStore(placement: PlacementUnderTest): Promise<number>;
  closeStore(placement: PlacementUnderTest): Promise<void>;
  /** The store asks for more than was agreed. */
  raisePrice(placement: PlacementUnderTest): Promise<void>;
  /** The next place() takes effect as far as it ever does, and then throws instead of answering. */
  loseNextAnswer(): void;
  /** The next place() waits, once it has done its work, until `goOn`; `arrived` when it waits. */
  pauseNextAnswer(): { arrived: Promise<void>; goOn: () => void };
  /** Everything logged so far, and what must not be in it. */
  logged(): string;
  secrets: string[];
}

/** What every strategy guarantees together with the runner: never two orders, never a guess, never more than was agreed. */
export function checkoutStrategyContract(make: () => Promise<CheckoutStrategyHarness>): void {
  let harness: CheckoutStrategyHarness;

  beforeAll(async () => {
    harness = await make();
  });

  const mayTryAgain = () => harness.strategy.repeatable || harness.strategy.looksUp === true;
  const results = ({ orderTotalsCents, handoffs }: PlacementNow) => orderTotalsCents.length + handoffs;
  /** Tries until there is an outcome, or somebody has to look at it. */
  const tryToTheEnd = async (placement: PlacementUnderTest): Promise<PlacementNow> => {
    for (let tries = 0; tries < 10; tries++) {
      const now = await placement.now();
      if (!['waiting', 'processing'].includes(now.store)) return now;
      await placement.tryOnce();
    }
    return placement.now();
  };
  const expectSuccess = async (placement: PlacementUnderTest) => {
    const now = await placement.now();
    expect(now).toMatchObject({ store: harness.success, failure: null, unitsHeld: 0, unitsInCart: 0 });
    expect([results(now), now.handoffs]).toEqual([1, harness.success === 'placed' ? 0 : 1]);
  };

  it('quotes amounts that add up, a price for each line', async () => {
    const group = await harness.group();
    const quote = await harness.strategy.quote(group);
    if ('unquoted' in quote) throw new Error(quote.code);
    expect(quote.unitPricesCents).toHaveLength(group.lines.length);
    const lines = group.lines.map((line, index) => quote.unitPricesCents[index]! * line.quantity);
    expect(quote.subtotalCents).toBe(lines.reduce((sum, cents) => sum + cents, 0));
    const fees = quote.fees.reduce((sum, fee) => sum + fee.amountCents, 0);
    const { subtotalCents, discountCents, shippingCents, taxCents, totalCents } = quote;
    expect(totalCents).toBe(subtotalCents - discountCents + shippingCents + fees + taxCents);
    expect(quote.deliveryOptions.find(({ id }) => id === quote.deliveryOptionId)?.priceCents).toBe(shippingCents);
  });

  it('places once when it is tried twice', async () => {
    const placement = await harness.begin();
    await placement.tryOnce();
    await placement.tryOnce();
    await expectSuccess(placement);
  });

  it('places once when many workers try at the same moment', async () => {
    const placement = await harness.begin();
    await Promise.all(Array.from({ length: 5 }, () => placement.tryOnce()));
    await expectSuccess(placement);
  });

  it('places once at most when a worker loses its lease and answers late', async () => {
    const placement = await harness.begin();
    const { arrived, goOn } = harness.pauseNextAnswer();
    const late = placement.tryOnce();
    await arrived;
    await placement.loseLease();
    const decided = await tryToTheEnd(placement);
    goOn();
    await late;
    expect(await placement.now()).toEqual(decided);
    expect(await harness.ordersAtStore(placement)).toBeLessThanOrEqual(1);
    if (mayTryAgain()) await expectSuccess(placement);
    else expect(results(decided)).toBeLessThanOrEqual(1);
  });

  it('does not take an unknown outcome for a refusal', async () => {
    const placement = await harness.begin();
    harness.loseNextAnswer();
    await placement.tryOnce();
    const unknown = await placement.now();
    expect(['waiting', 'processing', 'needs_attention']).toContain(unknown.store);
    expect(unknown).toMatchObject({ failure: null, unitsInCart: 2, unitsOffered: 0 });
    expect(results(unknown)).toBe(0);
    const decided = await tryToTheEnd(placement);
    expect(await harness.ordersAtStore(placement)).toBeLessThanOrEqual(1);
    if (mayTryAgain()) await expectSuccess(placement);
    else expect(decided.store === 'needs_attention' ? results(decided) : results(decided) - 1).toBe(0);
  });

  it('is refused by a store that is closed, and the lines are free again', async () => {
    const placement = await harness.begin();
    await harness.closeStore(placement);
    const now = await tryToTheEnd(placement);
    expect(now).toMatchObject({
      store: 'failed',
      failure: 'store_closed',
      unitsHeld: 0,
      unitsInCart: 2,
      unitsOffered: 2,
    });
    expect(results(now)).toBe(0);
  });

  it('never costs more than was agreed', async () => {
    const placement = await harness.begin();
    await harness.raisePrice(placement);
    const { orderTotalsCents, store, failure } = await tryToTheEnd(placement);
    for (const total of orderTotalsCents) expect(total).toBeLessThanOrEqual(placement.agreedTotalCents);
    if (store === 'failed') expect(failure).toBe('price_changed');
    else expect(store).toBe(harness.success);
  });

  it('logs nothing of who buys what', async () => {
    const placement = await harness.begin();
    harness.loseNextAnswer();
    await tryToTheEnd(placement);
    for (const secret of harness.secrets) expect(harness.logged()).not.toContain(secret);
  });
}
