import { ApiProperty } from '@nestjs/swagger';
import { CARRIED, HANDOFF_WARNINGS, type Carried, type HandoffWarningCode } from '../../handoff';
import type { LinkAbility } from '../../strategies/redirect/platforms/build-cart';

/** What links to a store can do, whatever is bought there. */
export class LinkAbilityResponse implements LinkAbility {
  /** Where they are made from: the UCP profile's permalink, the admin's template, the platform; else there are pages alone */
  @ApiProperty({ enum: ['permalink', 'template', 'platform', 'pages'] })
  by: LinkAbility['by'];
  /** Whether each takes one product alone */
  onePerLink: boolean;
  /** What shoppers are told of each of them */
  @ApiProperty({ enum: HANDOFF_WARNINGS, isArray: true })
  warnings: HandoffWarningCode[];
  /** What they can tell the store of the shopper, who has to agree */
  @ApiProperty({ enum: CARRIED, isArray: true })
  carries: Carried[];
}

/** What a page shows of the software behind it. */
export class PlatformLookResponse {
  /** What it was seen to be; null: not known */
  @ApiProperty({ type: String, nullable: true, example: 'woocommerce' })
  platform: string | null;
  /**
   * By which signs
   * @example ["markup:generator", "markup:plugin", "version:10"]
   */
  evidence: string[];
  /** Where its permalinks begin, of its UCP profile; null where it offers none */
  @ApiProperty({ type: String, nullable: true, example: 'https://shop.example/buy' })
  permalink: string | null;
  /** Why the page said nothing: no_answer, address_refused, too_long, led_elsewhere or http_ and the status */
  @ApiProperty({ type: String, nullable: true, example: 'http_403' })
  fault: string | null;
  /** What links to such a store can do */
  links: LinkAbilityResponse;
}

/** What a partner store runs: what is believed, and what was last seen. */
export class StorePlatformResponse {
  /** The store */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /** What is believed: what an admin said, or what was seen where nobody had */
  @ApiProperty({ type: String, nullable: true, example: 'woocommerce' })
  platform: string | null;
  /** The page that is looked at; null: the store's own address */
  @ApiProperty({ type: String, nullable: true, example: 'https://shop.example/products/linen-shirt' })
  pageUrl: string | null;
  /** What it was last seen to be */
  @ApiProperty({ type: String, nullable: true, example: 'woocommerce' })
  seen: string | null;
  /**
   * By which signs
   * @example ["markup:generator", "markup:plugin", "version:10"]
   */
  evidence: string[];
  /** Where its permalinks begin, of its UCP profile; asked for again each day */
  @ApiProperty({ type: String, nullable: true, example: 'https://shop.example/buy' })
  permalink: string | null;
  /** Why the last look came to nothing */
  @ApiProperty({ type: String, nullable: true, example: 'no_answer' })
  fault: string | null;
  /** When a look last came to something */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  lookedAt: string | null;
  /** When it is looked at again; null of a store that is not looked at */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  nextLookAt: string | null;
  /** What links to it can do */
  links: LinkAbilityResponse;
}
