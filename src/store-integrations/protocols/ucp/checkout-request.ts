import type { Basket, BasketAddress, ConnectedStore, StorePayment } from '../store-api';
import type { SeenCheckout, SeenInstrument, SeenMethod } from './checkout-answer';
import { DISCOUNT, FULFILLMENT } from './ucp-versions';

/** For whom a request is made: what both sides can, and where the shopper is as far as that is known. */
export interface Agreed {
  capabilities: readonly string[];
  store: Pick<ConnectedStore, 'country'>;
}

/** A new checkout, of all that is known yet. */
export function creation(basket: Basket, agreed: Agreed): object {
  return {
    line_items: basket.lines.map(({ externalId, quantity }) => ({ item: { id: externalId }, quantity })),
    ...ofTheBuyer(basket, agreed),
    ...(delivers(basket, agreed) && {
      fulfillment: { methods: [{ type: 'shipping', ...destination(basket, undefined) }] },
    }),
  };
}

/**
 * The whole of a checkout anew: an update replaces everything, so what is left out is gone. Lines that the store has
 * already keep its ids; how goods are brought can be said only of lines that have one.
 */
export function replacement(basket: Basket, seen: SeenCheckout, agreed: Agreed): object {
  const lines = withIds(basket, seen);
  const ids = lines.flatMap(({ id }) => id ?? []);
  const hasFulfillment = delivers(basket, agreed) && ids.length === lines.length;
  return {
    line_items: lines.map(({ id, externalId, quantity }) => ({
      ...(id !== undefined && { id }),
      item: { id: externalId },
      quantity,
    })),
    ...ofTheBuyer(basket, agreed),
    ...(hasFulfillment && { fulfillment: { methods: methodsFor(basket, seen.shipping, ids) } }),
  };
}

/** Whether the store has yet to be told what it could not know before: where to, or by which option, of those it offers. */
export function lacksChoices(basket: Basket, seen: SeenCheckout, agreed: Agreed): boolean {
  if (!delivers(basket, agreed)) return false;
  if (withIds(basket, seen).some(({ id }) => id === undefined)) return false;
  if (seen.shipping.length === 0) return !isWithoutDelivery(seen);
  return seen.shipping.some(
    (method) =>
      !isDestined(basket, method) ||
      method.groups.some((group) => choose(group, basket.deliveryOptionId) !== group.selectedOptionId),
  );
}

/** Whether it goes where the shopper said: a store may have chosen another of the addresses it holds by itself. */
function isDestined({ storeAddressId, address }: Basket, method: SeenMethod): boolean {
  if (method.destinations.length === 0) return true;
  const chosen = method.destinations.find(({ id }) => id === method.selectedDestinationId);
  if (!chosen) return false;
  if (storeAddressId !== null) return chosen.id === storeAddressId;
  return address === null || isSamePlace(chosen, address);
}

/** Whether the store has chosen a place that is not the shopper's, and was told theirs. */
export function goesElsewhere(basket: Basket, seen: SeenCheckout, agreed: Agreed): boolean {
  return (
    delivers(basket, agreed) &&
    seen.shipping.some((method) => method.selectedDestinationId !== null && !isDestined(basket, method))
  );
}

/** A store that was told where to, and answers no method, brings nothing: goods without delivery. */
const isWithoutDelivery = (seen: SeenCheckout): boolean => seen.status === 'ready_for_complete';

export const completion = (instrument: object): object => ({ payment: { instruments: [instrument] } });

/** An instrument that the store holds: named, never described. */
export function savedInstrument({ id, handlerId, type }: SeenInstrument): object {
  return { id, handler_id: handlerId, type, selected: true };
}

/** A token of the payment provider for this one purchase. `id` is ours: the same for the same try. */
export function delegatedInstrument(payment: Extract<StorePayment, { type: 'delegated' }>, id: string): object {
  return {
    id,
    handler_id: payment.handlerId,
    type: 'card',
    selected: true,
    credential: { type: `${payment.provider}_token`, token: payment.token },
  };
}

function delivers(basket: Basket, { capabilities }: Agreed): boolean {
  return capabilities.includes(FULFILLMENT) && (basket.storeAddressId !== null || basket.address !== null);
}

function ofTheBuyer(basket: Basket, { capabilities, store }: Agreed): object {
  const { buyer, address } = basket;
  return {
    ...(buyer && {
      buyer: {
        email: buyer.email,
        ...(buyer.firstName && { first_name: buyer.firstName }),
        ...(buyer.lastName && { last_name: buyer.lastName }),
        ...(buyer.phone && { phone_number: buyer.phone }),
      },
    }),
    context: {
      address_country: address?.country ?? store.country,
      ...(address?.region && { address_region: address.region }),
      ...(address?.postalCode && { postal_code: address.postalCode }),
      currency: basket.currency,
    },
    ...(capabilities.includes(DISCOUNT) && { discounts: { codes: basket.discountCodes } }),
  };
}

/** Each line of the basket with the store's id of it: the same goods, those of the same quantity first. */
function withIds(basket: Basket, seen: SeenCheckout): { id?: string; externalId: string; quantity: number }[] {
  const free = [...seen.lines];
  return basket.lines.map(({ externalId, quantity }) => {
    const same = free.filter((line) => line.externalId === externalId);
    const found = same.find((line) => line.quantity === quantity) ?? same[0];
    if (!found) return { externalId, quantity };
    free.splice(free.indexOf(found), 1);
    return { id: found.id, externalId, quantity };
  });
}

/** One for all lines, unless the store has parted them. */
function methodsFor(basket: Basket, methods: SeenMethod[], ids: string[]): object[] {
  if (methods.length < 2) return [shipping(basket, methods[0], ids)];
  return methods.map((method) =>
    shipping(
      basket,
      method,
      method.lineIds.filter((id) => ids.includes(id)),
    ),
  );
}

function shipping(basket: Basket, method: SeenMethod | undefined, lineIds: string[]): object {
  const groups = (method?.groups ?? []).flatMap((group) => {
    const option = choose(group, basket.deliveryOptionId);
    return option === null ? [] : [{ id: group.id, selected_option_id: option }];
  });
  return {
    ...(method && { id: method.id }),
    type: 'shipping',
    line_item_ids: lineIds,
    ...destination(basket, method),
    ...(groups.length > 0 && { groups }),
  };
}

/** The option that the shopper chose, where it is offered; else the cheapest, then the fastest. */
export function choose({ options }: SeenMethod['groups'][number], wanted: string | null): string | null {
  if (wanted !== null && options.some(({ id }) => id === wanted)) return wanted;
  const [cheapest] = [...options].sort((a, b) => a.priceCents - b.priceCents || a.maxDays - b.maxDays);
  return cheapest?.id ?? null;
}

/** One that the store holds by its id there; else the shopper's, with the id that the store gave it when it saw it first. */
function destination({ storeAddressId, address }: Basket, method: SeenMethod | undefined): object {
  if (storeAddressId !== null)
    return { destinations: [{ id: storeAddressId }], selected_destination_id: storeAddressId };
  if (address === null) return {};
  const known = method?.destinations.find((seen) => isSamePlace(seen, address));
  return {
    destinations: [{ ...(known && { id: known.id }), ...postalAddress(address) }],
    ...(known && { selected_destination_id: known.id }),
  };
}

/**
 * Whether a destination is the shopper's address, however the store writes it. One that only looks like it would be where
 * the parcel goes: numbers, flat and name have to be the same too.
 */
export function isSamePlace(seen: BasketAddress, address: BasketAddress): boolean {
  const [a, b] = [bare(seen.postalCode), bare(address.postalCode)];
  const isSameCode = a !== '' && b !== '' ? a.startsWith(b) || b.startsWith(a) : bare(seen.city) === bare(address.city);
  const isSameName = !seen.lastName || !address.lastName || bare(seen.lastName) === bare(address.lastName);
  return bare(seen.country) === bare(address.country) && isSameCode && isSameName && isSameDoor(seen, address);
}

/** Street may be written "St" or "Street", and the flat in a line of its own or behind it. */
function isSameDoor(a: BasketAddress, b: BasketAddress): boolean {
  const lines = ({ line1, line2 }: BasketAddress) => bare(`${line1}${line2 ?? ''}`);
  const numbers = ({ line1, line2 }: BasketAddress) => `${line1} ${line2 ?? ''}`.replace(/\D+/g, ' ').trim();
  const [flatA, flatB] = [bare(a.line2), bare(b.line2)];
  const isSameFlat =
    flatA === flatB || (flatA === '' && lines(a).endsWith(flatB)) || (flatB === '' && lines(b).endsWith(flatA));
  return lines(a) === lines(b) || (numbers(a) !== '' && numbers(a) === numbers(b) && isSameFlat);
}

const bare = (text: string | null | undefined): string => (text ?? '').toUpperCase().replace(/[^\p{L}\p{N}]/gu, '');

function postalAddress(address: BasketAddress): object {
  const { firstName, lastName, line1, line2, city, region, postalCode, country, phone } = address;
  return {
    ...(firstName && { first_name: firstName }),
    ...(lastName && { last_name: lastName }),
    street_address: line1,
    ...(line2 && { extended_address: line2 }),
    address_locality: city,
    ...(region && { address_region: region }),
    ...(postalCode && { postal_code: postalCode }),
    address_country: country,
    ...(phone && { phone_number: phone }),
  };
}
