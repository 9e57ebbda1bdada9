import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Database, type Tx } from '../platform/database';
import { Events } from '../platform/events';
import { Jobs, backoffMs, holdingLease, reasonOf, writingSurely } from '../platform/jobs';
import { inSpan } from '../platform/tracing';
import {
  CheckoutStrategyRegistry,
  NEXT_TIER,
  type CheckoutStrategy,
  type OpenChallenge,
  type Placement,
  type PlacementOutcome,
} from '../store-integrations';
import { STORE_OUTCOME, sessionEvent } from './checkout.events';
import { CheckoutRepository } from './checkout.repository';
import { OutcomeWriter } from './outcome-writer';
import { PlacementMetrics } from './placement-metrics';
import { reached } from './placement-steps';
import { PlacementsRepository, type ClaimedPlacement } from './placements.repository';
import { ShoppersAtStores, askedBy } from './shoppers-at-stores';

/** After so many failed tries of a placement that may be repeated, a person looks at it. */
const MAX_ATTEMPTS = 8;

/** What a try came to, an outcome that nobody can know included. */
type Tried = PlacementOutcome | { type: 'unknown'; reason: string };
type Asks = Extract<PlacementOutcome, { type: 'actionRequired' }>;

/**
 * Turns placements into orders. Guarantees: whoever holds the lease writes the outcome, once, or nobody does; a worker that
 * dies or falls behind is replaced within seconds; an outcome that cannot be known is never tried again blindly but
 * becomes needs_attention.
 */
@Injectable()
export class PlacementRunner {
  private readonly logger = new Logger('Placements');

  constructor(
    private readonly checkouts: CheckoutRepository,
    private readonly placements: PlacementsRepository,
    private readonly outcomes: OutcomeWriter,
    private readonly strategies: CheckoutStrategyRegistry,
    private readonly shoppers: ShoppersAtStores,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
    private readonly metrics: PlacementMetrics,
  ) {}

  /** One try at one placement, due or not, if nobody else holds it. */
  async runOnce(placementId: string): Promise<void> {
    const lease = randomUUID();
    const claimed = await this.placements.claim(placementId, lease, this.strategies.repeatableTiers);
    if (claimed) await this.work(claimed, lease);
  }

  /** The same of one that has been claimed, for a worker, which goes on while an outside store is spoken to. */
  async begin(claimed: ClaimedPlacement, lease: string): Promise<void> {
    const parent = claimed.traceparent ?? undefined;
    const attributes = { 'muse.placement.id': claimed.id, 'muse.placement.tier': claimed.tier };
    const work = () => inSpan(`place ${claimed.tier}`, 'consumer', attributes, () => this.work(claimed, lease), parent);
    if (!this.strategies.for(claimed.tier).speaksForShopper) return work();
    // Where too much waits for stores already, this one waits too: it is still its worker's.
    const renew = () => this.placements.renewLease(claimed.id, lease);
    await holdingLease(renew, () => this.jobs.beside(work));
  }

  private async work(claimed: ClaimedPlacement, lease: string): Promise<void> {
    reached('claimed', claimed);
    const strategy = this.strategies.for(claimed.tier);
    const renew = () => this.placements.renewLease(claimed.id, lease);
    await holdingLease(renew, async () => {
      if (claimed.isSeen && !(await this.show(claimed, lease))) return;
      const tried = await this.try(strategy, claimed, lease);
      reached('asked', claimed);
      await this.writeSurely(claimed, strategy, lease, tried);
    }).finally(() => reached('ended', claimed));
  }

  /** False: another has it. A shopper who does not see it yet is no reason to leave it. */
  private async show(claimed: ClaimedPlacement, lease: string): Promise<boolean> {
    try {
      return await this.placements.show(claimed, lease);
    } catch (error) {
      this.logger.warn({ message: 'placement not shown', placementId: claimed.id, reason: reasonOf(error) });
      return true;
    }
  }

  /**
   * An outcome that is known must not be thrown away because it could not be written at once. One that can never be
   * written is shown to a person, with what the store said.
   */
  private async writeSurely(
    claimed: ClaimedPlacement,
    strategy: CheckoutStrategy,
    lease: string,
    tried: Tried,
  ): Promise<void> {
    const failed = (write: number, reason: string) =>
      this.logger.warn({
        message: 'outcome not written',
        placementId: claimed.id,
        write,
        outcome: tried.type,
        reason,
      });
    try {
      await writingSurely(() => this.write(claimed, strategy, lease, tried), failed);
    } catch (error) {
      await this.retryOrAsk(claimed, strategy, lease, `${tried.type}, but not written: ${reasonOf(error)}`);
    }
  }

  private async try(strategy: CheckoutStrategy, claimed: ClaimedPlacement, lease: string): Promise<Tried> {
    const earlier = earlierAttempts(claimed, strategy);
    if (earlier > 0 && !mayTryAgain(strategy))
      return { type: 'unknown', reason: 'an earlier attempt ended without an outcome' };
    try {
      const placement = placementOf(claimed, strategy, earlier);
      if (strategy.speaksForShopper) {
        const { shopper, lines } = await this.shoppers.of(claimed);
        const asked = (challenge: OpenChallenge | null) => this.tellChallenge(claimed, strategy, lease, challenge);
        const isWanted = () => this.placements.holdsLease(this.database, claimed.id, lease);
        const hold = (seconds: number) => this.placements.holdLease(claimed.id, lease, seconds);
        Object.assign(placement, { lines, hold, shopper: { ...shopper, asked, isWanted } });
      } else if (claimed.sharesAtStore && strategy.checkout === 'on_store_site') {
        const shared = await this.shoppers.sharedOf(claimed);
        if (shared) placement.shared = shared;
      }
      return await strategy.place(placement);
    } catch (error) {
      return { type: 'unknown', reason: reasonOf(error) };
    }
  }

  private async write(
    claimed: ClaimedPlacement,
    strategy: CheckoutStrategy,
    lease: string,
    tried: Tried,
  ): Promise<void> {
    if (tried.type === 'unavailable') return this.fallBack(claimed, strategy, lease, tried);
    if (tried.type === 'unknowable') return this.retryOrAsk(claimed, strategy, lease, tried.reason, true);
    if (tried.type === 'unknown') return this.retryOrAsk(claimed, strategy, lease, tried.reason);
    if (tried.type === 'throttled') return this.comeAgain(claimed, strategy, lease, tried.retryAfterMs);
    if (tried.type === 'actionRequired') return this.askShopper(claimed, strategy, lease, tried);
    const written = await this.database.transaction(async (tx) => {
      const [session, finished] = await Promise.all([
        this.checkouts.lockForOutcome(tx, claimed.sessionId),
        this.placements.finish(tx, claimed.id, lease, recorded(tried)),
      ]);
      // A late worker: another has taken over. Nothing is written.
      if (!finished) return false;
      reached('outcome_begun', claimed);
      const store = session!.stores.find((candidate) => candidate.storeId === claimed.storeId)!;
      const { attempts, ms } = finished;
      const actor = { kind: 'system', id: null } as const;
      const of = { placementId: claimed.id, tier: strategy.tier, attempts, ms, actor };
      await this.outcomes.write(tx, session!, store, tried, of);
      reached('outcome_written', claimed);
      return true;
    });
    if (!written) return;
    this.metrics.count(strategy.tier, tried.type);
    reached('committed', claimed);
  }

  /** A fault before the point of no return: the next tier, or the end. */
  private async fallBack(
    claimed: ClaimedPlacement,
    strategy: CheckoutStrategy,
    lease: string,
    { code, detail }: { code: string; detail: string },
  ): Promise<void> {
    const next = NEXT_TIER[strategy.tier];
    if (next === null) return this.write(claimed, strategy, lease, { type: 'rejected', code, detail });
    const told = evidence(claimed, strategy, code);
    const requeued = await this.database.transaction((tx) =>
      this.putBack(tx, claimed, lease, { tier: next, afterMs: 0, evidence: told }),
    );
    if (requeued) this.metrics.count(strategy.tier, 'fell_back');
  }

  /** The store has put us off: no attempt, and nobody is told. */
  private async comeAgain(
    claimed: ClaimedPlacement,
    strategy: CheckoutStrategy,
    lease: string,
    afterMs: number,
  ): Promise<void> {
    const told = { ...evidence(claimed, strategy, 'throttled'), throttled: true };
    const { tier } = claimed;
    const requeued = await this.database.transaction((tx) =>
      this.putBack(tx, claimed, lease, { tier, afterMs, evidence: told, counts: false }),
    );
    if (requeued) this.metrics.count(strategy.tier, 'throttled');
  }

  /** The shopper has to do something first; until then it is looked at now and again. Said when it is new. */
  private async askShopper(
    claimed: ClaimedPlacement,
    strategy: CheckoutStrategy,
    lease: string,
    { action: asked, lookAgainMs, detail }: Asks,
  ): Promise<void> {
    const isNew = await this.database.transaction(async (tx) => {
      const session = await this.checkouts.lockForOutcome(tx, claimed.sessionId);
      const store = session?.stores.find((candidate) => candidate.storeId === claimed.storeId);
      const waitsFor = asked.type === 'relink' ? ('relink' as const) : ('shopper' as const);
      const next = { tier: claimed.tier, afterMs: lookAgainMs, waitsFor, counts: false };
      if (!session || !store || !(await this.placements.requeue(tx, claimed.id, lease, next))) return false;
      const url = asked.url ?? store.link?.url;
      const action = { type: asked.type, ...(url !== undefined && { url }), expiresAt: asked.expiresAt.toISOString() };
      if (store.action?.type === action.type && store.action.expiresAt === action.expiresAt) return false;
      const { storeId } = store;
      const told = { storeId, tier: strategy.tier, outcome: 'action_required', code: asked.type };
      const events = [sessionEvent(STORE_OUTCOME, session.id, { ...told, attempts: claimed.attempts })];
      const change = { storeId, status: 'action_required' as const, message: detail, action };
      await this.outcomes.settle(tx, session, store, change, events);
      await this.events.publish(tx, ...events);
      return true;
    });
    if (isNew) this.metrics.count(strategy.tier, 'action_required');
  }

  /** The store asks the shopper something while the try goes on; null: no more, and it is seen to be under way. */
  private async tellChallenge(
    claimed: ClaimedPlacement,
    strategy: CheckoutStrategy,
    lease: string,
    challenge: OpenChallenge | null,
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      const session = await this.checkouts.lockForOutcome(tx, claimed.sessionId);
      const store = session?.stores.find((candidate) => candidate.storeId === claimed.storeId);
      if (!session || !store || !(await this.placements.holdsLease(tx, claimed.id, lease))) return;
      const { storeId, name } = store;
      const told = { storeId, tier: strategy.tier, outcome: 'action_required', code: 'challenge' };
      const events = challenge
        ? [sessionEvent(STORE_OUTCOME, session.id, { ...told, attempts: claimed.attempts })]
        : [];
      const change = challenge
        ? {
            ...{ storeId, status: 'action_required' as const, message: askedBy(name) },
            action: this.shoppers.actionOf(session.id, challenge),
          }
        : { storeId, status: 'processing' as const, message: 'Placing the order' };
      await this.outcomes.settle(tx, session, store, change, events);
      await this.events.publish(tx, ...events);
    });
    if (challenge) this.metrics.count(strategy.tier, 'action_required');
  }

  /** Back into the queue; what waited for the shopper waits no more, and is seen to be under way. */
  private async putBack(
    tx: Tx,
    claimed: ClaimedPlacement,
    lease: string,
    next: Parameters<PlacementsRepository['requeue']>[3],
  ): Promise<boolean> {
    const session = claimed.waitsFor === null ? null : await this.checkouts.lockForOutcome(tx, claimed.sessionId);
    if (!(await this.placements.requeue(tx, claimed.id, lease, next))) return false;
    const store = session?.stores.find((candidate) => candidate.storeId === claimed.storeId);
    if (!session || !store) return true;
    const change = { storeId: store.storeId, status: 'processing' as const, message: 'Placing the order' };
    await this.outcomes.settle(tx, session, store, change, []);
    return true;
  }

  private async retryOrAsk(
    claimed: ClaimedPlacement,
    strategy: CheckoutStrategy,
    lease: string,
    reason: string,
    isNoUse = false,
  ): Promise<void> {
    const told = evidence(claimed, strategy, reason);
    const came = await this.database.transaction(async (tx) => {
      if (!isNoUse && mayTryAgain(strategy) && claimed.attempts < MAX_ATTEMPTS) {
        const next = { tier: claimed.tier, afterMs: backoffMs(claimed.attempts), evidence: told };
        const requeued = await this.putBack(tx, claimed, lease, next);
        return requeued ? ('retried' as const) : undefined;
      }
      const session = await this.checkouts.lockForOutcome(tx, claimed.sessionId);
      const store = session?.stores.find((candidate) => candidate.storeId === claimed.storeId);
      if (!session || !store || !(await this.placements.markNeedsAttention(tx, claimed.id, lease, told)))
        return undefined;
      const { storeId } = store;
      const events = [
        sessionEvent(STORE_OUTCOME, session.id, {
          storeId,
          tier: strategy.tier,
          outcome: 'needs_attention',
          code: reason,
          attempts: claimed.attempts,
        }),
      ];
      const message = `We are finding out whether ${store.name} has your order`;
      await this.outcomes.settle(tx, session, store, { storeId, status: 'needs_attention', message }, events);
      await this.events.publish(tx, ...events);
      return 'needs_attention' as const;
    });
    // Only what is committed: a transaction may run again, and of a late worker nothing is written.
    if (!came) return;
    this.metrics.count(strategy.tier, came);
    if (came === 'needs_attention') {
      const { id: placementId, sessionId, storeId } = claimed;
      this.logger.error({ message: 'placement needs attention', placementId, sessionId, storeId, reason });
    }
  }
}

/** What is kept of an outcome in the clear: nothing that tells of the shopper. */
function recorded(outcome: PlacementOutcome): PlacementOutcome {
  if (outcome.type !== 'continueAtStore') return outcome;
  const kept = { ...outcome };
  delete kept.sharedUrl;
  return kept;
}

/** Asking again is harmless, or begins with asking what became of the time before. */
function mayTryAgain({ repeatable, looksUp = false }: CheckoutStrategy): boolean {
  return repeatable || looksUp;
}

/** How often this tier has tried: what other tiers spent before they gave up is not its own. */
function earlierAttempts(claimed: ClaimedPlacement, strategy: CheckoutStrategy): number {
  const spent = claimed.evidence.filter(({ tier }) => tier !== strategy.tier).map(({ attempt }) => attempt ?? 0);
  return claimed.attempts - 1 - Math.max(0, ...spent);
}

function placementOf(claimed: ClaimedPlacement, { tier }: CheckoutStrategy, earlier: number): Placement {
  return {
    placementId: claimed.id,
    sessionId: claimed.sessionId,
    store: { id: claimed.storeId, name: claimed.storeName },
    lines: claimed.lines.filter((line) => line.storeId === claimed.storeId),
    currency: claimed.currency,
    contactOnly: claimed.contactOnly,
    agreedTotalCents: claimed.totalCents,
    earlierAttempts: earlier,
    discountCodes: claimed.discountCodes,
    timesThrottled: claimed.evidence.filter((one) => one.throttled && one.tier === tier).length,
  };
}

function evidence(claimed: ClaimedPlacement, strategy: CheckoutStrategy, reason: string): object {
  return { at: new Date().toISOString(), attempt: claimed.attempts, tier: strategy.tier, reason };
}
