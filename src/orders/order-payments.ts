import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Payments } from '../payments';
import { Database, type Tx } from '../platform/database';
import { Events, type DomainEvent } from '../platform/events';
import { Jobs, reasonOf } from '../platform/jobs';
import { OrderEndings } from './order-endings';
import { OrderPaymentsRepository } from './order-payments.repository';
import { allows, paymentStatusAfter, type PaymentNews } from './order-states';
import { ORDER_PAID, ORDER_PAYMENT_FAILED, ORDER_REFUNDED, orderEvent } from './orders.events';
import { OrdersRepository, type LockedOrder } from './orders.repository';

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
  refundedCents?: number;
  shares?: { storeId: string; orderId: string; amountCents: number }[];
}

/**
 * Where the money of orders stands, from what payments tell. News come in no promised order and more than once: each is
 * measured against the order's present row, amounts only grow, and a payment that the order has let go of changes nothing.
 */
@Injectable()
export class OrderPayments implements OnModuleInit {
  private readonly logger = new Logger('OrderPayments');

  constructor(
    private readonly repository: OrderPaymentsRepository,
    private readonly orders: OrdersRepository,
    private readonly endings: OrderEndings,
    private readonly payments: Payments,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    const ofPayment = (type: string, handle: (tx: Tx, order: LockedOrder, told: Told) => Promise<void>) =>
      this.events.subscribe(type, CONSUMER, async (tx, event) => {
        for (const order of await this.repository.lockOfPayment(tx, event.aggregateId))
          await handle(tx, order, toldBy(event));
      });
    ofPayment('payment.authorized', (tx, order, told) => this.authorized(tx, order, told));
    ofPayment('payment.action_required', (tx, order, told) => this.actionRequired(tx, order, told));
    ofPayment('payment.captured', (tx, order, told) => this.captured(tx, order, told));
    ofPayment('payment.declined', (tx, order, told) => this.failed(tx, order, 'declined', told));
    ofPayment('payment.capture_failed', (tx, order, told) => this.failed(tx, order, 'capture_failed', told));
    ofPayment('payment.cancelled', (tx, order, told) => this.failed(tx, order, 'cancelled', told));
    const ofOrder = (type: string, handle: (tx: Tx, order: LockedOrder, told: Told) => Promise<void>) =>
      this.events.subscribe(type, CONSUMER, async (tx, event) => {
        const told = toldBy(event);
        const order = told.orderId && (await this.repository.lockAny(tx, told.orderId));
        if (order) await handle(tx, order, told);
      });
    ofOrder('payment.refunded', (tx, order, told) => this.refunded(tx, order, told));
    ofOrder('payment.refund_failed', async (tx, order, { refundId, amountCents, code }) => {
      const by = { kind: 'system', id: null } as const;
      await this.repository.note(tx, order.id, 'refund_failed', by, code ?? null, { refundId, amountCents });
    });
    ofOrder('payment.disputed', (tx, order, told) => this.disputed(tx, order, 'disputed', told));
    ofOrder('payment.dispute_ended', async (tx, order, told) => {
      // Lost, it stays what it is: the money is gone, and nobody refunded it.
      if (told.status === 'won') await this.disputed(tx, order, 'undisputed', told);
    });
    this.jobs.every(LAPSE_EVERY_MS, 'orders that nobody paid', async () => void (await this.lapse()));
  }

  /** Ends orders whose capture failed and that nobody paid again in time. Gives how many. */
  async lapse(): Promise<number> {
    let ended = 0;
    for (const orderId of await this.repository.unpaid(BATCH)) {
      try {
        if (await this.lapseOne(orderId)) ended++;
      } catch (error) {
        // One that cannot be ended must not keep the others from it.
        this.logger.error({ message: 'could not be ended', orderId, reason: reasonOf(error) });
      }
    }
    return ended;
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

  private async captured(tx: Tx, order: LockedOrder, { shares = [] }: Told): Promise<void> {
    const share = shares.find(({ orderId }) => orderId === order.id);
    if (!share) return;
    const capturedCents = Math.max(order.capturedCents, share.amountCents);
    const paymentStatus = paymentStatusAfter('captured', order, capturedCents, order.refundedCents);
    const method = (await this.payments.shown(tx, [order.id])).get(order.id);
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
    const refundedCents = Math.max(order.refundedCents, told.refundedCents ?? 0);
    const paymentStatus = paymentStatusAfter('refunded', order, capturedCents, refundedCents);
    const { refundId, amountCents } = told;
    await this.repository.record(tx, order, {
      ...{ type: 'refunded', paymentStatus, paymentId: order.paymentId, capturedCents, refundedCents },
      told: { refundId, amountCents },
    });
    const { id, storeId, currency } = order;
    await this.events.publish(tx, orderEvent(ORDER_REFUNDED, id, { storeId, refundId, amountCents, currency }));
  }

  private async disputed(tx: Tx, order: LockedOrder, news: 'disputed' | 'undisputed', { amountCents }: Told) {
    const paymentStatus = paymentStatusAfter(news, order, order.capturedCents, order.refundedCents);
    const type = news === 'disputed' ? 'payment_disputed' : 'payment_dispute_won';
    await this.repository.record(tx, order, {
      ...{ type, paymentStatus, paymentId: order.paymentId, told: { amountCents } },
    });
  }
}

function toldBy(event: DomainEvent): Told {
  return event.payload as unknown as Told;
}
