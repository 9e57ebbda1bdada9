import { Injectable } from '@nestjs/common';
import { Holds, type Taken } from '../inventory';
import { PayableStores, type Payable } from '../payments';
import { Clock } from '../platform/clock';
import { Config } from '../platform/config';
import type { Tx } from '../platform/database';
import type { CheckoutTier } from '../stores';
import {
  CheckoutStrategyRegistry,
  estimateDelivery,
  knownStores,
  lookAtMarket,
  type CheckoutStrategy,
  type Market,
  type PresentFacts,
  type Problem,
  type StoreAccess,
  type StoreFacts,
  type StoreGroup,
  type StoreQuote,
} from '../store-integrations';
import { SessionPrices } from './session-prices';
import { SessionSealing } from './sealed/session-sealing';
import { questionOf } from './session-making';
import { linesOf, servingTier, type PayNow, type Session, type SnapshotLine, type StoreCheckout } from './session';
import { uncountable } from './session-view';
import { settle } from './settlements';

/** What a quote begins with: the session as it is meant to be, whose stores may be new. */
export type Quotable = Session;

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
  /** What each store was asked before: of stores that a job asks, those with another question now are asked. Left out: all. */
  questions?: ReadonlyMap<string, string>;
}

/** Why a store that could be asked is served by the next tier: told in `problems`, and how it is known to have been so. */
const FELL_BACK: ReadonlySet<string> = new Set([
  ...['quote_timed_out', 'store_unreachable', 'challenge_unanswered', 'no_saved_payment'],
]);

/** Which tier serves a store in a session, and how its account is linked where one can be. */
type Served = Pick<StoreAccess, 'link'> & { by: CheckoutTier };

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

  /**
   * Stores that Muse's tables know are quoted at once; gives those that a job has to ask, which are `quoting` now. The stock of
   * every included merchant store is held for the session.
   */
  async quote(
    tx: Tx,
    session: Quotable,
    { fresh, previousSessionId, ttlSeconds, present, questions }: Options,
  ): Promise<string[]> {
    const market =
      present ??
      (await lookAtMarket(
        tx,
        session.stores.map((store) => store.storeId),
        session.lines.flatMap((line) => line.variantId ?? []),
      ));
    const taken = await this.hold(tx, session, market, previousSessionId, ttlSeconds);
    return this.quoteStores(tx, session, market, taken, fresh, questions);
  }

  /**
   * The same after an edit that asks for the same goods as before, while all of them are held and their quotes stand: only
   * stores and deliveries need be looked at.
   */
  async quoteDeliveries(tx: Tx, session: Quotable, questions: ReadonlyMap<string, string>): Promise<string[]> {
    const versions = Object.fromEntries(session.stores.map((store) => [store.storeId, store.storeVersion]));
    const stores = new Map((await knownStores.of(tx, versions)).map((store) => [store.id, store]));
    return this.quoteStores(tx, session, { stores, variants: asAgreed(session) }, new Map(), false, questions);
  }

  /** Whether a job asks this store what it comes to. */
  isByJob(store: Pick<StoreCheckout, 'servedBy' | 'tier'>): boolean {
    return !this.strategies.for(servingTier(store)).quotesAtOnce;
  }

  /** A store that was asked by a job has answered, or it is left for the next tier, for the reason that the problem tells. */
  async answered(
    tx: Tx,
    session: Session,
    store: StoreCheckout,
    answer: { quote: StoreQuote } | { instead: Problem },
  ): Promise<void> {
    const facts = (await knownStores.of(tx, { [store.storeId]: store.storeVersion }))[0]!;
    if ('quote' in answer) this.take(session, store, facts, answer.quote, []);
    else {
      // Nobody waits for another job: the next one that need not be asked.
      store.servedBy = this.strategies.chainOf(servingTier(store)).find((next) => next.quotesAtOnce)!.tier;
      store.byJob = false;
      await this.quoteAtOnce(session, store, facts, { variants: asAgreed(session) }, new Map(), false);
      store.problems = [answer.instead, ...store.problems];
    }
    this.noteRate(session, [store]);
  }

  private async quoteStores(
    tx: Tx,
    session: Quotable,
    market: Present,
    taken: Map<string, Taken>,
    fresh: boolean,
    questions: ReadonlyMap<string, string> | undefined,
  ): Promise<string[]> {
    const served = await this.servedOf(tx, session, market);
    const asked: string[] = [];
    for (const store of session.stores) {
      const facts = market.stores.get(store.storeId)!;
      if (this.serve(session, store, facts, served.get(store.storeId), questions) === 'ask') asked.push(store.storeId);
      if (!store.byJob) await this.quoteAtOnce(session, store, facts, market, taken, fresh);
      this.noteLink(store);
    }
    await this.prices.apply(tx, session, market.stores, fresh);
    const currencies = new Set(session.stores.filter((store) => store.included).map((store) => store.currency));
    session.currency =
      currencies.size === 1 ? [...currencies][0]! : (session.shopperCurrency ?? this.config.DEFAULT_CURRENCY);
    settle(session);
    if (session.sealed) await this.secrecy.noteMissingKeys(tx, session);
    this.noteRate(session, session.stores);
    return asked;
  }

  /**
   * Who serves the stores whose tier does not serve everybody: the first of their tiers that serves this shopper now. One
   * statement for each tier that any of them could be served by.
   */
  private async servedOf(tx: Tx, session: Quotable, { stores }: Present): Promise<Map<string, Served>> {
    const userId = session.shopperKind === 'user' ? session.shopperId : null;
    const chains = new Map<string, CheckoutStrategy[]>();
    const toAsk = new Map<CheckoutStrategy, string[]>();
    for (const store of stores.values()) {
      const chain = this.strategies.chainOf(store.tier);
      if (chain[0]!.tier !== store.tier || !chain[0]!.accessTo) continue;
      chains.set(store.id, chain);
      for (const strategy of chain)
        if (strategy.accessTo && strategy.reaches?.(store) !== false)
          toAsk.set(strategy, [...(toAsk.get(strategy) ?? []), store.id]);
    }
    const access = new Map<CheckoutStrategy, Map<string, StoreAccess>>();
    for (const [strategy, ids] of toAsk) access.set(strategy, await strategy.accessTo!(tx, userId, ids));
    const served = new Map<string, Served>();
    for (const [id, chain] of chains) {
      const found = (strategy: CheckoutStrategy) => access.get(strategy)?.get(id);
      const by = chain.find((strategy) => !strategy.accessTo || found(strategy)?.serves)!;
      const link = chain.map((strategy) => found(strategy)?.link ?? null).find((one) => one !== null) ?? null;
      served.set(id, { by: by.tier, link });
    }
    return served;
  }

  /** Which tier serves the store in this session, and whether it has to be asked (anew). */
  private serve(
    session: Quotable,
    store: StoreCheckout,
    { tier, currency, name }: StoreFacts,
    served: Served | undefined,
    questions: ReadonlyMap<string, string> | undefined,
  ): 'ask' | 'as it is' {
    const before = store.servedBy;
    const usual = served?.by ?? null;
    const fellBack = before !== null && before !== usual && store.problems.some(({ code }) => FELL_BACK.has(code));
    const isNewQuestion = questions?.get(store.storeId) !== questionOf(session, store);
    const hasRunOut = store.status !== 'quoting' && !store.quoteStands;
    store.link = served?.link ?? null;
    store.servedBy = usual;
    store.byJob = this.isByJob({ servedBy: store.servedBy, tier });
    if (fellBack && store.byJob && !isNewQuestion && !hasRunOut) {
      Object.assign(store, { servedBy: before, byJob: false });
      return 'as it is';
    }
    if (fellBack) store.problems = store.problems.filter(({ code }) => !FELL_BACK.has(code));
    if (!store.byJob || !store.included) return 'as it is';
    const wasOther = before !== store.servedBy && before !== null;
    if (!isNewQuestion && !hasRunOut && !wasOther) return 'as it is';
    this.beginAsking(session, store, { tier, currency, name });
    return 'ask';
  }

  /** What is known until the store has answered: goods at the prices agreed, the deliveries it offered before. */
  private beginAsking(
    session: Quotable,
    store: StoreCheckout,
    { tier, currency, name }: { tier: CheckoutTier; currency: string; name: string },
  ): void {
    const subtotalCents = linesOf(session, store.storeId).reduce((sum, l) => sum + l.unitPriceCents * l.quantity, 0);
    const none = {
      discountCents: 0,
      discounts: [],
      storeDiscounts: [],
      fees: [],
      taxCents: 0,
      taxIncludedCents: 0,
      taxLines: [],
    };
    const totalCents = subtotalCents + store.shippingCents;
    const asked = {
      ...{ status: 'quoting', problems: [], payNow: null, quoteStands: false, action: null, message: null },
      handoff: null,
    };
    Object.assign(store, { name, tier, currency, subtotalCents, totalCents, ...none, ...asked });
  }

  /** The store could be bought from in Muse, if the shopper linked an account there. */
  private noteLink(store: StoreCheckout): void {
    const { link, storeId, name, byJob, problems } = store;
    if (byJob || link === null || link.status === 'linked') return;
    const again = link.status === 'relink' ? ' again' : '';
    const detail = `Link your account at ${name}${again} to buy there in Muse; now you finish on its own site.`;
    problems.push({ code: 'link_required', severity: 'warning', storeId, detail });
  }

  private noteRate(session: Quotable, stores: StoreCheckout[]): void {
    const left = uncountable(session);
    for (const store of stores) {
      const { storeId, name } = store;
      const problems = (store.problems = store.problems.filter(({ code }) => code !== 'rate_missing'));
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

  private async quoteAtOnce(
    session: Quotable,
    store: StoreCheckout,
    facts: StoreFacts,
    market: Pick<Present, 'variants'>,
    taken: Map<string, Taken>,
    fresh: boolean,
  ): Promise<void> {
    const lines = linesOf(session, store.storeId);
    const group: StoreGroup = {
      store: facts,
      lines: lines.map((line) => ({ ...line, now: presentFacts(line, market, taken, fresh), held: 0 })),
      shipsTo: store.shipsToCountry ?? session.shipsToCountry,
      deliveryOptionId: store.deliveryChosen ? store.deliveryOptionId : null,
      ...{ discountCodes: store.storeDiscountCodes, sharesAtStore: store.shareAtStore },
    };
    const quote = await this.strategies.for(store.servedBy ?? facts.tier).quote(group);
    if ('unquoted' in quote) throw new Error(`${facts.tier} must be asked by a job`);
    const told = store.problems.filter(
      ({ code, itemId }) =>
        FELL_BACK.has(code) || (!fresh && code === 'price_changed' && lines.some((line) => line.itemId === itemId)),
    );
    this.take(session, store, facts, quote, told);
  }

  /** Puts a quote into its store's part. */
  private take(session: Quotable, store: StoreCheckout, facts: StoreFacts, quote: StoreQuote, told: Problem[]): void {
    const lines = linesOf(session, store.storeId);
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
          : quote.takesTokens
            ? BY_TOKEN
            : null,
      deliveryOptions: quote.deliveryOptions,
      deliveryOptionId: quote.deliveryOptionId,
      deliveryChosen: store.deliveryChosen && store.deliveryOptionId === quote.deliveryOptionId,
      subtotalCents: quote.subtotalCents,
      discountCents: quote.discountCents,
      discounts: [],
      storeDiscounts: quote.storeDiscounts ?? [],
      handoff: quote.handoff ?? null,
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

const BY_TOKEN: PayNow = { payable: false, reason: 'by_token' };

function payNowOf({ contactOnly }: StoreFacts, { payable, reason }: Payable, unit: number): PayNow {
  if (contactOnly) return { payable: false, reason: 'conversation_only' };
  return { payable, reason, ...(unit > 1 && { unit }) };
}

/** Goods as a session agreed them, as if the catalogue said so. */
function asAgreed({ lines }: Pick<Session, 'lines'>): Map<string, PresentFacts> {
  const facts = lines.flatMap(
    ({ variantId, unitPriceCents, originalPriceCents, quantity }): [string, PresentFacts][] => {
      const agreed = { priceCents: unitPriceCents, originalPriceCents, sellable: true, available: quantity };
      return variantId === null ? [] : [[variantId, agreed]];
    },
  );
  return new Map(facts);
}

/** What the catalogue says of a line; for held goods, what this session could have counts as available. */
function presentFacts(
  line: SnapshotLine,
  market: Pick<Present, 'variants'>,
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
