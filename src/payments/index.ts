import { Module } from '@nestjs/common';
import type { Caller } from '../identity';
import type { Reader, Tx } from '../platform/database';

export interface Payable {
  payable: boolean;
  reason: null | 'not_onboarded' | 'not_enabled' | 'wrong_currency';
  feePpm: number;
}
export abstract class PayableStores {
  abstract of(reader: Reader, storeIds: string[]): Promise<Map<string, Payable>>;
}
export interface AdoptedMethod {
  id: string;
  kind: string;
  brand: string | null;
  last4: string | null;
}
export abstract class PaymentMethods {
  abstract adopt(
    caller: Caller,
    token: { paymentMethodId: string } | { providerToken: string; save?: boolean },
  ): Promise<AdoptedMethod>;
}
export interface NewPayment {
  purchaseId: string;
  shopperId: string;
  paymentMethodId: string;
  currency: string;
  returnUrl: string;
  shares: { storeId: string; amountCents: number; feePpm: number }[];
}
export interface PaymentAction {
  type: 'authenticate' | 'redirect';
  clientSecret?: string;
  url?: string;
  expiresAt: string;
}
export abstract class Payments {
  abstract begin(tx: Tx, payment: NewPayment): Promise<string>;
  abstract decide(tx: Tx, paymentId: string, storeId: string, placed: { orderId: string } | null): Promise<void>;
  abstract giveUp(tx: Tx, paymentId: string): Promise<void>;
  abstract actionOf(paymentId: string): Promise<PaymentAction | null>;
  abstract resume(paymentId: string): Promise<void>;
  abstract shown(reader: Reader, orderIds: string[]): Promise<Map<string, { method: string; last4: string | null }>>;
}
export interface NewRefund {
  orderId: string;
  amountCents: number;
  reason: string;
  items: { itemId: string; quantity: number }[] | null;
  by: { kind: string; id: string | null };
}
export interface RefundRow {
  id: string;
  orderId: string;
  amountCents: number;
  reason: string;
  items: { itemId: string; quantity: number }[] | null;
  byKind: string;
  status: 'pending' | 'succeeded' | 'failed';
  createdAt: Date;
}
export abstract class Refunds {
  abstract ask(tx: Tx, refund: NewRefund): Promise<RefundRow>;
  abstract of(reader: Reader, orderId: string): Promise<RefundRow[]>;
}
@Module({})
export class PaymentsModule {}
