import type { ShopperAtStore } from '../../checkout-strategy';
import type { Basket, BasketAddress } from '../../protocols/store-api';

interface Line {
  itemId: string;
  externalId?: string | null;
  quantity: number;
}

/** What is to be bought, as a store's interface takes it; null where Muse does not know what the store calls one of the goods. */
export function basketOf(
  shopper: ShopperAtStore,
  lines: readonly Line[],
  currency: string,
  checkoutId: string | null,
): Basket | null {
  const { contact, address, storeAddressId, deliveryOptionRef, discountCodes } = shopper;
  const wanted = lines.flatMap(({ itemId, externalId, quantity }) =>
    externalId ? [{ itemId, externalId, quantity }] : [],
  );
  if (wanted.length < lines.length) return null;
  const name = address && namesOf(address.name);
  return {
    ...{ checkoutId, currency, lines: wanted, storeAddressId, deliveryOptionId: deliveryOptionRef, discountCodes },
    buyer: contact && { email: contact.email, phone: contact.phone, ...name },
    address: address && {
      ...namesOf(address.name),
      line1: address.line1,
      line2: address.line2,
      city: address.city,
      region: address.region,
      postalCode: address.postalCode,
      country: address.country,
      phone: address.phone ?? contact?.phone ?? null,
    },
  };
}

/** Stores ask for two names, people write one line: all but the last word is the first name. */
function namesOf(name: string): Pick<BasketAddress, 'firstName' | 'lastName'> {
  const words = name.trim().split(/\s+/);
  const lastName = words.pop() ?? null;
  return words.length > 0 ? { firstName: words.join(' '), lastName } : { firstName: lastName, lastName: null };
}
