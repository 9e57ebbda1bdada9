import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse } from '../../platform/money';
import type { CartLink } from '../cart-link';
import { CHECKOUT_TIERS, type CheckoutTier } from '../checkout-tier';
import type { DeliveryOption } from '../entities/delivery-option.entity';
import type { AutomationPolicy, Store, StoreKind, StoreStatus } from '../entities/store.entity';
import { CartLinkDto } from './partner-store.request';

/** How shoppers reach a store. */
export class SupportResponse {
  /**
   * E-mail address for shoppers
   * @example "help@casa-lola.example"
   */
  @ApiProperty({ nullable: true, type: String })
  email: string | null;

  /**
   * Telephone number
   * @example "+58 212 555 0100"
   */
  @ApiProperty({ nullable: true, type: String })
  phone: string | null;

  /**
   * Help page
   * @example "https://casa-lola.example/help"
   */
  @ApiProperty({ nullable: true, type: String })
  url: string | null;
}

/** What a store promises besides its goods. */
export class StorePoliciesResponse {
  /**
   * Days within which goods may be sent back
   * @example 30
   */
  @ApiProperty({ nullable: true, type: 'integer' })
  returnsDays: number | null;

  /**
   * Page about returns
   * @example "https://casa-lola.example/returns"
   */
  @ApiProperty({ nullable: true, type: String })
  returnsUrl: string | null;

  /**
   * Terms of sale
   * @example "https://casa-lola.example/terms"
   */
  @ApiProperty({ nullable: true, type: String })
  termsUrl: string | null;
}

/** A way in which a store delivers. */
export class DeliveryOptionResponse {
  /** Its id */
  id: string;

  /**
   * Name that shoppers see
   * @example "Standard"
   */
  name: string;

  /** Flat price of one delivery */
  price: MoneyResponse;

  /** Value of goods from which it costs nothing; null: never free */
  @ApiProperty({ nullable: true, type: MoneyResponse })
  freeOver: MoneyResponse | null;

  /**
   * Earliest arrival, in days from the order
   * @example 3
   */
  @ApiProperty({ type: 'integer' })
  minDays: number;

  /**
   * Latest arrival, in days from the order
   * @example 5
   */
  @ApiProperty({ type: 'integer' })
  maxDays: number;

  /** Countries that it reaches; null: everywhere */
  @ApiProperty({ nullable: true, type: [String], example: ['US', 'CA'] })
  countries: string[] | null;

  static of(option: DeliveryOption, currency: string): DeliveryOptionResponse {
    const { priceCents, freeOverCents } = option;
    return {
      id: option.id,
      name: option.name,
      price: { amount: priceCents, currency },
      freeOver: freeOverCents === null ? null : { amount: freeOverCents, currency },
      minDays: option.minDays,
      maxDays: option.maxDays,
      countries: option.countries,
    };
  }
}

/** Who sells, as everybody may see it. */
export class StoreResponse {
  /** Its id */
  id: string;

  /**
   * Name that shoppers see
   * @example "Casa Lola"
   */
  name: string;

  /**
   * Its name as part of an address
   * @example "casa-lola"
   */
  slug: string;

  /**
   * Whether it lives on Muse or is an outside shop
   * @example "merchant"
   */
  @ApiProperty({ enum: ['merchant', 'partner'] })
  kind: StoreKind;

  /**
   * How orders are placed with it
   * @example "direct"
   */
  @ApiProperty({ enum: CHECKOUT_TIERS })
  tier: CheckoutTier;

  /**
   * Currency of all its prices
   * @example "USD"
   */
  currency: string;

  /**
   * Where it sells from
   * @example "VE"
   */
  country: string;

  /**
   * Its website
   * @example "https://casa-lola.example"
   */
  @ApiProperty({ nullable: true, type: String })
  url: string | null;

  /**
   * Hosts that its product pages live on
   * @example ["shop.example", "www.shop.example"]
   */
  hosts: string[];

  /** How shoppers reach it */
  support: SupportResponse;

  /** What it promises besides its goods */
  policies: StorePoliciesResponse;

  /** Whether a shopper must link an account of that store before checkout in Muse */
  linkRequired: boolean;

  /** How it delivers, cheapest first */
  @ApiProperty({ type: [DeliveryOptionResponse] })
  deliveryOptions: DeliveryOptionResponse[];

  static of(store: Store, options: DeliveryOption[]): StoreResponse {
    return {
      id: store.id,
      name: store.name,
      slug: store.slug,
      kind: store.kind,
      tier: store.tier,
      currency: store.currency,
      country: store.country,
      url: store.url,
      hosts: store.hosts,
      support: { email: store.supportEmail, phone: store.supportPhone, url: store.supportUrl },
      policies: {
        returnsDays: store.policies.returnsDays ?? null,
        returnsUrl: store.policies.returnsUrl ?? null,
        termsUrl: store.policies.termsUrl ?? null,
      },
      linkRequired: store.linkRequired,
      deliveryOptions: options.map((option) => DeliveryOptionResponse.of(option, store.currency)),
    };
  }
}

/** A store as the one who runs it sees it. */
export class ManagedStoreResponse extends StoreResponse {
  /**
   * Closed stores and their goods are shown to nobody
   * @example "active"
   */
  @ApiProperty({ enum: ['active', 'closed'] })
  status: StoreStatus;

  /** Whether shoppers can pay it in Muse */
  payable: boolean;

  /** Of an unclaimed store: where its messages go. Null once it is somebody's, or where it is reached by its key alone */
  @ApiProperty({ nullable: true, type: String, example: 'lola@casa-lola.example' })
  contactEmail: string | null;

  /** Of an unclaimed store: whether whoever holds its published key reads its messages */
  contactKey: boolean;

  /**
   * How many hours its orders wait to be confirmed; null: as long as Muse has it
   * @example 48
   */
  @ApiProperty({ nullable: true, type: 'integer' })
  orderConfirmHours: number | null;

  /**
   * How many days after delivery its orders wait for the marks of both sides; null: as long as Muse has it
   * @example 14
   */
  @ApiProperty({ nullable: true, type: 'integer' })
  orderCompleteDays: number | null;

  /**
   * The shop software or protocol it runs
   * @example "shopify"
   */
  @ApiProperty({ nullable: true, type: String })
  platform: string | null;

  /** Whether it allows a browser to order on a shopper's behalf */
  @ApiProperty({ enum: ['allowed', 'forbidden'] })
  automationPolicy: AutomationPolicy;

  /** How a filled cart is handed over by URL */
  @ApiProperty({ nullable: true, type: CartLinkDto })
  cartLink: CartLink | null;

  /** Counts its changes */
  @ApiProperty({ type: 'integer', example: 3 })
  version: number;

  /** When it was made */
  createdAt: Date;

  /** When it last changed */
  updatedAt: Date;

  static override of(store: Store, options: DeliveryOption[]): ManagedStoreResponse {
    return {
      ...StoreResponse.of(store, options),
      status: store.status,
      payable: store.payable,
      orderConfirmHours: store.orderConfirmHours,
      orderCompleteDays: store.orderCompleteDays,
      contactEmail: store.contactEmail,
      contactKey: store.contactKey,
      platform: store.platform,
      automationPolicy: store.automationPolicy,
      cartLink: store.cartLink,
      version: store.version,
      createdAt: store.createdAt,
      updatedAt: store.updatedAt,
    };
  }
}

/** A page of stores. */
export class StoreListResponse {
  /** The stores of this page */
  @ApiProperty({ type: [StoreResponse] })
  data: StoreResponse[];

  /** Where the next page begins; null on the last one */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

/** A page of the caller's own stores. */
export class ManagedStoreListResponse {
  /** The stores of this page */
  @ApiProperty({ type: [ManagedStoreResponse] })
  data: ManagedStoreResponse[];

  /** Where the next page begins; null on the last one */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}
