import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { OrderEndings } from '../order-endings';
import { TRANSITIONS, allows, type OrderAction } from '../order-states';
import { OrderStateForbids } from '../orders.errors';
import { orderEvent } from '../orders.events';
import { OrdersRepository, type LockedOrder, type StatusChange } from '../orders.repository';

/** How an action is called of an order that it was done to. */
const DONE: Record<OrderAction, string> = {
  ...{ cancel: 'cancelled', cancelAtStore: 'cancelled', expire: 'cancelled', lapse: 'cancelled', confirm: 'confirmed' },
  ...{
    prepare: 'prepared',
    shipPart: 'shipped',
    ship: 'shipped',
    deliver: 'marked as delivered',
    markComplete: 'marked complete',
  },
  ...{ complete: 'completed', autoComplete: 'completed', return: 'returned', reopen: 'reopened', learnNumber: 'found' },
};

/** Moves a locked order as TRANSITIONS says, with the effects that stand there. */
@Injectable()
export class OrderMoves {
  constructor(
    private readonly orders: OrdersRepository,
    private readonly endings: OrderEndings,
    private readonly events: Events,
  ) {}

  /** `payload`: what the event says besides the store. Throws OrderStateForbids. */
  async move(
    tx: Tx,
    action: OrderAction,
    order: LockedOrder,
    change: StatusChange,
    payload: Record<string, unknown> = {},
  ): Promise<void> {
    if (!allows(action, change.actor, order)) throw refused(action, order);
    const { to, effects }: { to: (typeof TRANSITIONS)[OrderAction]['to']; effects: Effects } = TRANSITIONS[action];
    // It tells of itself: by whom, and the code of the reason.
    if (effects.givesBack) return this.endings.cancel(tx, order, change);
    await this.orders.changeStatus(tx, order, to, change);
    if (effects.tells)
      await this.events.publish(tx, orderEvent(effects.tells, order.id, { storeId: order.storeId, ...payload }));
  }
}

interface Effects {
  tells?: string;
  givesBack?: true;
}

/** Why an action is not allowed, in words. */
export function refused(action: OrderAction, order: LockedOrder): OrderStateForbids {
  return new OrderStateForbids(DONE[action], order.status, whyNot(action, order));
}

function whyNot(action: OrderAction, order: LockedOrder): string | undefined {
  const { status, checkoutMethod, paymentStatus, trackingNumber, openChangeId } = order;
  const { from }: { from: readonly string[] } = TRANSITIONS[action];
  if (checkoutMethod !== 'direct') {
    if (action === 'cancel') return 'This order was placed on the store’s own site: cancel it there.';
    return 'This order was placed on the store’s own site, and moves as the store tells.';
  }
  if (!from.includes(status)) return undefined;
  if (action === 'cancel' && trackingNumber !== null)
    return 'Some of it is on its way already: that can be sent back once it has arrived.';
  if (action !== 'ship' && action !== 'shipPart') return undefined;
  if (openChangeId !== null) return 'A change of it is open: withdraw it, or wait for its end.';
  return `Its payment is ${paymentStatus}: ship it once it is paid.`;
}
