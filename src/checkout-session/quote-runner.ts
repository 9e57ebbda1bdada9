import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Counter } from 'prom-client';
import { CartAvailability, type QuotedLine } from '../cart';
import { Database, type Tx } from '../platform/database';
import { Events, type DomainEvent } from '../platform/events';
import { Metrics } from '../platform/metrics';
import { Jobs, holdingLease, reasonOf, writingSurely } from '../platform/jobs';
import {
  ACCOUNT_LINKED,
  ACCOUNT_UNLINKED,
  CheckoutStrategyRegistry,
  RELINK_NEEDED,
  lookAtMarket,
  nameAtStore,
  type NoQuote,
  type OpenChallenge,
  type Problem,
  type StoreGroup,
  type StoreQuote,
} from '../store-integrations';
import { CheckoutRepository } from './checkout.repository';
import { PlacementsRepository } from './placements.repository';
import { type ClaimedQuote, QUOTE_TASK, QUOTES_DUE, QuotesRepository } from './quotes.repository';
import { Quoting } from './quoting';
import { linesOf, servingTier, type Session, type SnapshotLine, type StoreCheckout } from './session';
import { SessionsService } from './sessions.service';
import { ShoppersAtStores, askedBy } from './shoppers-at-stores';

const CONSUMER = 'checkout-session.links';
/** A store that puts us off is asked again no sooner. */
const PUT_OFF_MS = 250;

const AFTER_ANSWER_MS = 20_000;
const DEADLINE_LOOK_MS = 250;

type Answer = StoreQuote | NoQuote;

/**
 * Asks stores what their part of a session comes to, outside every request. Guarantees: an answer is taken only if what was
 * asked is still what is wanted; whoever dies while asking is replaced; a store that has not answered in time is served by the
 * next tier, and the session says so.
 */
@Injectable()
export class QuoteRunner implements OnModuleInit {
  private readonly logger = new Logger('Quotes');
  private readonly outcomes: Counter<'outcome'>;

  constructor(
    private readonly quotes: QuotesRepository,
    private readonly checkouts: CheckoutRepository,
    private readonly placements: PlacementsRepository,
    private readonly quoting: Quoting,
    private readonly shoppers: ShoppersAtStores,
    private readonly sessions: SessionsService,
    private readonly carts: CartAvailability,
    private readonly strategies: CheckoutStrategyRegistry,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
    metrics: Metrics,
  ) {
    const help =
      'Answers of stores that were asked what a checkout comes to; dropped: something else was asked meanwhile';
    this.outcomes = metrics.counter('muse_store_quotes_total', help, ['outcome']);
  }

  onModuleInit(): void {
    // Stores are slow: while one is asked, the queue goes on.
    this.jobs.handle(QUOTE_TASK, ({ id }) => this.jobs.beside(() => this.runOnce(id)), QUOTES_DUE);
    for (const type of [ACCOUNT_LINKED, ACCOUNT_UNLINKED, RELINK_NEEDED])
      this.events.subscribe(type, CONSUMER, (tx, event) => this.linkChanged(tx, event));
  }

  /** Asks for one quote, if nobody else is asking. */
  async runOnce(quoteId: string): Promise<void> {
    const lease = randomUUID();
    const claimed = await this.quotes.claim(quoteId, lease);
    if (!claimed) return;
    await holdingLease(
      () => this.quotes.renew(quoteId, lease),
      async () => {
        const answer = await this.ask(claimed, lease);
        if (isPutOff(answer, claimed)) {
          this.outcomes.inc({ outcome: 'throttled' });
          return this.quotes.requeue(quoteId, lease, waitOf(answer));
        }
        const failed = (write: number, reason: string) =>
          this.logger.warn({ message: 'quote not written', quoteId, write, reason });
        const isTaken = await writingSurely(() => this.write(claimed, lease, answer), failed);
        this.outcomes.inc({ outcome: isTaken ? outcomeOf(answer) : 'dropped' });
      },
    );
  }

  /** Undefined where nobody waits for an answer any more. */
  private async ask(claimed: ClaimedQuote, lease: string): Promise<Answer | undefined> {
    const began = Date.now();
    const session = await this.checkouts.readAny(claimed.sessionId);
    const store = session?.stores.find(({ storeId }) => storeId === claimed.storeId);
    if (!session || !store || !isWaitedFor(session, store)) return undefined;
    const leftMs = claimed.leftMs - (Date.now() - began);
    if (leftMs <= 0) return timedOut(store);
    try {
      const deadline = new Deadline(leftMs);
      const group = await this.groupOf(session, store, new Date(deadline.at));
      group.again = claimed.attempts > 1;
      group.shopper!.isWanted = () => this.quotes.isWanted(claimed.id, lease);
      group.shopper!.asked = (challenge) => this.tellChallenge(claimed, lease, deadline, challenge);
      const strategy = this.strategies.for(servingTier(store));
      return await Promise.race([strategy.quote(group), deadline.over().then(() => timedOut(store))]);
    } catch (error) {
      const { id: quoteId, storeId } = claimed;
      this.logger.error({ message: 'quote failed', quoteId, storeId, reason: reasonOf(error) });
      return { unquoted: 'unavailable', code: 'failed', detail: `${store.name} could not be asked.` };
    }
  }

  private async groupOf(session: Session, store: StoreCheckout, until: Date): Promise<StoreGroup> {
    const lines = linesOf(session, store.storeId);
    const variantIds = lines.flatMap((line) => line.variantId ?? []);
    const market = await lookAtMarket(this.database, [store.storeId], variantIds);
    return {
      store: market.stores.get(store.storeId)!,
      lines: lines.map((line) => ({ ...line, now: null, held: 0, externalId: nameAtStore(line, market.variants) })),
      shipsTo: store.shipsToCountry ?? session.shipsToCountry,
      deliveryOptionId: store.deliveryChosen ? store.deliveryOptionId : null,
      shopper: {
        ...this.shoppers.open(session, store, until),
        ...(!store.deliveryChosen && { deliveryOptionRef: null }),
      },
    };
  }

  private write(claimed: ClaimedQuote, lease: string, answer: Answer | undefined): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const session = await this.checkouts.lockAny(tx, claimed.sessionId);
      // Another has taken over, or something else was asked meanwhile: nothing is written.
      if (!(await this.quotes.finish(tx, claimed.id, lease))) return false;
      const store = session?.stores.find(({ storeId }) => storeId === claimed.storeId);
      if (!answer || !session || !store || !isWaitedFor(session, store)) return false;
      if (!('unquoted' in answer) && !session.sealed)
        await this.carts.quoted(tx, session.shopperId, quotedLines(linesOf(session, store.storeId), answer));
      const linesBefore = JSON.stringify(session.lines);
      const told = 'unquoted' in answer ? { instead: insteadOf(store, answer) } : { quote: answer };
      await this.quoting.answered(tx, session, store, told);
      if (store.action) this.checkouts.storeAsks(tx, session.id, store.storeId, null, null);
      if ('unquoted' in answer && answer.unquoted === 'relink' && store.link)
        store.link = { ...store.link, status: 'relink' };
      await this.checkouts.save(tx, session, { quoted: false, extended: false, linesBefore });
      this.quotes.stamp(tx, session.id, store.storeId);
      return true;
    });
  }

  /** The store asks the shopper something while it is asked; null: no more. Their time is not the store's. */
  private async tellChallenge(
    { id, sessionId, storeId }: ClaimedQuote,
    lease: string,
    deadline: Deadline,
    challenge: OpenChallenge | null,
  ): Promise<void> {
    if (challenge) deadline.pause(challenge.expiresAt);
    else deadline.goOn();
    await this.database.transaction(async (tx) => {
      const session = await this.checkouts.lockAny(tx, sessionId);
      const store = session?.stores.find((one) => one.storeId === storeId);
      if (!(await this.quotes.prolong(tx, id, lease, new Date(deadline.at)))) return;
      if (!session || !store || !isWaitedFor(session, store)) return;
      const action = challenge && this.shoppers.actionOf(session.id, challenge);
      this.checkouts.storeAsks(tx, session.id, storeId, action, action && askedBy(store.name));
    });
  }

  private async linkChanged(tx: Tx, { type, payload }: DomainEvent): Promise<void> {
    const { userId, storeId } = payload as { userId: string; storeId: string };
    await this.sessions.linkChanged(tx, userId, storeId);
    if (type === ACCOUNT_LINKED) this.placements.wake(tx, userId, storeId);
  }
}

/** What the quote says of each line, for the cart that they came from. */
function quotedLines(lines: SnapshotLine[], { unitPricesCents, problems }: StoreQuote): QuotedLine[] {
  const left = new Map(problems.map(({ itemId, available }) => [itemId, available]));
  return lines.map(({ storeId, itemKey, size, color, itemId }, index) => {
    const available = left.get(itemId);
    const identity = { storeId, itemKey, size, color };
    return {
      ...identity,
      priceCents: unitPricesCents[index]!,
      available: typeof available === 'number' ? available : null,
    };
  });
}

function outcomeOf(answer: Answer | undefined): string {
  return answer && 'unquoted' in answer ? answer.unquoted : 'quoted';
}

function isWaitedFor(session: Session, store: StoreCheckout): boolean {
  return session.status === 'pending' && store.status === 'quoting';
}

function isPutOff(answer: Answer | undefined, { leftMs }: ClaimedQuote): answer is NoQuote {
  return answer !== undefined && 'unquoted' in answer && answer.unquoted === 'throttled' && waitOf(answer) < leftMs;
}

function waitOf({ retryAfterMs = 0 }: NoQuote): number {
  return Math.max(retryAfterMs, PUT_OFF_MS);
}

function timedOut({ name }: StoreCheckout): NoQuote {
  return { unquoted: 'unavailable', code: 'timed_out', detail: `${name} does not answer in time.` };
}

/** When a store has had its time: it does not run while the shopper is asked something. */
class Deadline {
  at: number;
  private leftMs = 0;

  constructor(ms: number) {
    this.at = Date.now() + ms;
  }

  pause(until: Date): void {
    this.leftMs = Math.max(0, this.at - Date.now());
    this.at = until.getTime() + this.leftMs;
  }

  /** With some time at least: what was answered is still to be typed. */
  goOn(): void {
    this.at = Date.now() + Math.max(this.leftMs, AFTER_ANSWER_MS);
  }

  async over(): Promise<void> {
    for (let ms = this.at - Date.now(); ms > 0; ms = this.at - Date.now())
      await new Promise((resolve) => setTimeout(resolve, Math.min(ms, DEADLINE_LOOK_MS)).unref());
  }
}

/** Why the store is served by the next tier. What the shopper may do something about has a code of its own. */
function insteadOf({ storeId, name }: StoreCheckout, { unquoted, code, detail }: NoQuote): Problem {
  if (unquoted === 'relink') {
    const again = `Link your account at ${name} again to buy there in Muse; now you finish on its own site.`;
    return { code: 'link_required', severity: 'warning', storeId, detail: again };
  }
  const told = { storeId, detail: `${detail} You finish on its own site.` };
  if (code === 'challenge_unanswered') return { code: 'challenge_unanswered', severity: 'warning', ...told };
  if (code === 'no_saved_payment') return { code: 'no_saved_payment', severity: 'warning', ...told };
  const isLate = code === 'timed_out' || code === 'no_time_left' || unquoted === 'throttled';
  if (isLate) return { code: 'quote_timed_out', severity: 'warning', ...told, fault: code };
  return { code: 'store_unreachable', severity: 'warning', ...told, fault: code };
}
