import { Injectable } from '@nestjs/common';
import { Accounts, type Caller, type TokenHolder } from '../../identity';
import { PayableStores, PaymentMethods, Payments, isFrontEndUrl } from '../../payments';
import { Config } from '../../platform/config';
import type { Tx } from '../../platform/database';
import { InvalidField, InvalidRequest, NotFound, type Once } from '../../platform/http';
import type { PayOrderRequest } from '../dto/order.request';
import type { OrderResponse } from '../dto/order.response';
import { OrderPaymentsRepository } from './order-payments.repository';
import { isToPay } from '../order-states';
import { MerchantNotPayable, OrderStateForbids } from '../orders.errors';
import { PAYMENTS } from '../orders.limits';
import { OrdersRepository } from '../orders.repository';
import { OrdersService } from '../orders.service';

/** The provider has to be asked for the method first; never leaves this file. */
class MethodToAdopt extends Error {}

/** Paying an order by itself: one that was left for later, or whose payment has failed. */
@Injectable()
export class OrderPaying {
  constructor(
    private readonly orders: OrdersService,
    private readonly repository: OrdersRepository,
    private readonly money: OrderPaymentsRepository,
    private readonly payments: Payments,
    private readonly payable: PayableStores,
    private readonly methods: PaymentMethods,
    private readonly accounts: Accounts,
    private readonly config: Config,
  ) {}

  /**
   * The intent to take what the order costs; what comes of it is seen in the order. Throws NotFound (order, method),
   * OrderStateForbids, MerchantNotPayable, PaymentUnderWay, InvalidRequest, IdempotencyKeyRequired, RateLimited.
   */
  async pay(once: Once, buyer: Caller | TokenHolder, orderId: string, body: PayOrderRequest): Promise<OrderResponse> {
    const { paymentMethodId, providerToken, save } = body;
    if ((paymentMethodId === undefined) === (providerToken === undefined)) {
      throw new InvalidRequest([
        { pointer: '/paymentMethodId', detail: 'give either paymentMethodId or providerToken' },
      ]);
    }
    try {
      return await once.runWithKey((tx) => this.payOnce(tx, buyer, orderId, body, null), PAYMENTS);
    } catch (error) {
      // Not a replay, and in a state to be paid: only now is the provider asked, outside any transaction.
      if (!(error instanceof MethodToAdopt)) throw error;
    }
    const token = paymentMethodId === undefined ? { providerToken: providerToken!, save } : { paymentMethodId };
    const payer = buyer.kind === 'token' ? await this.accounts.addNobody() : buyer;
    const anonymously = { onlyOnce: payer !== buyer, countedAs: buyer.id };
    const { id: paymentMethodIdOfPayer } = await this.methods.adopt(payer, token, anonymously);
    const method = { id: paymentMethodIdOfPayer, shopperId: payer.id };
    return once.runWithKey((tx) => this.payOnce(tx, buyer, orderId, body, method), PAYMENTS);
  }

  /** The buyer has authenticated: goes on where the webhook may have gone on already. Throws NotFound. */
  async resume(once: Once, caller: Caller | TokenHolder, orderId: string): Promise<OrderResponse> {
    if (caller.kind === 'user') await this.accounts.me(caller);
    const row =
      caller.kind === 'token'
        ? await this.repository.ofToken(caller.id, orderId)
        : await this.repository.ofBuyer(caller.id, orderId);
    if (!row || row.acts === false) throw new NotFound('order');
    if (row.paymentAction !== null && row.paymentId !== null) await this.payments.resume(row.paymentId);
    return once.run((tx) => this.orders.find(caller, orderId, tx));
  }

  private async payOnce(
    tx: Tx,
    caller: Caller | TokenHolder,
    orderId: string,
    { returnUrl }: PayOrderRequest,
    method: { id: string; shopperId: string } | null,
  ): Promise<OrderResponse> {
    // Not on a token ten minutes old.
    if (caller.kind === 'user') await this.accounts.present(tx, caller);
    else if (caller.kind === 'guest') await this.accounts.holdGuest(tx, caller);
    const order = await this.repository.lockOfBuyer(tx, caller, orderId);
    if (!order) throw new NotFound('order');
    if (!isToPay(order)) throw new OrderStateForbids('paid', order.status, whyNot(order));
    const { storeId, currency, totalCents } = order;
    const merchant = (await this.payable.of(tx, [storeId])).get(storeId);
    if (!merchant?.payable) throw new MerchantNotPayable(merchant?.reason ?? 'not_onboarded');
    if (returnUrl !== undefined && !isFrontEndUrl(returnUrl, this.config))
      throw new InvalidField('/returnUrl', 'must be an https address of this shop, without credentials');
    if (method === null) throw new MethodToAdopt();
    const isAnonymous = caller.kind === 'token';
    const paymentId = await this.payments.begin(tx, {
      ...{ purchaseId: order.id, purchaseKind: 'order', shopperId: method.shopperId, paymentMethodId: method.id },
      ...{ isAnonymous, currency },
      returnUrl: returnUrl ?? `${this.config.APP_URL}/m/order/${order.id}`,
      shares: [{ storeId, amountCents: totalCents, feePpm: merchant.feePpm }],
    });
    const { paymentStatus } = order;
    const actor = { kind: 'buyer', id: isAnonymous ? null : caller.id } as const;
    await this.money.record(tx, order, { type: 'payment_begun', paymentStatus, paymentId, actor, waits: false });
    return this.orders.find(caller, orderId, tx);
  }
}

function whyNot({ status, paymentStatus, settlement }: { status: string; paymentStatus: string; settlement: string }) {
  if (settlement === 'at_store') return 'This order is paid at the store.';
  if (paymentStatus !== 'unpaid' && paymentStatus !== 'failed') return `Its payment is ${paymentStatus}.`;
  return status === 'pending' ? 'The store has not confirmed this order yet.' : undefined;
}
