import { Injectable } from '@nestjs/common';
import type { RemoteOrder, StoreAbility } from '../protocols/store-api';
import { StoreFault } from '../protocols/store-fault';
import { FollowedCalls } from './followed-calls';
import type { AskedBy, FollowedStore } from './followed-store';
import { snapshotOf, type OrderSnapshot } from './order-snapshot';

const CALL_MS = 20_000;

/** An order at a store, and in whose name it is asked about. */
export interface AskedOrder {
  storeId: string;
  /** The store's key of it. */
  remoteId: string;
  /** The store's checkout that it was made from, where it is known. */
  checkoutId: string | null;
  /** Null: a guest. */
  userId: string | null;
  /** How; by its interface. */
  askedBy?: AskedBy | null;
}

export interface AskedLine {
  externalId: string;
  quantity: number;
  reason: string;
}

/**
 * What became of asking. `done`: the store has taken it; where the order stands since is in `order`. `refused`: it said no,
 * and nothing happened. `later`: nothing happened, ask again. `relink`: the shopper's account there must be linked again.
 */
export type AskOutcome =
  | { type: 'done'; order: OrderSnapshot }
  | { type: 'refused'; code: string; detail: string }
  | { type: 'later'; code: string; waitMs: number | null }
  | { type: 'relink' };

/**
 * What a buyer may ask of a store about an order there: the abilities cancel and return. Writes no rows. Returns outcomes, and
 * throws StoreFault `unknown` only where nobody can know whether it happened: then look() before anything else.
 */
@Injectable()
export class StoreOrderAsks {
  constructor(private readonly calls: FollowedCalls) {}

  /** `key`: the same for the same wish, however often it is asked. */
  cancel(order: AskedOrder, key: string, reason: string | null): Promise<AskOutcome> {
    return this.ask(order, key, 'cancel', async (store) => store.cancelOrder?.(order.remoteId, reason));
  }

  /** As cancel(). */
  return(order: AskedOrder, key: string, lines: AskedLine[]): Promise<AskOutcome> {
    return this.ask(order, key, 'return', async (store) => store.returnOrder?.(order.remoteId, lines));
  }

  /** The order as the store sees it now; undefined where it does not tell. Throws StoreFault. */
  async look(order: AskedOrder, key: string): Promise<OrderSnapshot | undefined> {
    const { remoteId, checkoutId } = order;
    const made = await this.calls.make(callOf(order, key), async (store) => store.order?.(remoteId, checkoutId));
    const told = made?.answer;
    return told && told.id === remoteId ? snapshotOf(told) : undefined;
  }

  private async ask(
    order: AskedOrder,
    key: string,
    ability: StoreAbility,
    send: (store: FollowedStore) => Promise<RemoteOrder | undefined>,
  ): Promise<AskOutcome> {
    try {
      const made = await this.calls.make(callOf(order, key), async (store) =>
        (await offered(store, ability)) ? send(store) : undefined,
      );
      if (!made) return NOT_CONNECTED;
      const told = made.answer;
      if (!told) return NOT_OFFERED;
      // Whatever order it speaks of, it is not this one.
      if (told.id !== order.remoteId) throw new StoreFault('unknown', 'bad_answer', '');
      return { type: 'done', order: snapshotOf(told) };
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
      return outcomeOf(error);
    }
  }
}

function callOf({ storeId, userId, askedBy }: AskedOrder, key: string) {
  return { storeId, userId, key, timeoutMs: CALL_MS, by: askedBy ?? 'api' };
}

const NOT_CONNECTED: AskOutcome = { type: 'refused', code: 'not_connected', detail: '' };
const NOT_OFFERED: AskOutcome = { type: 'refused', code: 'not_offered', detail: '' };

/** That cannot be asked: nothing was sent yet, so whatever goes wrong, nothing has happened. */
async function offered(store: FollowedStore, ability: StoreAbility): Promise<boolean> {
  try {
    return (await store.offers()).has(ability);
  } catch (error) {
    if (error instanceof StoreFault && error.kind === 'unknown') throw new StoreFault('unavailable', error.code, '');
    throw error;
  }
}

function outcomeOf(fault: StoreFault): AskOutcome {
  switch (fault.kind) {
    case 'refused':
      return { type: 'refused', code: fault.code, detail: fault.detail };
    case 'unavailable':
    case 'throttled':
      return { type: 'later', code: fault.code, waitMs: fault.retryAfterMs };
    case 'relink':
      return { type: 'relink' };
    default:
      throw fault;
  }
}
