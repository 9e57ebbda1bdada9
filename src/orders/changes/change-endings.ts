import { Injectable } from '@nestjs/common';
import { Holds } from '../../inventory';
import { Payments } from '../../payments';
import type { SealedJson } from '../../platform/crypto';
import type { Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { OrderStateForbids } from '../orders.errors';
import { CHANGE_EXPIRED, CHANGE_REFUSED, CHANGE_WITHDRAWN, orderEvent } from '../orders.events';
import type { LockedOrder } from '../orders.repository';
import { variantsMoved } from './change-amounts';
import { OrderChangesRepository, type By, type ChangeRow } from './order-changes.repository';

const EVENT_OF = { refused: CHANGE_REFUSED, withdrawn: CHANGE_WITHDRAWN, expired: CHANGE_EXPIRED };

/** Changes that come to nothing: what was set aside for them is given back, and a payment under way is given up. */
@Injectable()
export class ChangeEndings {
  constructor(
    private readonly changes: OrderChangesRepository,
    private readonly payments: Payments,
    private readonly holds: Holds,
    private readonly events: Events,
  ) {}

  /** Ends a locked change whose state allows it. */
  async end(
    tx: Tx,
    order: LockedOrder,
    change: ChangeRow,
    status: 'refused' | 'withdrawn' | 'expired',
    by: By,
    answer: SealedJson | null = null,
  ): Promise<void> {
    await this.endButStock(tx, order, change, status, by, answer);
    if (change.status === 'awaiting_payment') await this.holds.release(tx, change.id);
  }

  private async endButStock(
    tx: Tx,
    order: LockedOrder,
    change: ChangeRow,
    status: 'refused' | 'withdrawn' | 'expired',
    by: By,
    answer: SealedJson | null,
  ): Promise<void> {
    await this.changes.end(tx, change.id, status, by, answer);
    if (change.paymentId !== null) await this.payments.giveUp(tx, change.paymentId);
    const { id, storeId } = order;
    await this.events.publish(tx, orderEvent(EVENT_OF[status], id, { changeId: change.id, storeId }));
  }

  /**
   * With an order that is cancelled, or moved by hand, its open change ends. Gives what is set aside for it, which the caller releases when the
   * order's stock goes back too. Throws OrderStateForbids while money for it is being taken.
   */
  async endWith(
    tx: Tx,
    order: LockedOrder,
    attempted: string,
  ): Promise<{ changeId: string; variantIds: string[] } | null> {
    if (order.openChangeId === null) return null;
    const change = await this.changes.lockOpen(tx, order.id);
    if (!change) return null;
    if (change.takenAt !== null)
      throw new OrderStateForbids(attempted, order.status, 'The difference of a change is being paid at this moment.');
    await this.endButStock(tx, order, change, 'expired', { kind: 'system', id: null }, null);
    if (change.status !== 'awaiting_payment') return null;
    return { changeId: change.id, variantIds: variantsMoved(change.before, change.after) };
  }
}
