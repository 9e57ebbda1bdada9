import { Injectable } from '@nestjs/common';
import { Holds, type Taken } from '../inventory';
import { PayableStores, type Payable } from '../payments';
import { Clock } from '../platform/clock';
import { Config } from '../platform/config';
import type { Tx } from '../platform/database';
import {
  CheckoutStrategyRegistry,
  estimateDelivery,
  knownStores,
  lookAtMarket,
  type Market,
  type PresentFacts,
  type Problem,
  type StoreFacts,
  type StoreGroup,
} from '../store-integrations';
import { SessionPrices, type Priceable } from './session-prices';
import { SessionSealing } from './sealed/session-sealing';
import { linesOf, type PayNow, type Session, type SnapshotLine, type StoreCheckout } from './session';
import { uncountable } from './session-view';
import { settle } from './settlements';

/** What a quote begins with: the session as it is meant to be, whose stores may be new. */
export type Quotable = Pick<Session, 'id' | 'currency' | 'rates' | 'shopperCurrency'> & Priceable;

/** What our tables say of the session's goods and stores now. */
export interface Present {
  stores: Market['stores'];
  variants: ReadonlyMap<string, PresentFacts>;
}

interface Options {
  /** Take the prices of now; otherwise those agreed stand while their quote does. */
  fresh: boolean;
  /** Whose holds this session takes over. */
  previousSessionId: string | null;
  /** How long its holds are to last. */
  ttlSeconds: number;
  /** Where that is known already. */
  present?: Present;
}

/** Brings a session's holds, prices, delivery and totals up to date, in the caller's transaction. */
@Injectable()
export class Quoting {
  constructor(
    private readonly holds: Holds,
    private readonly strategies: CheckoutStrategyRegistry,
    private readonly prices: SessionPrices,
    private readonly payable: PayableStores,
    private readonly secrecy: SessionSealing,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** Stores that Muse's tables know are quoted at once. The stock of every included merchant store is held for the session. */
  async quote(tx: Tx, session: Quotable, { fresh, previousSessionId, ttlSeconds, present }: Options): Promise<void> {
    const market =
      present ??
      (await lookAtMarket(
        tx,
        session.stores.map((store) => store.storeId),
        session.lines.flatMap((line) => line.variantId ?? []),
      ));
    const taken = await this.hold(tx, session, market, previousSessionId, ttlSeconds);
    await this.quoteStores(tx, session, market, taken, fresh);
  }

  /**
   * The same after an edit that asks for the same goods as before, while all of them are held and their quotes stand: only
   * stores and deliveries need be looked at.
   */
  async quoteDeliveries(tx: Tx, session: Quotable): Promise<void> {
    const versions = Object.fromEntries(session.stores.map((store) => [store.storeId, store.storeVersion]));
    const stores = new Map((await knownStores.of(tx, versions)).map((store) => [store.id, store]));
    const asAgreed = session.lines.flatMap((line): [string, PresentFacts][] => {
      const { variantId, unitPriceCents, originalPriceCents, quantity } = line;
      const facts = { priceCents: unitPriceCents, originalPriceCents, sellable: true, available: quantity };
      return variantId === null ? [] : [[variantId, facts]];
    });
    await this.quoteStores(tx, session, { stores, variants: new Map(asAgreed) }, new Map(), false);
  }

  private async quoteStores(
    tx: Tx,
    session: Quotable,
    market: Present,
    taken: Map<string, Taken>,
    fresh: boolean,
  ): Promise<void> {
    for (const store of session.stores) await this.quoteStore(session, store, market, taken, fresh);
    await this.prices.apply(tx, session, market.stores, fresh);
    const currencies = new Set(session.stores.filter((store) => store.included).map((store) => store.currency));
    session.currency =
      currencies.size === 1 ? [...currencies][0]! : (session.shopperCurrency ?? this.config.DEFAULT_CURRENCY);
    settle(session);
    if (session.sealed) await this.secrecy.noteMissingKeys(tx, session);
    const left = uncountable(session);
    for (const { storeId, name, problems } of session.stores) {
      if (!left.has(storeId)) continue;
      const detail = `What ${name} asks for cannot be told in ${session.currency}.`;
      problems.push({ code: 'rate_missing', severity: 'blocking', storeId, detail });
    }
  }

  private async hold(
    tx: Tx,
    session: Quotable,
    market: Present,
    previousSessionId: string | null,
    ttlSeconds: number,
  ): Promise<Map<string, Taken>> {
    const included = new Set(session.stores.filter((store) => store.included).map((store) => store.storeId));
    const demand = session.lines.flatMap(({ storeId, variantId, quantity }) =>
      variantId &&
      included.has(storeId) &&
      market.stores.get(storeId)?.tier === 'direct' &&
      !market.stores.get(storeId)?.contactOnly &&
      market.variants.get(variantId)?.sellable
        ? [{ variantId, quantity }]
        : [],
    );
    const taken = await this.holds.take(tx, session.id, demand, previousSessionId, ttlSeconds);
    return new Map(taken.map((one) => [one.variantId, one]));
  }

  private async quoteStore(
    session: Quotable,
    store: StoreCheckout,
    market: Present,
    taken: Map<string, Taken>,
    fresh: boolean,
  ): Promise<void> {
    const facts = market.stores.get(store.storeId)!;
    const lines = linesOf(session, store.storeId);
    const group: StoreGroup = {
      store: facts,
      lines: lines.map((line) => ({ ...line, now: presentFacts(line, market, taken, fresh), held: 0 })),
      shipsTo: store.shipsToCountry ?? session.shipsToCountry,
      deliveryOptionId: store.deliveryChosen ? store.deliveryOptionId : null,
    };
    const strategy = this.strategies.for(facts.tier);
    const quote = await strategy.quote(group);
    const told = fresh
      ? []
      : store.problems.filter(
          (problem) => problem.code === 'price_changed' && lines.some((line) => line.itemId === problem.itemId),
        );
    const problems: Problem[] = [...told, ...quote.problems];
    const chosen = quote.deliveryOptions.find((option) => option.id === quote.deliveryOptionId);
    const estimate = chosen && estimateDelivery(this.clock.now(), chosen);
    Object.assign(store, {
      name: facts.name,
      tier: facts.tier,
      status: 'waiting',
      currency: facts.currency,
      payNow:
        facts.kind === 'merchant'
          ? payNowOf(facts, this.payable.shown(facts.payNow), this.payable.unitOf(facts.currency))
          : null,
      deliveryOptions: quote.deliveryOptions,
      deliveryOptionId: quote.deliveryOptionId,
      deliveryChosen: store.deliveryChosen && store.deliveryOptionId === quote.deliveryOptionId,
      subtotalCents: quote.subtotalCents,
      discountCents: quote.discountCents,
      discounts: [],
      shippingCents: quote.shippingCents,
      fees: quote.fees,
      taxCents: quote.taxCents,
      taxIncludedCents: 0,
      taxLines: [],
      totalCents: quote.totalCents,
      problems,
      estimatedFrom: estimate?.from ?? null,
      estimatedTo: estimate?.to ?? null,
    } satisfies Partial<StoreCheckout>);
    lines.forEach((line, index) => (line.unitPriceCents = quote.unitPricesCents[index]!));
  }
}

function payNowOf({ contactOnly }: StoreFacts, { payable, reason }: Payable, unit: number): PayNow {
  if (contactOnly) return { payable: false, reason: 'conversation_only' };
  return { payable, reason, ...(unit > 1 && { unit }) };
}

/** What the catalogue says of a line; for held goods, what this session could have counts as available. */
function presentFacts(
  line: SnapshotLine,
  market: Present,
  taken: Map<string, Taken>,
  fresh: boolean,
): PresentFacts | null {
  if (line.variantId === null) return null;
  const facts = market.variants.get(line.variantId)!;
  return {
    ...facts,
    priceCents: fresh ? facts.priceCents : line.unitPriceCents,
    available: taken.get(line.variantId)?.available ?? facts.available,
  };
}
