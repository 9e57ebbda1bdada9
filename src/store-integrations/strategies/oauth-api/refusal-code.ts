/** Words of stores, as the protocols and the stores write them, by what they mean to a shopper. The first that fits. */
const MEANINGS: readonly [RegExp, string][] = [
  [/out_of_stock|sold_out|item_unavailable|product_unavailable/, 'out_of_stock'],
  [/stock|quantity/, 'stock_short'],
  [/price|total_changed|amount_mismatch/, 'price_changed'],
  [/card|payment|declined|instrument|insufficient_funds|fraud/, 'payment_declined'],
  [/address|undeliverable|deliver|shipping|region/, 'address_undeliverable'],
];

/** Our own code for a store's word for why it takes no order: stable, whatever stores call it. */
export function refusalCodeOf(word: string): string {
  const bare = word.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  return MEANINGS.find(([words]) => words.test(bare))?.[1] ?? 'refused_by_store';
}
