import { Faults, type ShopStep } from './faults/faults';
import { goTo, type Route } from './http/ask';
import type { Markup } from './http/html';
import { Renaming } from './http/renaming';
import { Buying, type DeliveryOption } from './world/buying';
import { Goods, type Good } from './world/goods';
import { Orders } from './world/orders';
import { People } from './world/people';
import { QUIET, type Switches } from './world/switches';
import { Visits } from './world/visits';

/** What one shop has of its own beside what all of them have. */
export interface Manners {
  name: string;
  goods: readonly Good[];
  /** The first is what is chosen where nobody chose. */
  delivery: readonly DeliveryOption[];
  orderNumber(random: number): string;
  /** Where the cart is shown. */
  cartPath: string;
  routes(shop: Shop): Route[];
  /** The page around what stands on it; with the shop's own head and foot. */
  frame(title: string, body: Markup): Markup;
}

/** A request that a shop met. */
export interface CallRecord {
  step: ShopStep;
  method: string;
  path: string;
  /** Null: no answer went out. */
  status: number | null;
  fault: string | null;
  userAgent: string;
  ms: number;
}

const CALLS_KEPT = 20_000;

/** A shop: its goods, its people, what they do there, and how it is today. */
export class Shop {
  readonly people = new People();
  readonly orders = new Orders();
  readonly visits = new Visits();
  readonly faults = new Faults();
  readonly renaming = new Renaming();
  readonly buying = new Buying(this);
  readonly goods: Goods;
  readonly routes: Route[];
  readonly calls: CallRecord[] = [];
  switches: Switches = { ...QUIET };
  /** Set once it listens; `frameUrl` is another origin of the shop's, for what it shows in frames. */
  url = '';
  frameUrl = '';

  constructor(
    readonly kind: string,
    readonly manners: Manners,
  ) {
    this.goods = new Goods(manners.goods);
    this.routes = [cartLink(this), ...manners.routes(this)];
  }

  record(call: CallRecord): void {
    this.calls.push(call);
    if (this.calls.length > CALLS_KEPT) this.calls.shift();
  }

  /** As after the start. */
  reset(): void {
    for (const part of [this.people, this.orders, this.visits, this.buying, this.goods]) part.reset();
    this.faults.clear();
    this.switches = { ...QUIET };
    this.calls.length = 0;
  }
}

/** `/cart-link?items=SKU:2,SKU:1`: a cart filled from elsewhere, for whoever finishes there themselves. */
function cartLink(shop: Shop): Route {
  return {
    ...{ method: 'GET', path: '/cart-link', step: 'cart' },
    run: ({ url, visit }) => {
      for (const item of (url.searchParams.get('items') ?? '').split(',')) {
        const [sku = '', quantity] = item.split(':');
        if (shop.goods.of(sku)) shop.buying.put(visit, sku, Number(quantity) || 1);
      }
      return goTo(shop.manners.cartPath);
    },
  };
}
