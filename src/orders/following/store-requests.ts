import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import { Database, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { Jobs, backoffMs, holdingLease, reasonOf, writingSurely } from '../../platform/jobs';
import {
  NotOfferedByStore,
  StoreFault,
  StoreOrderAsks,
  StoreOrders,
  type AskOutcome,
  reached,
} from '../../store-integrations';
import { OrderWords, placeOfWords } from '../life/order-words';
import { OrderStateForbids } from '../orders.errors';
import { CANCEL_REFUSED, RETURN_APPROVED, RETURN_REFUSED, orderEvent } from '../orders.events';
import type { LockedOrder } from '../orders.repository';
import { OrderPaymentsRepository } from '../paying/order-payments.repository';
import type { SaidOfItems } from '../returns/dto/return.response';
import { ReturnsRepository } from '../returns/returns.repository';
import {
  type ClaimedRequest,
  REQUEST_TASK,
  type RequestAbout,
  REQUESTS_DUE,
  StoreRequestsRepository,
} from './store-requests.repository';

/** Some twenty minutes of asking: then the buyer is told that the store could not be asked, and may ask again. */
const TRIES = 10;
/** Of keys that stores know requests by: the same for the same request, also after a crash. */
const KEYS = '2f1c1c9e-8f0a-4c1d-9a53-5b0f6d6f7c11';

type Ending = { status: 'done' | 'refused' | 'failed'; code: string | null; words?: string; told?: AskOutcome };

/**
 * What a buyer asks of a store about an order there: to cancel it, or to take something back. Guarantees: the wish is a row,
 * with its job, before the store is called; the store is asked outside any transaction, for ever under the key of that row;
 * what came of it is written once. Where nobody knows what came of a try to cancel, the store is asked how the order stands
 * before it is asked again; a return is asked for again under its key alone. The order itself moves as the store tells of it, and in no other way.
 */
@Injectable()
export class StoreRequests implements OnModuleInit {
  private readonly logger = new Logger('StoreRequests');

  constructor(
    private readonly repository: StoreRequestsRepository,
    private readonly asks: StoreOrderAsks,
    private readonly stores: StoreOrders,
    private readonly orders: OrderPaymentsRepository,
    private readonly returns: ReturnsRepository,
    private readonly words: OrderWords,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(REQUEST_TASK, ({ id }) => this.runOnce(id), REQUESTS_DUE);
  }

  /** Of a locked order. Again while it is under way: the same. Throws NotOfferedByStore, OrderStateForbids. */
  async askToCancel(tx: Tx, order: LockedOrder, actorId: string | null, reason: string | undefined): Promise<void> {
    await this.assertOffered(tx, order, 'cancel');
    const isOpen = order.status === 'confirmed' || order.status === 'processing';
    if (!isOpen) throw new OrderStateForbids('cancelled', order.status);
    if (order.trackingNumber !== null) throw new OrderStateForbids('cancelled', order.status, LEFT);
    const sealedReason = await this.words.reason(tx, order, actorId, reason);
    this.repository.askCancel(tx, order.id, sealedReason, { kind: 'buyer', id: actorId });
  }

  /** Of a locked order and a return of it that has just been written. Throws NotOfferedByStore. */
  async askToTakeBack(tx: Tx, order: LockedOrder, returnId: string): Promise<void> {
    await this.assertOffered(tx, order, 'return');
    this.repository.askReturn(tx, order.id, returnId);
  }

  /** Whether the store can. Throws NotOfferedByStore. */
  async assertOffered(tx: Tx, { id }: LockedOrder, ability: 'cancel' | 'return'): Promise<void> {
    const { storeOrderId, offers, storeName } = await this.repository.offered(tx, id);
    if (storeOrderId === null || !offers?.includes(ability))
      throw new NotOfferedByStore(ability, TO_DO[ability](storeName));
  }

  /** One try at one request, if nobody else is at it. */
  async runOnce(id: string): Promise<void> {
    const lease = randomUUID();
    const request = await this.repository.claim(id, lease);
    if (!request) return;
    await holdingLease(
      () => this.repository.renew(id, lease),
      () => this.work(request, lease),
    );
  }

  private async work(request: ClaimedRequest, lease: string): Promise<void> {
    const { id, attempts } = request;
    const about = await this.repository.about(id);
    let outcome: AskOutcome;
    try {
      reached('to_ask', id);
      outcome = await this.ask(request, about);
      reached('asked', id);
    } catch (error) {
      const code = error instanceof StoreFault ? error.code : reasonOf(error);
      if (attempts < TRIES) return this.repository.later(id, lease, backoffMs(attempts), code);
      this.logger.warn({ message: 'what a store was asked is not known', requestId: id, kind: request.kind, code });
      return this.end(request, about, lease, { status: 'failed', code: 'outcome_unknown' });
    }
    if (outcome.type === 'later' && attempts < TRIES) {
      const waitMs = Math.max(outcome.waitMs ?? 0, backoffMs(attempts));
      return this.repository.later(id, lease, waitMs, outcome.code);
    }
    await this.end(request, about, lease, endingOf(outcome));
  }

  /** Throws where nobody knows whether it happened. */
  private async ask(
    { id, kind, orderId, sealedReason, attempts }: ClaimedRequest,
    about: RequestAbout,
  ): Promise<AskOutcome> {
    const key = uuidv5(id, KEYS);
    if (kind === 'cancel') {
      if (attempts > 1) {
        const present = await this.asks.look(about, uuidv5(`${id}:${attempts}`, KEYS));
        if (present?.status === 'cancelled') return { type: 'done', order: present };
      }
      return this.asks.cancel(about, key, this.words.open(about, placeOfWords(orderId, 'reason'), sealedReason));
    }
    const said = this.words.open<SaidOfItems>(about, `returns:${about.returnId}:words`, about.words);
    const lines = (about.lines ?? []).map(({ itemId, externalId, quantity }) => ({
      ...{ externalId: externalId ?? '', quantity, reason: said?.[itemId]?.reason ?? '' },
    }));
    return this.asks.return(about, key, lines);
  }

  /** What is known must not be lost: the store will not say it twice. */
  private async end(request: ClaimedRequest, about: RequestAbout, lease: string, ending: Ending): Promise<void> {
    const failed = (write: number, reason: string) =>
      this.logger.warn({ message: 'outcome not written', requestId: request.id, write, reason });
    await writingSurely(() => this.database.transaction((tx) => this.write(tx, request, about, lease, ending)), failed);
  }

  private async write(
    tx: Tx,
    { id, kind, orderId, returnId }: ClaimedRequest,
    { storeId, keySubjectId }: RequestAbout,
    lease: string,
    { status, code, words, told }: Ending,
  ): Promise<void> {
    await this.orders.lockAny(tx, orderId);
    // First the lease, then the effect: a late worker changes nothing.
    if (!(await this.repository.finish(tx, id, lease, status, code))) return;
    if (told?.type === 'done') await this.stores.take(tx, storeId, told.order, 'poll');
    if (kind === 'cancel') {
      if (status === 'done') return;
      this.repository.noteRefused(tx, orderId, code ?? 'refused');
      await this.events.publish(tx, orderEvent(CANCEL_REFUSED, orderId, { storeId, code: code ?? 'refused' }));
      return;
    }
    const answer = await this.words.seal(tx, keySubjectId ?? returnId!, `returns:${returnId}:answer`, words || null);
    const by = { kind: 'system', id: null } as const;
    await this.returns.move(tx, returnId!, status === 'done' ? 'approved' : 'refused', by, { answer });
    const type = status === 'done' ? RETURN_APPROVED : RETURN_REFUSED;
    await this.events.publish(tx, orderEvent(type, orderId, { storeId, returnId }));
  }
}

const TO_DO = {
  cancel: (store: string) => `${store} cancels no orders by Muse: cancel it at the store.`,
  return: (store: string) => `${store} takes nothing back by Muse: return it at the store.`,
};

const LEFT = 'Some of it is on its way already: that can be sent back once it has arrived.';

function endingOf(outcome: AskOutcome): Ending {
  switch (outcome.type) {
    case 'done':
      return { status: 'done', code: null, told: outcome };
    case 'refused':
      return { status: 'refused', code: outcome.code, words: outcome.detail };
    case 'relink':
      return {
        status: 'failed',
        code: 'relink_needed',
        words: 'Link your account at the store again, then ask again.',
      };
    default:
      return { status: 'failed', code: outcome.code, words: 'The store could not be reached. Please ask again later.' };
  }
}
