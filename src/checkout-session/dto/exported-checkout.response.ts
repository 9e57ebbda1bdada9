import { ApiProperty } from '@nestjs/swagger';
import { AddressResponse, type Address } from '../../identity';
import { MoneyResponse } from '../../platform/money';
import { linesOf, type OpenedSession, type Session, type StoreCheckout } from '../session';
import {
  ContactResponse,
  GiftResponse,
  HandoffItemResponse,
  HandoffResponse,
  SessionPaymentMethodResponse,
} from './checkout.response';

const MAYBE_TIME = { type: String, format: 'date-time', nullable: true } as const;

/** What a checkout was to be at one store. */
export class ExportedStoreCheckoutResponse {
  /** The store */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /**
   * Its name
   * @example "Casa Luna"
   */
  name: string;
  /** What became of it */
  @ApiProperty({ type: String, example: 'placed' })
  status: string;
  /** What was to be bought there */
  items: HandoffItemResponse[];
  /** Where to, where that is another address than the checkout's */
  @ApiProperty({ type: AddressResponse, nullable: true })
  shippingAddress: Address | null;
  /** A word to the store */
  @ApiProperty({ type: String, nullable: true, example: 'Is it true to size?' })
  note: string | null;
  /** As a gift */
  @ApiProperty({ type: GiftResponse, nullable: true })
  gift: GiftResponse | null;
  /** A word to the courier */
  @ApiProperty({ type: String, nullable: true, example: 'Leave with the porter' })
  deliveryNote: string | null;
  /** Whether its link was to tell the store of the buyer */
  shareAtStore: boolean;
  /** What it was to cost */
  total: MoneyResponse;
  /** The order that it led to */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  orderId: string | null;
}

/** A checkout, whatever became of it. */
export class ExportedCheckoutResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** How it ended, or where it stands */
  @ApiProperty({ type: String, example: 'completed' })
  status: string;
  /** Where to */
  @ApiProperty({ type: AddressResponse, nullable: true })
  shippingAddress: Address | null;
  /** Who pays */
  @ApiProperty({ type: AddressResponse, nullable: true })
  billingAddress: Address | null;
  /** How to reach the buyer */
  @ApiProperty({ type: ContactResponse, nullable: true })
  contact: ContactResponse | null;
  /** What was to be paid with */
  @ApiProperty({ type: SessionPaymentMethodResponse, nullable: true })
  paymentMethod: SessionPaymentMethodResponse | null;
  /**
   * Coupons that were counted
   * @example ["SPRING10"]
   */
  couponCodes: string[];
  /** What was read and accepted, and when */
  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    example: [{ code: 'pay_later', version: 1, at: '2026-11-22T10:15:30.000Z' }],
  })
  accepted: object[];
  /** Store by store */
  stores: ExportedStoreCheckoutResponse[];
  /** When it was placed */
  @ApiProperty(MAYBE_TIME)
  placedAt: string | null;
  /** When it was over */
  @ApiProperty(MAYBE_TIME)
  completedAt: string | null;
  /** When it runs out, or ran out */
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;

  static of(session: Session, opened: OpenedSession): ExportedCheckoutResponse {
    return {
      id: session.id,
      status: session.status,
      shippingAddress: opened.shippingAddress,
      billingAddress: opened.billingAddress,
      contact: opened.contact,
      paymentMethod: session.paymentMethod,
      couponCodes: session.coupons.map(({ code }) => code),
      accepted: session.accepted,
      stores: session.stores.map((store) => storeOf(session, store, opened)),
      placedAt: session.placedAt?.toISOString() ?? null,
      completedAt: session.completedAt?.toISOString() ?? null,
      expiresAt: session.expiresAt.toISOString(),
    };
  }
}

function storeOf(session: Session, store: StoreCheckout, opened: OpenedSession): ExportedStoreCheckoutResponse {
  const { storeId, name, status, currency, totalCents, orderId, shareAtStore } = store;
  const { shippingAddress, instructions } = opened.stores.get(storeId) ?? { shippingAddress: null, instructions: null };
  const items = linesOf(session, storeId).map((line): HandoffItemResponse => {
    const { productName, productSku, productUrl, size, color, quantity, unitPriceCents } = line;
    const unitPrice = { amount: unitPriceCents, currency: line.currency };
    return { productName, productSku, productUrl, size, color, quantity, unitPrice };
  });
  const { note = null, gift = null, deliveryNote = null } = instructions ?? {};
  const total = { amount: totalCents, currency };
  return { storeId, name, status, items, shippingAddress, note, gift, deliveryNote, shareAtStore, total, orderId };
}

export class ExportedHandoffResponse extends HandoffResponse {
  /** When it was handed off */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}
