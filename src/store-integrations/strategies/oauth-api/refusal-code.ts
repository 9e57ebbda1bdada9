/** Every reason for which an order by a store's API comes to nothing, in our words; docs/errors.md lists them. */
export const REFUSALS = [
  ...(['store_closed', 'out_of_stock', 'stock_short', 'price_changed', 'payment_declined', 'no_payment'] as const),
  ...(['address_undeliverable', 'incomplete_at_store', 'not_finished_at_store'] as const),
  ...(['canceled_at_store', 'expired_at_store', 'refused_by_store'] as const),
] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Words of stores, as the protocols and the stores write them, by what they mean to a shopper. The first that fits. */
const MEANINGS: readonly [RegExp, Refusal][] = [
  [/out_of_stock|sold_out|item_unavailable|product_unavailable/, 'out_of_stock'],
  [/stock|quantity/, 'stock_short'],
  [/price|total_changed|amount_mismatch/, 'price_changed'],
  [/card|payment|declined|instrument|insufficient_funds|fraud/, 'payment_declined'],
  [/address|undeliverable|deliver|shipping|region/, 'address_undeliverable'],
];

/** Our own code for a store's word for why it takes no order: stable, whatever stores call it. */
export function refusalCodeOf(word: string): Refusal {
  const bare = word.toLowerCase().replace(/[^a-z0-9]+/g, '_');
  return MEANINGS.find(([words]) => words.test(bare))?.[1] ?? 'refused_by_store';
}
