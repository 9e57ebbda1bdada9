import { Injectable } from '@nestjs/common';
import { Database } from '../../../platform/database';
import type { CheckoutStrategy, Placement, PlacementOutcome, StoreGroup, StoreQuote } from '../../checkout-strategy';
import { lookAtMarket } from '../../market';
import { quoteFromTables } from '../../quote-from-tables';
import { newClickId } from '../click-id';
import { cartLink } from './cart-link';

/** A store whose shoppers finish on its own site: Muse opens it with the cart filled, as far as the store's links allow. */
@Injectable()
export class RedirectStrategy implements CheckoutStrategy {
  readonly tier = 'redirect';
  readonly checkout = 'on_store_site';
  readonly repeatable = true;
  readonly quotesAtOnce = true;

  constructor(private readonly database: Database) {}

  quote(group: StoreGroup): Promise<StoreQuote> {
    return Promise.resolve(quoteFromTables(group));
  }

  async place({ store, lines }: Placement): Promise<PlacementOutcome> {
    const variantIds = lines.flatMap((line) => line.variantId ?? []);
    const market = await lookAtMarket(this.database, [store.id], variantIds);
    const facts = market.stores.get(store.id);
    if (!facts?.open)
      return { type: 'rejected', code: 'store_closed', detail: `${store.name} no longer takes orders.` };
    const clickId = newClickId();
    const { url: continueUrl, cartFilled } = cartLink(
      facts.cartLink,
      lines.map((line) => ({
        externalId: (line.variantId && market.variants.get(line.variantId)?.externalId) || null,
        sku: line.productSku,
        quantity: line.quantity,
        url: line.productUrl,
      })),
      clickId,
    );
    return { type: 'continueAtStore', continueUrl, clickId, cartFilled };
  }
}
