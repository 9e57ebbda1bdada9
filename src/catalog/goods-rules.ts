import { InvalidField } from '../platform/http';
import type { Money } from '../platform/money';
import type { Store } from '../stores';
import { isUrl } from '../platform/http-client';

interface Prices {
  price?: Money;
  originalPrice?: Money | null;
}

/** Prices are in the store's currency, and what a price is compared with is not below it. Throws InvalidField. */
export function assertPrices(store: Pick<Store, 'currency'>, { price, originalPrice }: Prices, pointer: string): void {
  for (const [name, money] of Object.entries({ price, originalPrice })) {
    if (money && money.currency !== store.currency) {
      throw new InvalidField(`${pointer}/${name}/currency`, `must be the store's currency, ${store.currency}`);
    }
  }
  if (price && originalPrice && originalPrice.amount < price.amount) {
    throw new InvalidField(`${pointer}/originalPrice/amount`, 'must not be less than the price');
  }
}

/** A SKU names one variant. Throws InvalidField at the second one. */
export function assertDistinctSkus(variants: readonly { sku: string }[]): void {
  const seen = new Set<string>();
  variants.forEach(({ sku }, index) => {
    if (seen.has(sku)) throw new InvalidField(`/variants/${index}/sku`, 'is the SKU of an earlier variant');
    seen.add(sku);
  });
}

/** Goods of a partner store may name their page there, on one of its hosts; merchant stores have their pages on Muse. Throws InvalidField. */
export function assertPageOfStore(store: Pick<Store, 'kind' | 'hosts'>, url: string | null | undefined): void {
  if (url == null) return;
  if (store.kind !== 'partner') throw new InvalidField('/url', 'is for the goods of partner stores only');
  const { host, username, password } = isUrl(url) ? new URL(url) : { host: '', username: '', password: '' };
  if (!store.hosts.includes(host) || username || password) {
    throw new InvalidField('/url', "must be a page on one of the store's hosts");
  }
}
