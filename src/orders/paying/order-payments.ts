import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import {
  PAYMENT_AUTHORIZED,
  PAYMENT_ACTION_REQUIRED,
  PAYMENT_CAPTURED,
  PAYMENT_DECLINED,
  PAYMENT_CAPTURE_FAILED,
  PAYMENT_CANCELLED,
  PAYMENT_REFUNDED,
  PAYMENT_REFUND_FAILED,
  PAYMENT_DISPUTED,
  PAYMENT_DISPUTE_ENDED,
  Payments,
  isOf,
} from '../../payments';
import { Database, type Tx } from '../../platform/database';
import { Events, type DomainEvent, type EventHandler } from '../../platform/events';
import { InTurn, Jobs } from '../../platform/jobs';
import { OrderEndings } from '../order-endings';
import { OrderMoney } from './order-money';
import { OrderPaymentsRepository } from './order-payments.repository';
import { allows, paymentStatusAfter, type PaymentNews } from '../order-states';
import { ORDER_DISPUTE_ENDED, ORDER_PAID, ORDER_PAYMENT_FAILED, ORDER_REFUNDED, orderEvent } from '../orders.events';
import { OrdersRepository, type LockedOrder } from '../orders.repository';

const CONSUMER = 'orders';
const LAPSE_EVERY_MS = 30_000;
/** No more than so many in one run, so that a run ends. */
const BATCH = 200;

/** What payments tell of an order's part in them. */
interface Told {
  purchaseId: string;
  orderId?: string;
  refundId?: string;
  type?: 'authenticate' | 'redirect';
  code?: string;
  status?: string;
  amountCents?: number;
  capturedCents?: number;
  shares?: { storeId: string; orderId: string; amountCents: number }[];
}

/**
 * Where the money of orders stands, from what payments tell. News come in no promised order and more than once: each is
 * measured against the order's present row, amounts only grow, and a payment that the order has let go of changes nothing.
 */
@Injectable()
export class OrderPayments implements OnModuleInit {
  private readonly turn = new InTurn(new Logger('OrderPayments'), 'ended');

  constructor(
    private readonly repository: OrderPaymentsRepository,
    private readonly orders: OrdersRepository,
    private readonly endings: OrderEndings,
    private readonly payments: Payments,
    private readonly purse: OrderMoney,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    type Handle = (tx: Tx, order: LockedOrder, told: Told) => Promise<void>;
    const eachOf =
      (handle: Handle): EventHandler =>
      async (tx, event) => {
        for (const order of await this.repository.lockOfPayment(tx, event.aggregateId))
          await handle(tx, order, toldBy(event));
      };
    const ofPayment = (type: string, handle: Handle) => this.events.subscribe(type, CONSUMER, eachOf(handle));
    // Before anything of a checkout is placed there are no orders of its payment.
    const ofOwnPayment = (type: string, handle: Handle) =>
      this.events.subscribe(type, CONSUMER, eachOf(handle), { wants: isOf('order') });
    ofOwnPayment(PAYMENT_AUTHORIZED, (tx, order, told) => this.authorized(tx, order, told));
    ofOwnPayment(PAYMENT_ACTION_REQUIRED, (tx, order, told) => this.actionRequired(tx, order, told));
    const captured: EventHandler = async (tx, event) => {
      const orders = await this.repository.lockOfPayment(tx, event.aggregateId);
      const ids = orders.map(({ id }) => id);
      const methods = await this.payments.shown(tx, ids);
      for (const order of orders) await this.captured(tx, order, toldBy(event), methods.get(order.id));
    };
    this.events.subscribe(PAYMENT_CAPTURED, CONSUMER, captured, { together: true });
    ofPayment(PAYMENT_DECLINED, (tx, order, told) => this.failed(tx, order, 'declined', told));
    ofPayment(PAYMENT_CAPTURE_FAILED, (tx, order, told) => this.failed(tx, order, 'capture_failed', told));
    ofPayment(PAYMENT_CANCELLED, (tx, order, told) => this.failed(tx, order, 'cancelled', told));
    const ofOrder = (type: string, handle: Handle) =>
      this.events.subscribe(type, CONSUMER, async (tx, event) => {
        const told = toldBy(event);
        const order = told.orderId && (await this.repository.lockAny(tx, told.orderId));
        if (order) await handle(tx, order, told);
      });
    ofOrder(PAYMENT_REFUNDED, (tx, order, told) => this.refunded(tx, order, told));
    ofOrder(PAYMENT_REFUND_FAILED, (tx, order, told) => this.refundFailed(tx, order, told));
    ofOrder(PAYMENT_DISPUTED, (tx, order, told) => this.disputedWhole(tx, order, 'disputed', told));
    ofOrder(PAYMENT_DISPUTE_ENDED, async (tx, order, told) => {
      if (told.status === 'won') await this.disputedWhole(tx, order, 'undisputed', told);
      // It stays what it is: the money is gone, and nobody refunded it.
      else if (told.status === 'lost') await this.tellDisputeEnded(tx, order, false);
    });
    this.jobs.every(LAPSE_EVERY_MS, 'orders that nobody paid', async () => void (await this.lapse()));
  }

  /** Ends orders whose capture failed and that nobody paid again in time. Gives how many. */
  async lapse(): Promise<number> {
    const unpaid = await this.repository.unpaid(BATCH, this.turn.resting);
    return this.turn.each(unpaid, (orderId) => this.lapseOne(orderId));
  }

  private lapseOne(orderId: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const order = await this.repository.lockUnpaid(tx, orderId);
      if (!order) return false;
      if (!allows('lapse', 'system', order)) {
        await this.repository.needNotBePaid(tx, orderId);
        return false;
      }
      await this.endings.cancel(tx, order, { actor: 'system', actorId: null, reason: 'not_paid_in_time' });
      return true;
    });
  }

  /** Of a payment for one order: it is that order's, or nobody's any more. (Of a checkout's, placing decides.) */
  private async authorized(tx: Tx, order: LockedOrder, { purchaseId }: Told): Promise<void> {
    if (purchaseId !== order.id || order.paymentId === null) return;
    const bought = order.status === 'cancelled' ? null : { orderId: order.id };
    if (bought) {
      const paymentStatus = paymentStatusAfter('authorized', order, 0, 0);
      await this.repository.record(tx, order, {
        type: 'payment_authorized',
        paymentStatus,
        paymentId: order.paymentId,
      });
    }
    await this.payments.decide(tx, order.paymentId, order.storeId, bought);
  }

  private async actionRequired(tx: Tx, order: LockedOrder, { purchaseId, type: action = 'authenticate' }: Told) {
    const { paymentStatus, paymentId } = order;
    if (purchaseId !== order.id || (paymentStatus !== 'unpaid' && paymentStatus !== 'failed')) return;
    await this.repository.record(tx, order, { type: 'payment_action_required', paymentStatus, paymentId, action });
  }

  private async captured(
    tx: Tx,
    order: LockedOrder,
    { shares = [] }: Told,
    method: { method: string; last4: string | null } | undefined,
  ): Promise<void> {
    const share = shares.find(({ orderId }) => orderId === order.id);
    if (!share) return;
    const capturedCents = Math.max(order.capturedCents, share.amountCents);
    const paymentStatus = paymentStatusAfter('captured', order, capturedCents, order.refundedCents);
    const { id, storeId, currency, paymentId } = order;
    const told = { amountCents: share.amountCents };
    await this.repository.record(tx, order, {
      ...{ type: 'paid', paymentStatus, paymentId, capturedCents, method, told },
    });
    await this.events.publish(tx, orderEvent(ORDER_PAID, id, { storeId, amountCents: share.amountCents, currency }));
    // Cancelled while the money was on its way.
    if (order.status === 'cancelled') await this.endings.giveMoneyBack(tx, { ...order, capturedCents, paymentStatus });
  }

  /** Nothing was taken: it may be paid again. One that was to be paid at once is pending until then, its stock kept a day. */
  private async failed(tx: Tx, order: LockedOrder, news: PaymentNews, { code }: Told): Promise<void> {
    const paymentStatus = paymentStatusAfter(news, order, order.capturedCents, order.refundedCents);
    if (paymentStatus !== 'failed' && paymentStatus !== 'voided') return;
    const { id, storeId, settlement } = order;
    const waits = paymentStatus === 'failed' && settlement === 'pay_now';
    const reason = code ?? news;
    await this.repository.record(tx, order, {
      ...{ type: 'payment_failed', paymentStatus, paymentId: null, waits, reason },
    });
    if (paymentStatus === 'voided') return;
    if (waits && allows('reopen', 'system', order))
      await this.orders.changeStatus(tx, order, 'pending', {
        actor: 'system',
        actorId: null,
        reason: 'payment_failed',
      });
    await this.events.publish(tx, orderEvent(ORDER_PAYMENT_FAILED, id, { storeId, code: reason }));
  }

  private async refunded(tx: Tx, order: LockedOrder, told: Told): Promise<void> {
    const capturedCents = Math.max(order.capturedCents, told.capturedCents ?? 0);
    const refundedCents = await this.refundedNow(tx, order);
    const paymentStatus = paymentStatusAfter('refunded', order, capturedCents, refundedCents);
    const { refundId, amountCents } = told;
    await this.repository.record(tx, order, {
      ...{ type: 'refunded', paymentStatus, paymentId: order.paymentId, capturedCents, refundedCents },
      told: { refundId, amountCents },
    });
    const { id, storeId, currency } = order;
    await this.events.publish(tx, orderEvent(ORDER_REFUNDED, id, { storeId, refundId, amountCents, currency }));
  }

  /** The money did not get there, perhaps after it seemed to have: it may be asked for again. */
  private async refundFailed(tx: Tx, order: LockedOrder, told: Told): Promise<void> {
    const { refundId, amountCents, code } = told;
    const refundedCents = await this.refundedNow(tx, order);
    const { paymentId, capturedCents } = order;
    const wasCounted = refundedCents !== order.refundedCents;
    const paymentStatus = wasCounted
      ? paymentStatusAfter('refunded', order, capturedCents, refundedCents)
      : order.paymentStatus;
    await this.repository.record(tx, order, {
      ...{ type: 'refund_failed', paymentStatus, paymentId, refundedCents, reason: code },
      told: { refundId, amountCents },
    });
    await this.correctInstead(tx, order, told);
  }

  /** Where an order that replaces goods asked for it, it counted as gone there from that moment on: it does no longer. */
  private async correctInstead(tx: Tx, first: LockedOrder, { refundId, amountCents, code }: Told): Promise<void> {
    if (refundId === undefined) return;
    const instead = await this.repository.lockInstead(tx, first.id);
    if (instead.length === 0) return;
    const noted = await this.repository.notedInstead(
      tx,
      instead.map(({ id }) => id),
      refundId,
    );
    for (const order of instead) {
      const cents = Math.min(noted.get(order.id) ?? 0, order.refundedCents);
      if (cents === 0) continue;
      const refundedCents = order.refundedCents - cents;
      const paymentStatus = paymentStatusAfter('refunded', order, order.capturedCents, refundedCents);
      await this.repository.record(tx, order, {
        ...{ type: 'refund_failed', paymentStatus, paymentId: order.paymentId, refundedCents, reason: code },
        told: { refundId, amountCents },
      });
    }
  }

  /** As payments has it now, whatever the order of the news. */
  private async refundedNow(tx: Tx, { id }: LockedOrder): Promise<number> {
    const refunds = await this.purse.refundsOf(tx, id);
    return refunds.reduce((sum, { status, amountCents }) => (status === 'succeeded' ? sum + amountCents : sum), 0);
  }

  /** With the order, those that replace goods of it: the same money is theirs, and must not go back beside the dispute. */
  private async disputedWhole(tx: Tx, order: LockedOrder, news: 'disputed' | 'undisputed', told: Told): Promise<void> {
    for (const one of [order, ...(await this.repository.lockInstead(tx, order.id))])
      await this.disputed(tx, one, news, told);
  }

  private async tellDisputeEnded(tx: Tx, { id, storeId }: LockedOrder, isWon: boolean): Promise<void> {
    await this.events.publish(tx, orderEvent(ORDER_DISPUTE_ENDED, id, { storeId, isWon }));
  }

  private async disputed(tx: Tx, order: LockedOrder, news: 'disputed' | 'undisputed', { amountCents }: Told) {
    const paymentStatus = paymentStatusAfter(news, order, order.capturedCents, order.refundedCents);
    const type = news === 'disputed' ? 'payment_disputed' : 'payment_dispute_won';
    await this.repository.record(tx, order, {
      ...{ type, paymentStatus, paymentId: order.paymentId, told: { amountCents } },
    });
    if (news === 'disputed') return;
    // Cancelled while nothing could go back: what the bank had taken is ours to give now.
    if (order.status === 'cancelled') await this.endings.giveMoneyBack(tx, { ...order, paymentStatus });
    await this.tellDisputeEnded(tx, order, true);
  }
}

function toldBy(event: DomainEvent): Told {
  return event.payload as unknown as Told;
}
