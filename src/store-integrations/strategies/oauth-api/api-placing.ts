import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Placement, PlacementOutcome, ShopperAtStore } from '../../checkout-strategy';
import type { BasketLine, RemoteCheckout, StorePayment } from '../../protocols/store-api';
import { StoreFault } from '../../protocols/store-fault';
import { newClickId } from '../click-id';
import { reached } from '../../store-steps';
import { figuresOf, placed, refusedByStore, rejected, unavailable, type Ended } from './api-outcomes';
import { ApiPaying, BY_TOKEN } from './api-paying';
import { ApiCheckouts, type ApiCheckout } from './api-checkouts.repository';
import { basketOf } from './basket';
import { derivedId, faultOf, shortOf } from './remote-quote';
import { StoreAsking, type Asking } from './store-asking';

/** For one try, all its calls together; what takes longer is looked up by the next. */
const TRY_MS = 40_000;
/** How long a try waits for a store that is completing. */
const COMPLETING_MS = 6_000;
const LOOK_EVERY_MS = 400;
/** How long the shopper has to link the account again, or to finish what the store asks of them on its own site. */
const RELINK_MINUTES = 15;
const ESCALATION_MINUTES = 30;
const LOOK_AGAIN_MS = 5_000;
const RELINK_LOOK_MS = 60_000;
/** A store that puts us off longer, or more often, is left for the next tier; past the point of no return, it is not. */
const THROTTLED_AT_MOST_MS = 30_000;
const TIMES_THROTTLED = 5;
const TIMES_THROTTLED_AFTER = 40;
const CONFLICT_MS = 1_000;

/** One try at one placement. */
interface Try {
  placement: Placement;
  shopper: ShopperAtStore;
  row: ApiCheckout;
  asking: Asking;
}

/** By what we know how a checkout stands: its store was asked to complete it, was so a second time, or was only asked. */
type Heard = 'answer' | 'second answer' | 'look';

/** What became of it cannot be known yet: the runner tries again, and the next try asks first. Says nothing of anybody. */
class Unknown extends Error {
  override name = 'OutcomeUnknown';
}

/**
 * Places by a store's API. Guarantees: the store is asked to complete only after that was committed, under one idempotency
 * key for ever; whoever comes later asks what became of it before anything else; and who decides that there is no order
 * has first committed that nobody may ask any more (before the point of no return), or has had the store say so (after it).
 */
@Injectable()
export class ApiPlacing {
  private readonly logger = new Logger('StoreApi');

  constructor(
    private readonly rows: ApiCheckouts,
    private readonly asker: StoreAsking,
    private readonly paying: ApiPaying,
  ) {}

  async place(placement: Placement, shopper: ShopperAtStore): Promise<PlacementOutcome> {
    const { store, placementId } = placement;
    const row = await this.rows.begin(shopper.storeCheckoutId, store.id);
    reached('begun', placementId);
    if (row.outcome) return row.outcome;
    const until = new Date(Date.now() + TRY_MS);
    const asking = row.promised
      ? this.asker.insist(store.id, shopper.userId, until)
      : await this.asker.begin(store.id, shopper.userId, until);
    if (!asking) return this.end(row, unavailable('store_down', `${store.name} does not answer at present.`));
    const attempt = { placement, shopper, row, asking };
    return row.promised ? this.askFirst(attempt) : this.begin(attempt);
  }

  /** Nothing that cannot be taken back was asked for yet. */
  private async begin(attempt: Try): Promise<PlacementOutcome> {
    const { placement, row } = attempt;
    const { store } = placement;
    if (!row.storeOpen) return this.end(row, rejected('store_closed', `${store.name} no longer takes orders.`));
    try {
      const remote = await this.agree(attempt);
      reached('agreed', placement.placementId);
      return await this.decide(attempt, remote);
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
      return this.faultBefore(attempt, error);
    }
  }

  /** The store's checkout, brought to what was agreed; a new one where it does not know it any more. */
  private async agree(attempt: Try): Promise<RemoteCheckout> {
    const { row } = attempt;
    const known = row.remoteExpired ? null : row.remoteId;
    try {
      const remote = await this.bring(attempt, known);
      if (known === null || (remote.status !== 'expired' && remote.status !== 'canceled')) return remote;
    } catch (error) {
      if (known === null || !(error instanceof StoreFault) || error.kind !== 'refused') throw error;
      const there = await this.retrieve(attempt, known);
      if (there && there.status !== 'expired' && there.status !== 'canceled') throw error;
    }
    return this.bring(attempt, null);
  }

  private async bring({ placement, shopper, row, asking }: Try, checkoutId: string | null): Promise<RemoteCheckout> {
    const basket = basketOf(shopper, placement.lines, placement.currency, checkoutId);
    if (!basket) throw new StoreFault('unavailable', 'not_sold_by_api', 'The store does not sell this by its API.');
    const key = derivedId(placement.placementId, 'agree', row.version, JSON.stringify(basket));
    let protocol = 'private' as Parameters<ApiCheckouts['agreed']>[1];
    const remote = await this.asker.ask(asking, key, (api, call) => {
      protocol = api.protocol;
      return api.quote(call, basket);
    });
    if (!(await this.rows.agreed(row.id, protocol, remote))) throw new Unknown('another worker is past this');
    row.version++;
    row.remoteId = remote.id;
    return remote;
  }

  /** The store's checkout stands as it was agreed, or it does not. */
  private async decide(attempt: Try, remote: RemoteCheckout): Promise<PlacementOutcome> {
    const { placement, row } = attempt;
    if (remote.status === 'completed' || remote.status === 'in_progress') {
      // The shopper was quicker, on the store's own site.
      await this.promise(attempt, remote, null);
      return this.askFirst(attempt);
    }
    const refusal = this.refusalOf(placement, remote);
    if (refusal) return this.endAtStore(attempt, refusal);
    if (remote.status === 'escalation') {
      await this.promise(attempt, remote, null);
      return this.sendThere(attempt, remote);
    }
    if (remote.status !== 'ready') {
      const fault = faultOf(remote);
      const { name } = placement.store;
      const refusedNow = fault
        ? refusedByStore(fault.code, fault.detail)
        : rejected('incomplete_at_store', `${name} asks for something else.`);
      return this.endAtStore(attempt, refusedNow);
    }
    const payment = await this.paying.choose(attempt, remote);
    if (!payment) return this.leaveThere(attempt, remote);
    await this.promise(attempt, remote, payment.type === 'saved' ? payment.instrumentId : BY_TOKEN);
    reached('promised', placement.placementId);
    return this.complete(attempt, row.remoteId!, payment);
  }

  /** Throws Unknown where another worker has decided meanwhile. */
  private async promise({ placement, row }: Try, remote: RemoteCheckout, instrumentId: string | null): Promise<void> {
    const key = derivedId(placement.placementId, 'complete');
    if (!(await this.rows.promise(row.id, remote.id, key, instrumentId)))
      throw new Unknown('another worker is past this');
    Object.assign(row, { state: 'completing', promised: true, remoteId: remote.id, idempotencyKey: key, instrumentId });
  }

  private async complete(
    attempt: Try,
    checkoutId: string,
    payment: StorePayment,
    again = false,
  ): Promise<PlacementOutcome> {
    const { asking, row, placement } = attempt;
    let remote: RemoteCheckout | null;
    try {
      remote = await this.asker.ask(asking, row.idempotencyKey!, (api, call) =>
        api.complete(call, checkoutId, payment, linesOf(placement)),
      );
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
      if (error.kind === 'refused') return this.refusedAfter(attempt, refusedByStore(error.code, error.detail));
      if (error.kind === 'throttled') return throttled(placement, error);
      if (error.kind === 'relink') return this.askToRelink(attempt);
      // It may be done, or under way: asked at once, and again by the next try.
      remote = await this.lookUp(attempt, checkoutId);
      if (remote?.status !== 'completed') throw new Unknown(error.code);
    }
    reached('answered', placement.placementId);
    return this.concluded(attempt, remote, again ? 'second answer' : 'answer');
  }

  /** An earlier try got past the point of no return: what became of it? */
  private async askFirst(attempt: Try): Promise<PlacementOutcome> {
    const { row, placement } = attempt;
    try {
      const remote = await this.retrieve(attempt, row.remoteId!);
      if (!remote) throw new Unknown('the store does not know it');
      reached('answered', placement.placementId);
      return await this.concluded(attempt, remote, 'look');
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
      if (error.kind === 'relink') return this.askToRelink(attempt);
      if (error.kind === 'throttled') return throttled(placement, error);
      throw new Unknown(error.code);
    }
  }

  /** What the store says of a checkout that it was, or may have been, asked to complete. */
  private async concluded(attempt: Try, first: RemoteCheckout, by: Heard): Promise<PlacementOutcome> {
    const { placement, row } = attempt;
    const remote = first.status === 'in_progress' ? await this.untilDone(attempt, first) : first;
    switch (remote.status) {
      case 'completed':
        return this.record(attempt, remote);
      case 'in_progress':
        throw new Unknown('in_progress');
      case 'escalation':
        return this.sendThere(attempt, remote);
      case 'canceled':
      case 'expired': {
        const detail = `${placement.store.name} has ended the checkout without an order.`;
        return this.endAfter(
          attempt,
          rejected(remote.status === 'canceled' ? 'canceled_at_store' : 'expired_at_store', detail),
        );
      }
      default:
        break;
    }
    const refusal = this.refusalOf(placement, remote);
    if (refusal) return this.refusedAfter(attempt, refusal);
    const fault = faultOf(remote);
    const isSaidNo = fault !== undefined && (by !== 'look' || fault.severity === 'unrecoverable');
    if (isSaidNo || by === 'second answer') {
      const notTaken = rejected('refused_by_store', `${placement.store.name} did not take the order.`);
      return this.refusedAfter(attempt, fault ? refusedByStore(fault.code, fault.detail) : notTaken);
    }
    // It never got there; or the shopper has done their part on the store's site; or the store told of a lower price instead of
    // taking the order. Asked for again, under the same key.
    const payment = await this.paying.choose(attempt, remote);
    if (!payment)
      return this.refusedAfter(attempt, rejected('no_payment', `${placement.store.name} has no means of payment.`));
    return this.complete(attempt, row.remoteId!, payment, by === 'answer');
  }

  private async untilDone(attempt: Try, first: RemoteCheckout): Promise<RemoteCheckout> {
    let remote = first;
    for (const end = Date.now() + COMPLETING_MS; remote.status === 'in_progress' && Date.now() < end;) {
      await sleep(LOOK_EVERY_MS);
      remote = (await this.lookUp(attempt, attempt.row.remoteId!)) ?? remote;
    }
    return remote;
  }

  private async record({ placement, row }: Try, remote: RemoteCheckout): Promise<PlacementOutcome> {
    const { order } = remote;
    if (!order) throw new Unknown('completed, but the store names no order');
    const outcome = placed(order, figuresOf(placement, remote));
    if (!(await this.rows.completed(row.id, order, outcome))) {
      const { placementId, store } = placement;
      this.logger.error({ message: 'an order that was given up', placementId, storeId: store.id });
      throw new Unknown('given up, but ordered');
    }
    reached('recorded', placement.placementId);
    return outcome;
  }

  /** The shopper goes on at the store: it is looked at now and again what became of it. */
  private async sendThere(attempt: Try, { continueUrl, expiresAt }: RemoteCheckout): Promise<PlacementOutcome> {
    const { row, placement } = attempt;
    const { until, over } = await this.rows.awaitShopper(row.id, 'redirect', ESCALATION_MINUTES, expiresAt);
    const name = placement.store.name;
    if (over || continueUrl === null)
      return this.refusedAfter(attempt, rejected('not_finished_at_store', `It was not finished at ${name} in time.`));
    const action = { type: 'redirect' as const, url: continueUrl, expiresAt: until };
    return {
      type: 'actionRequired',
      action,
      lookAgainMs: LOOK_AGAIN_MS,
      detail: `${name} asks you to go on on its own site`,
    };
  }

  private async askToRelink(attempt: Try): Promise<PlacementOutcome> {
    const { row, placement } = attempt;
    const name = placement.store.name;
    const { until, over } = await this.rows.awaitShopper(row.id, 'relink', RELINK_MINUTES, null);
    if (over && row.promised) throw new Unknown('not linked again');
    if (over) return this.end(row, unavailable('not_linked_again', `Your account at ${name} was not linked again.`));
    // It is told of at once; but the telling may have come while this try was under way.
    const lookAgainMs = Math.min(Math.max(until.getTime() - Date.now(), 0) + 1_000, RELINK_LOOK_MS);
    const action = { type: 'relink' as const, url: null, expiresAt: until };
    return { type: 'actionRequired', action, lookAgainMs, detail: `Link your account at ${name} again to go on` };
  }

  private async faultBefore(attempt: Try, fault: StoreFault): Promise<PlacementOutcome> {
    const { row, placement } = attempt;
    // A fault of what came after the promise was dealt with there.
    if (row.promised) throw new Unknown(fault.code);
    if (fault.kind === 'refused') return this.endAtStore(attempt, refusedByStore(fault.code, fault.detail));
    if (fault.kind === 'relink') return this.askToRelink(attempt);
    const wait = fault.kind === 'conflict' ? CONFLICT_MS : (fault.retryAfterMs ?? CONFLICT_MS);
    const mayWait = wait <= THROTTLED_AT_MOST_MS && placement.timesThrottled < TIMES_THROTTLED;
    if ((fault.kind === 'throttled' || fault.kind === 'conflict') && mayWait)
      return { type: 'throttled', retryAfterMs: wait };
    return this.end(row, unavailable(fault.code, fault.detail));
  }

  /** Price and stock as they were agreed? */
  private refusalOf({ agreedTotalCents, currency, lines, store }: Placement, remote: RemoteCheckout): Ended | null {
    const short = shortOf(lines, remote);
    if (short) return rejected(short.code, short.detail);
    if (remote.currency !== currency || remote.totalCents > agreedTotalCents)
      return rejected('price_changed', `${store.name} asks for more than was agreed.`);
    return null;
  }

  /** Muse cannot pay there: the shopper does, on the store's site, with the cart filled. */
  private async leaveThere({ placement, row }: Try, { continueUrl }: RemoteCheckout): Promise<PlacementOutcome> {
    const { name } = placement.store;
    if (continueUrl === null)
      return this.end(row, unavailable('no_payment', `${name} takes the payment on its own site.`));
    const handoff = {
      ...{ kind: 'cart' as const, warnings: [], carries: [] },
      productLinks: placement.lines.map(({ itemId, productName, productUrl }) => {
        return { itemId, name: productName, url: productUrl };
      }),
    };
    const clickId = newClickId();
    return this.end(row, { type: 'continueAtStore', continueUrl, clickId, cartFilled: true, handoff });
  }

  /** Without an order, before the point of no return: from here on nobody may ask for one. */
  private async end(row: ApiCheckout, outcome: Ended): Promise<PlacementOutcome> {
    if (!(await this.rows.over(row.id, 'open', outcome))) throw new Unknown('another worker is past this');
    return outcome;
  }

  /** The same, and the store need not keep the checkout. */
  private async endAtStore(attempt: Try, outcome: Ended): Promise<PlacementOutcome> {
    const ended = await this.end(attempt.row, outcome);
    await this.paying.end(attempt.placement);
    await this.cancelThere(attempt).catch(() => undefined);
    return ended;
  }

  /** Past that point: the store has ended the checkout, or does not know it any more, so no late request can complete it. */
  private async refusedAfter(attempt: Try, outcome: Ended): Promise<PlacementOutcome> {
    // A store that will not cancel may still say how it stands.
    await this.cancelThere(attempt).catch((error: unknown) => {
      if (!(error instanceof StoreFault)) throw error;
      if (error.kind !== 'refused') throw new Unknown(error.code);
    });
    let remote: RemoteCheckout | null;
    try {
      remote = await this.retrieve(attempt, attempt.row.remoteId!);
    } catch (error) {
      throw error instanceof StoreFault ? new Unknown(error.code) : error;
    }
    if (remote?.status === 'completed') return this.record(attempt, remote);
    if (remote && remote.status !== 'canceled' && remote.status !== 'expired') throw new Unknown('not_ended_at_store');
    return this.endAfter(attempt, outcome);
  }

  private async endAfter({ row, placement }: Try, outcome: Ended): Promise<PlacementOutcome> {
    if (!(await this.rows.over(row.id, 'completing', outcome))) throw new Unknown('another worker has decided');
    await this.paying.end(placement);
    return outcome;
  }

  private cancelThere({ asking, row, placement }: Try): Promise<void> {
    if (row.remoteId === null) return Promise.resolve();
    const key = derivedId(placement.placementId, 'cancel');
    return this.asker.ask(asking, key, (api, call) => api.cancelCheckout(call, row.remoteId!));
  }

  private retrieve({ asking, placement }: Try, checkoutId: string): Promise<RemoteCheckout | null> {
    const key = derivedId(placement.placementId, 'retrieve');
    return this.asker.ask(asking, key, (api, call) => api.retrieve(call, checkoutId, linesOf(placement)));
  }

  /** The same, where not knowing is no worse than before. */
  private lookUp(attempt: Try, checkoutId: string): Promise<RemoteCheckout | null> {
    return this.retrieve(attempt, checkoutId).catch((error: unknown) => {
      if (error instanceof StoreFault) return null;
      throw error;
    });
  }
}

/** Past the point of no return nothing else can be done than to come again; but not for ever. */
function throttled({ timesThrottled }: Placement, { code, retryAfterMs }: StoreFault): PlacementOutcome {
  if (timesThrottled >= TIMES_THROTTLED_AFTER) throw new Unknown(code);
  return { type: 'throttled', retryAfterMs: retryAfterMs ?? CONFLICT_MS };
}

/** To give the store's lines their place. */
function linesOf({ lines }: Placement): BasketLine[] {
  return lines.flatMap(({ itemId, externalId, quantity }) => (externalId ? [{ itemId, externalId, quantity }] : []));
}
