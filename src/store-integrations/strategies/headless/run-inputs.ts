import type { AutomationInputs } from '../../automation/automation';
import type { ShopperAtStore } from '../../checkout-strategy';

interface Line {
  productUrl: string;
  productName: string;
  productSku: string | null;
  externalId?: string | null;
  size: string | null;
  color: string | null;
  quantity: number;
  unitPriceCents: number;
}

/** What a run at a store fills in; null while an address or a contact is missing. */
export function inputsOf(shopper: ShopperAtStore, lines: readonly Line[]): AutomationInputs | null {
  const { address, contact, deliveryOptionRef, storeInstrumentId } = shopper;
  if (!address || !contact) return null;
  const { name, line1, line2, city, region, postalCode, country, phone } = address;
  return {
    address: { name, line1, line2, city, region, postalCode, country, phone: phone ?? contact.phone },
    contact: { email: contact.email, phone: contact.phone ?? phone ?? null },
    lines: lines.map((line) => ({
      ...{ url: line.productUrl, name: line.productName, sku: line.externalId ?? line.productSku },
      ...{ size: line.size, color: line.color, quantity: line.quantity, unitPriceCents: line.unitPriceCents },
    })),
    ...(deliveryOptionRef !== null && { delivery: { name: deliveryOptionRef } }),
    ...(storeInstrumentId !== null && { instrument: { name: storeInstrumentId } }),
  };
}
