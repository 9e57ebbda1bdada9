import { Injectable } from '@nestjs/common';
import { Accounts } from '../../identity';
import { Payments } from '../../payments';
import type { Tx } from '../../platform/database';
import { NotFound, type Once } from '../../platform/http';
import type { PayOrderRequest } from '../dto/order.request';
import type { OrderResponse } from '../dto/order.response';
import { isToPay } from '../order-states';
import { OrderStateForbids } from '../orders.errors';
import { OrdersRepository } from '../orders.repository';
import { OrdersService } from '../orders.service';
import { BuyersMoney, type ChargedMethod, type Payer } from './buyers-money';
import { OrderPaymentsRepository } from './order-payments.repository';

/** Paying an order by itself: one that was left for later, or whose payment has failed. */
@Injectable()
export class OrderPaying {
  constructor(
    private readonly orders: OrdersService,
    private readonly repository: OrdersRepository,
    private readonly recorded: OrderPaymentsRepository,
    private readonly money: BuyersMoney,
    private readonly payments: Payments,
    private readonly accounts: Accounts,
  ) {}

  /**
   * The intent to take what the order costs; what comes of it is seen in the order. Throws NotFound (order, method),
   * OrderStateForbids, MerchantNotPayable, PaymentUnderWay, InvalidRequest, IdempotencyKeyRequired, RateLimited.
   */
  async pay(once: Once, payer: Payer, orderId: string, body: PayOrderRequest): Promise<OrderResponse> {
    return this.money.pay(once, payer, body, (tx, method) => this.payOnce(tx, payer, orderId, body, method));
  }

  /** The buyer has authenticated: goes on where the webhook may have gone on already. Throws NotFound. */
  async resume(once: Once, caller: Payer, orderId: string): Promise<OrderResponse> {
    if (caller.kind === 'user') await this.accounts.me(caller);
    const row = await this.repository.ofPayer(caller, orderId);
    if (!row) throw new NotFound('order');
    if (row.paymentAction !== null && row.paymentId !== null) await this.payments.resume(row.paymentId);
    return once.run((tx) => this.orders.find(caller, orderId, tx));
  }

  private async payOnce(
    tx: Tx,
    payer: Payer,
    orderId: string,
    { returnUrl }: PayOrderRequest,
    method: ChargedMethod | null,
  ): Promise<OrderResponse> {
    const order = await this.repository.lockOfBuyer(tx, payer, orderId);
    if (!order) throw new NotFound('order');
    if (!isToPay(order)) throw new OrderStateForbids('paid', order.status, whyNot(order));
    const { storeId, currency, totalCents, paymentStatus } = order;
    const charge = { purchaseId: orderId, orderId, storeId, currency, amountCents: totalCents };
    const paymentId = await this.money.begin(tx, payer, charge, method, returnUrl);
    const actor = { kind: 'buyer', id: payer.kind === 'token' ? null : payer.id } as const;
    await this.recorded.record(tx, order, { type: 'payment_begun', paymentStatus, paymentId, actor, waits: false });
    return this.orders.find(payer, orderId, tx);
  }
}

function whyNot({ status, paymentStatus, settlement }: { status: string; paymentStatus: string; settlement: string }) {
  if (settlement === 'at_store') return 'This order is paid at the store.';
  if (paymentStatus !== 'unpaid' && paymentStatus !== 'failed') return `Its payment is ${paymentStatus}.`;
  return status === 'pending' ? 'The store has not confirmed this order yet.' : undefined;
}
