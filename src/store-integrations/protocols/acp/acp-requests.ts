import type { Basket, BasketAddress, StorePayment } from '../store-api';
import type { AcpLine } from './acp-checkout';
import type { AcpDelivery } from './acp-delivery';

type Json = Record<string, unknown>;

/**
 * What is to be bought, for a new session or an old one: an update is a whole, so that what was sent before leaves nothing
 * behind. `quantity` is missing in the document's own type of these lines and present in its prose and every answer: sent.
 */
export function basketJson(basket: Basket): Json {
  const { lines, buyer, address, discountCodes } = basket;
  return {
    line_items: lines.map(({ externalId, quantity }) => ({ id: externalId, quantity })),
    ...(buyer && { buyer: buyerJson(buyer) }),
    ...((address || buyer) && {
      fulfillment_details: {
        ...(address && { name: nameOf(address, buyer) }),
        ...(buyer && { email: buyer.email }),
        ...phone(address?.phone ?? buyer?.phone),
        ...(address && { address: addressJson(address, nameOf(address, buyer)) }),
      },
    }),
    discounts: { codes: discountCodes },
  };
}

/** A new session. Muse steps in for nobody at a bank's page: it says so by asking for no intervention. */
export function createJson(basket: Basket): Json {
  return {
    ...basketJson(basket),
    currency: basket.currency.toLowerCase(),
    capabilities: { interventions: { supported: [] }, extensions: ['discount'] },
  };
}

/**
 * The choice of how the goods come. `usedIds`: the ids by which the store itself names goods in a choice, of lines or of
 * items; the document says lines, its examples say items.
 */
export function selectionJson(option: AcpDelivery, lines: AcpLine[], usedIds: string[]): Json {
  const items = new Set(lines.map(({ externalId }) => externalId));
  const lineIds = new Set(lines.map(({ lineId }) => lineId));
  const byItem = usedIds.length > 0 && usedIds.every((id) => items.has(id)) && !usedIds.every((id) => lineIds.has(id));
  const ids = lines.map(({ lineId, externalId }) => (byItem ? externalId : lineId));
  return { selected_fulfillment_options: [{ type: option.type, option_id: option.id, item_ids: [...new Set(ids)] }] };
}

/** How it is paid. Never a card number: a token of the payment provider, or the name of a card that the store holds. */
export function paymentJson(payment: StorePayment, handlerId: string): Json {
  const [type, credential] =
    payment.type === 'delegated'
      ? ['card', { type: 'spt', token: payment.token }]
      : ['seller_backed_saved_card', { type: 'saved_card', token: payment.instrumentId }];
  return { payment_data: { handler_id: handlerId, instrument: { type, credential } } };
}

/** Why a session is given up, in a word that the protocol knows. */
export const cancelJson: Json = { intent_trace: { reason_code: 'other' } };

function buyerJson({ email, firstName, lastName, phone: number }: NonNullable<Basket['buyer']>): Json {
  return {
    email,
    ...(firstName && { first_name: firstName }),
    ...(lastName && { last_name: lastName }),
    ...phone(number),
  };
}

function addressJson(address: BasketAddress, name: string): Json {
  return {
    name,
    line_one: address.line1,
    ...(address.line2 && { line_two: address.line2 }),
    city: address.city,
    // Required by the protocol, unknown to many countries.
    state: address.region ?? '',
    country: address.country,
    postal_code: address.postalCode ?? '',
  };
}

function nameOf(address: BasketAddress, buyer: Basket['buyer']): string {
  const named = [address, buyer].find((person) => person?.firstName || person?.lastName);
  return [named?.firstName, named?.lastName].filter(Boolean).join(' ');
}

function phone(number: string | null | undefined): Json {
  return number ? { phone_number: number } : {};
}
