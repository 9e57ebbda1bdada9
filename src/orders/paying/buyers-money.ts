import { Injectable } from '@nestjs/common';
import { Accounts, type Caller, type TokenHolder } from '../../identity';
import { PayableStores, PaymentMethods, Payments, isFrontEndUrl } from '../../payments';
import { Config } from '../../platform/config';
import type { Tx } from '../../platform/database';
import { InvalidField, InvalidRequest, type Once } from '../../platform/http';
import type { PayOrderRequest } from '../dto/order.request';
import { MerchantNotPayable } from '../orders.errors';
import { PAYMENTS } from '../orders.limits';

/** Whoever may pay: the buyer, or who holds a token that stands for the buyer of an order that names nobody. */
export type Payer = Caller | TokenHolder;

/** The method that is charged, and whose it is: of an order that names nobody, nobody's. */
export interface ChargedMethod {
  id: string;
  shopperId: string;
}

/** What is to be taken for an order: minor units of `currency`. */
interface Charge {
  /** What is paid: an order, or what changes it. */
  purchaseId: string;
  orderId: string;
  storeId: string;
  currency: string;
  amountCents: number;
}

/** The provider has to be asked for the method first; never leaves this file. */
class MethodToAdopt extends Error {}

/** Taking the buyer's money for an order that stands: the whole of it, or what a change raises it by. */
@Injectable()
export class BuyersMoney {
  constructor(
    private readonly payments: Payments,
    private readonly payable: PayableStores,
    private readonly methods: PaymentMethods,
    private readonly accounts: Accounts,
    private readonly config: Config,
  ) {}

  /**
   * Runs `work` once: without a method first, so that what cannot be paid is refused before the provider is asked for one; then
   * with it. Throws InvalidRequest, NotFound (method), IdempotencyKeyRequired, RateLimited.
   */
  async pay<T extends object>(
    once: Once,
    payer: Payer,
    { paymentMethodId, providerToken, save }: PayOrderRequest,
    work: (tx: Tx, method: ChargedMethod | null) => Promise<T>,
  ): Promise<T> {
    if ((paymentMethodId === undefined) === (providerToken === undefined)) {
      throw new InvalidRequest([
        { pointer: '/paymentMethodId', detail: 'give either paymentMethodId or providerToken' },
      ]);
    }
    const attempt = (method: ChargedMethod | null) =>
      once.runWithKey(async (tx) => {
        // Not on a token ten minutes old.
        if (payer.kind === 'user') await this.accounts.present(tx, payer);
        else if (payer.kind === 'guest') await this.accounts.holdGuest(tx, payer);
        return work(tx, method);
      }, PAYMENTS);
    try {
      return await attempt(null);
    } catch (error) {
      // Not a replay, and in a state to be paid: only now is the provider asked, outside any transaction.
      if (!(error instanceof MethodToAdopt)) throw error;
    }
    const token = paymentMethodId === undefined ? { providerToken: providerToken!, save } : { paymentMethodId };
    const shopper = payer.kind === 'token' ? await this.accounts.addNobody() : payer;
    const anonymously = { onlyOnce: payer.kind === 'token', countedAs: payer.id };
    const { id } = await this.methods.adopt(shopper, token, anonymously);
    return attempt({ id, shopperId: shopper.id });
  }

  /** The intent to take it; gives the payment's id. Throws MerchantNotPayable, InvalidField, PaymentUnderWay. */
  async begin(
    tx: Tx,
    payer: Payer,
    { purchaseId, orderId, storeId, currency, amountCents }: Charge,
    method: ChargedMethod | null,
    returnUrl: string | undefined,
  ): Promise<string> {
    const merchant = (await this.payable.of(tx, [storeId])).get(storeId);
    if (!merchant?.payable) throw new MerchantNotPayable(merchant?.reason ?? 'not_onboarded');
    if (returnUrl !== undefined && !isFrontEndUrl(returnUrl, this.config))
      throw new InvalidField('/returnUrl', 'must be an https address of this shop, without credentials');
    if (method === null) throw new MethodToAdopt();
    return this.payments.begin(tx, {
      ...{ purchaseId, purchaseKind: 'order', shopperId: method.shopperId, paymentMethodId: method.id },
      ...{ isAnonymous: payer.kind === 'token', currency },
      returnUrl: returnUrl ?? `${this.config.APP_URL}/m/order/${orderId}`,
      shares: [{ storeId, amountCents, feePpm: merchant.feePpm }],
    });
  }
}
