import { Injectable } from '@nestjs/common';
import { Database } from '../../../platform/database';
import type {
  CheckoutStrategy,
  GroupLine,
  Placement,
  PlacementOutcome,
  StoreGroup,
  StoreQuote,
} from '../../checkout-strategy';
import { lookAtMarket } from '../../market';
import { quoteFromTables } from '../../quote-from-tables';
import { newClickId } from '../click-id';
import { buildCart } from './platforms/build-cart';
import type { LinkLine } from './platforms/platform-links';

/** A store whose shoppers finish on its own site: Muse opens it with the cart filled, as far as the store's links allow. */
@Injectable()
export class RedirectStrategy implements CheckoutStrategy {
  readonly tier = 'redirect';
  readonly checkout = 'on_store_site';
  readonly repeatable = true;
  readonly quotesAtOnce = true;

  constructor(private readonly database: Database) {}

  /** With how the store will open, so that the shopper knows before placing. */
  quote(group: StoreGroup): Promise<StoreQuote> {
    const { store, lines, discountCodes = [], sharesAtStore } = group;
    const { kind, warnings, productLinks, carries } = buildCart(store, {
      lines: lines.map((line) => linkLineOf(line, line.variantAtStore ?? null)),
      ...{ clickId: null, shared: null, discountCodes },
      ...(sharesAtStore !== undefined && { willShare: sharesAtStore }),
    });
    return Promise.resolve({ ...quoteFromTables(group), handoff: { kind, warnings, productLinks, carries } });
  }

  async place({ store, lines, shared, discountCodes = [] }: Placement): Promise<PlacementOutcome> {
    const variantIds = lines.flatMap((line) => line.variantId ?? []);
    const market = await lookAtMarket(this.database, [store.id], variantIds);
    const facts = market.stores.get(store.id);
    if (!facts?.open)
      return { type: 'rejected', code: 'store_closed', detail: `${store.name} no longer takes orders.` };
    const clickId = newClickId();
    const { url, sharedUrl, kind, warnings, productLinks, carries } = buildCart(facts, {
      lines: lines.map((line) => {
        const atStore = line.variantId === null ? null : market.variants.get(line.variantId)?.externalId;
        return linkLineOf(line, atStore ?? null);
      }),
      clickId,
      shared: shared
        ? {
            ...{ email: shared.email ?? undefined, postalCode: shared.postalCode ?? undefined },
            ...{ note: shared.note ?? undefined, discountCodes },
          }
        : null,
      discountCodes,
    });
    const handoff = { kind, warnings, productLinks, carries: shared ? carries : [] };
    const cartFilled = kind === 'cart';
    const opens = { continueUrl: url, clickId, cartFilled, handoff, ...(sharedUrl && { sharedUrl }) };
    return { type: 'continueAtStore', mayEarn: true, ...opens };
  }
}

function linkLineOf(
  line: Pick<GroupLine, 'itemId' | 'productName' | 'productSku' | 'productUrl' | 'size' | 'color' | 'quantity'>,
  externalId: string | null,
): LinkLine {
  const { itemId, productName: name, productSku: sku, productUrl: url, size, color, quantity } = line;
  return { itemId, name, externalId, sku, url, size, color, quantity };
}
