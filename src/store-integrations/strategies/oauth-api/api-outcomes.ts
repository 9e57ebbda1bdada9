import type { PlacedFigures, Placement, PlacementOutcome } from '../../checkout-strategy';
import type { RemoteCheckout } from '../../protocols/store-api';
import { refusalCodeOf, type Refusal } from './refusal-code';

/** An end without an order. */
export type Ended = Exclude<
  PlacementOutcome,
  { type: 'actionRequired' | 'throttled' | 'unknowable' | 'contacted' | 'placed' }
>;

export function placed(order: { id: string; number: string }, figures?: PlacedFigures): PlacementOutcome {
  const told = { storeOrderNumber: order.number, storeOrderId: order.id, placedAtStore: true };
  return { type: 'placed', ...told, ...(figures && { figures }) };
}

export function rejected(code: Refusal, detail: string): Extract<Ended, { type: 'rejected' }> {
  return { type: 'rejected', code, detail };
}

/** In the store's own word and words: our code says what it comes to. */
export function refusedByStore(storeCode: string, detail: string): Extract<Ended, { type: 'rejected' }> {
  return { type: 'rejected', code: refusalCodeOf(storeCode), detail, storeCode };
}

export function unavailable(code: string, detail: string): Extract<Ended, { type: 'unavailable' }> {
  return { type: 'unavailable', code, detail };
}

/** What it came to, where that is not what was agreed: the store's word is what will be charged. */
export function figuresOf({ agreedTotalCents }: Placement, remote: RemoteCheckout): PlacedFigures | undefined {
  if (remote.totalCents === agreedTotalCents) return undefined;
  const { subtotalCents, discountCents, shippingCents, fees, taxCents, totalCents } = remote;
  const sum =
    subtotalCents - discountCents + shippingCents + fees.reduce((all, fee) => all + fee.amountCents, 0) + taxCents;
  return sum === totalCents ? { subtotalCents, discountCents, shippingCents, fees, taxCents, totalCents } : undefined;
}
