import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse } from '../../platform/money';
import { CouponNoteResponse, DiscountResponse } from '../../pricing';
import type { CheckoutPlace } from '../../store-integrations';
import { CHECKOUT_TIERS, type CheckoutTier } from '../../stores';
import type { CartView } from '../cart-view';
import type { MoneyIn } from '../money-in';

const moneyInSchema = (rate: boolean) => ({
  type: 'object' as const,
  description: 'The same amount by ISO code of other currencies; empty where no rate is known',
  additionalProperties: {
    type: 'object' as const,
    required: ['amount', 'currency'],
    properties: {
      amount: { type: 'integer' as const, format: 'int64' },
      currency: { type: 'string' as const },
      ...(rate && { rateId: { type: ['string', 'null'] as never, format: 'uuid' } }),
    },
  },
  example: { VES: { amount: 2162700, currency: 'VES' } },
});

const REASONS = [
  ...(['over', 'used_up', 'used_by_shopper'] as const),
  ...(['not_onboarded', 'not_enabled', 'wrong_currency', 'other_currency'] as const),
] as const;

/** Recoverable trouble, shown in the resource; further members may say more. */
export class ProblemNoteResponse {
  /**
   * What kind: price_changed, stock_short, out_of_stock, unavailable, being_placed, no_delivery, delivery_at_store, rate_missing,
   * coupon_minimum, coupon_not_yet, coupon_over, coupon_not_combined, coupon_not_applicable, lines_left_behind.
   * docs/errors.md says of each what to do
   * @example "price_changed"
   */
  code: string;
  /**
   * Whether it stands in the way of placing
   * @example "warning"
   */
  @ApiProperty({ enum: ['info', 'warning', 'blocking'] })
  severity: 'info' | 'warning' | 'blocking';
  /** The store it is about */
  storeId?: string;
  /** The line it is about */
  itemId?: string;
  /**
   * In words
   * @example "The price of Black Dress has gone up."
   */
  detail: string;
  /** At price_changed: what the shopper saw */
  @ApiProperty({ type: MoneyResponse, required: false })
  was?: MoneyResponse;
  /** At price_changed: what it costs now */
  @ApiProperty({ type: MoneyResponse, required: false })
  now?: MoneyResponse;
  /** At stock_short and out_of_stock: how many there are */
  @ApiProperty({ type: 'integer', required: false, example: 2 })
  available?: number;
  /** At the notes on coupons: the code that the shopper gave */
  @ApiProperty({ type: String, required: false, example: 'LOLA10' })
  coupon?: string;
  /** At coupon_minimum: the value of goods that it asks for */
  @ApiProperty({ type: MoneyResponse, required: false })
  minimum?: MoneyResponse;
  /** At coupon_minimum: what is missing to it */
  @ApiProperty({ type: MoneyResponse, required: false })
  missing?: MoneyResponse;
  /** At coupon_over and pay_now_not_offered: why */
  @ApiProperty({ enum: REASONS, required: false })
  reason?: (typeof REASONS)[number];
  /**
   * At quote_timed_out and store_unreachable: what was the matter with the store, for whoever looks into it
   * @example "connect_failed"
   */
  fault?: string;
  /** At discount_code_refused: the store's own code that the shopper gave */
  @ApiProperty({ type: String, required: false, example: 'WELCOME10' })
  discountCode?: string;
  /** At discount_code_refused: the store's word for why */
  @ApiProperty({ type: String, required: false, example: 'discount_code_expired' })
  storeCode?: string;
  /** At charged_at_store: of what the store will charge */
  @ApiProperty({ type: String, nullable: true, required: false, example: 'visa' })
  brand?: string | null;
  /** At charged_at_store: its last four digits */
  @ApiProperty({ type: String, nullable: true, required: false, example: '4242' })
  last4?: string | null;
  /** At lines_left_behind: how many lines found no room */
  @ApiProperty({ type: 'integer', required: false, example: 3 })
  lines?: number;
  /** At lines_left_behind: how many units of joined lines found none */
  @ApiProperty({ type: 'integer', required: false, example: 20 })
  units?: number;
}

export class StoreLinkResponse {
  /** Whether this store wants the shopper's account there linked */
  required: boolean;
  /** How things stand */
  @ApiProperty({ enum: ['linked', 'not_linked', 'relink'] })
  status: 'linked' | 'not_linked' | 'relink';
  /** Where to link it */
  @ApiProperty({ type: String, nullable: true, example: null })
  url: string | null;
}

export class FeeResponse {
  /**
   * What it is for
   * @example "gift_wrap"
   */
  code: string;
  /**
   * In words
   * @example "Gift wrapping"
   */
  name: string;
  /** How much */
  amount: MoneyResponse;
}

export class CartItemResponse {
  /** The line's id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The variant, for goods of the catalogue */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  variantId: string | null;
  /**
   * What it is called
   * @example "Black Dress"
   */
  productName: string;
  /** The store's SKU */
  @ApiProperty({ type: String, nullable: true, example: 'ND-1' })
  productSku: string | null;
  /**
   * Its page
   * @example "https://www.nordstrom.com/s/black-dress/1001"
   */
  productUrl: string;
  /** A picture */
  @ApiProperty({ type: String, nullable: true, example: 'https://n.nordstrommedia.com/id/1001.jpg' })
  productImageUrl: string | null;
  /** The brand's name */
  @ApiProperty({ type: String, nullable: true, example: 'Halogen' })
  brand: string | null;
  /** Its size */
  @ApiProperty({ type: String, nullable: true, example: 'M' })
  size: string | null;
  /** Its colour */
  @ApiProperty({ type: String, nullable: true, example: 'black' })
  color: string | null;
  /**
   * How many
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  quantity: number;
  /**
   * How many there could be, 999 at most
   * @example 999
   */
  @ApiProperty({ type: 'integer' })
  maxQuantity: number;
  /** The price of one, now */
  unitPrice: MoneyResponse;
  /** The same in other currencies */
  @ApiProperty(moneyInSchema(false))
  unitPriceIn: MoneyIn;
  /** The price before a reduction */
  @ApiProperty({ type: MoneyResponse, nullable: true })
  originalPrice: MoneyResponse | null;
  /** Price times quantity */
  lineTotal: MoneyResponse;
  /** Whether one can be bought now */
  inStock: boolean;
  /** When the store was last asked */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lastStockCheck: string | null;
  /** When it was put in */
  @ApiProperty({ format: 'date-time' })
  addedAt: string;
  /** When it was last changed */
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;
}

export class CartStoreSummaryResponse {
  /** The store's id */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /**
   * The store's name
   * @example "Nordstrom"
   */
  name: string;
  /** How orders are placed with it */
  @ApiProperty({ enum: CHECKOUT_TIERS })
  tier: CheckoutTier;
  /** Where this shopper would finish, as things stand now */
  @ApiProperty({ enum: ['in_muse', 'on_store_site'] })
  checkout: CheckoutPlace;
  /** The shopper's account at the store */
  link: StoreLinkResponse;
  /** Lines, before delivery */
  subtotal: MoneyResponse;
  /** What is taken off, goods and delivery together */
  discount: MoneyResponse;
  /** The same by coupon */
  discounts: DiscountResponse[];
  /** The cheapest delivery, before discounts */
  shipping: MoneyResponse;
  /** What the store adds */
  fees: FeeResponse[];
  /** From which subtotal delivery is free */
  @ApiProperty({ type: MoneyResponse, nullable: true })
  freeShippingOver: MoneyResponse | null;
  /** How much is missing to it */
  @ApiProperty({ type: MoneyResponse, nullable: true })
  freeShippingGap: MoneyResponse | null;
  /** What this store asks for */
  total: MoneyResponse;
  /** The same in other currencies */
  @ApiProperty(moneyInSchema(false))
  totalIn: MoneyIn;
}

export class CartStoreResponse extends CartStoreSummaryResponse {
  /** The lines of this store, in the order they were added */
  items: CartItemResponse[];
}

class CartTotalsResponse {
  /** The cart's id; null before anything was added */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  id: string | null;
  /**
   * Counts the changes; also the ETag
   * @example 7
   */
  @ApiProperty({ type: 'integer' })
  version: number;
  /** abandoned after 30 days untouched, open again on the next write */
  @ApiProperty({ enum: ['open', 'abandoned'] })
  status: 'open' | 'abandoned';
  /**
   * Of the totals: the stores' own, or the shopper's where they differ
   * @example "USD"
   */
  currency: string;
  /** How many stores */
  @ApiProperty({ type: 'integer', example: 3 })
  storeCount: number;
  /** How many lines */
  @ApiProperty({ type: 'integer', example: 5 })
  itemCount: number;
  /** Lines, before delivery */
  subtotal: MoneyResponse;
  /** What is taken off */
  discount: MoneyResponse;
  /** Delivery of all stores */
  shipping: MoneyResponse;
  /** Everything */
  total: MoneyResponse;
  /** The same in other currencies, with the rate used */
  @ApiProperty(moneyInSchema(true))
  totalIn: MoneyIn;
  /** The codes that the shopper gave, in the order in which they are counted */
  coupons: CouponNoteResponse[];
  /** What has changed, or stands in the way */
  problems: ProblemNoteResponse[];
}

/** The whole cart. */
export class CartResponse extends CartTotalsResponse {
  /** By store, in the order their first line was added */
  stores: CartStoreResponse[];

  static of(view: CartView): CartResponse {
    return view;
  }
}

/** The cart without its lines. */
export class CartSummaryResponse extends CartTotalsResponse {
  /** Totals by store */
  stores: CartStoreSummaryResponse[];

  static of(view: CartView): CartSummaryResponse {
    return { ...view, stores: view.stores.map(({ items: _, ...store }) => store) };
  }
}

/** Why one item of a batch was not added. */
export class RefusalResponse {
  /**
   * Stable code
   * @example "not_found"
   */
  code: string;
  /** The HTTP status that the item alone would have answered with */
  @ApiProperty({ type: 'integer', example: 404 })
  status: number;
  /**
   * In words
   * @example "There is no such variant."
   */
  detail: string;
}

export class BatchResultResponse {
  /** The item's place in the request, from 0 */
  @ApiProperty({ type: 'integer', example: 0 })
  index: number;
  /** What became of it */
  @ApiProperty({ enum: ['added', 'refused'] })
  status: 'added' | 'refused';
  /** The line that holds it now, when added */
  @ApiProperty({ format: 'uuid', required: false })
  itemId?: string;
  /** Why not, when refused */
  problem?: RefusalResponse;
}

export class BatchResponse {
  /** One for each item, in order */
  results: BatchResultResponse[];
  /** The cart as it is now */
  cart: CartResponse;
}
