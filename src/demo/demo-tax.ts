import type { Tx } from '../platform/database';
import type { TaxRates } from '../pricing';

const salesTax = (region: string, percent: string, onDelivery: boolean) => ({
  ...{ region, name: 'Sales tax', percent, inclusive: false, onDelivery },
});
const vat = (name: string, percent: string) => ({ name, percent, inclusive: true, onDelivery: true });

/** Rates for the demo, near the real ones; nobody should tax by them. */
const DEMO_TAX = {
  US: [
    salesTax('NY', '8.875', true),
    salesTax('CA', '7.25', false),
    salesTax('TX', '6.25', true),
    salesTax('FL', '6', true),
  ],
  CA: [
    { ...vat('GST', '5'), inclusive: false },
    { ...vat('PST', '7'), region: 'BC', inclusive: false },
  ],
  VE: [vat('IVA', '16')],
  ES: [vat('IVA', '21')],
  CO: [vat('IVA', '19')],
};

/** Each country's only where it has none yet. */
export async function ensureDemoTax(tx: Tx, taxes: TaxRates): Promise<void> {
  for (const [country, rates] of Object.entries(DEMO_TAX)) await taxes.ensure(tx, country, rates);
}
