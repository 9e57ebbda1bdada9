import { ApiProperty, OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { Trimmed } from '../../platform/http';
import { CART_LINK_WARNINGS, type CartLink, type CartLinkTakes, type CartLinkWarning } from '../cart-link';
import { PARTNER_TIERS, type PartnerTier } from '../checkout-tier';
import type { AutomationPolicy } from '../entities/store.entity';
import { MakeDeliveryOptionRequest } from './delivery-option.request';
import { IsWebAddress, PatchStoreRequest, StoreBasics } from './make-store.request';

const HOST =
  /^(?=.{1,253}(:|$))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*(:[0-9]{1,5})?$/;
const HOST_MESSAGE = { each: true, message: 'hosts must be host names in small letters, such as www.shop.example' };

const PARAMETER = /^[A-Za-z0-9_.~[\]/-]{1,100}$/;
const PARAMETER_MESSAGE = { message: '$property must be the name of a parameter' };

/** In which parameters a link takes what the shopper agrees to tell the store; what is left out it does not take. */
export class CartLinkTakesDto implements CartLinkTakes {
  /**
   * Of the shopper's e-mail address
   * @example "checkout[email]"
   */
  @IsOptional()
  @Matches(PARAMETER, PARAMETER_MESSAGE)
  email?: string | null;

  /**
   * Of the postcode
   * @example "checkout[shipping_address][zip]"
   */
  @IsOptional()
  @Matches(PARAMETER, PARAMETER_MESSAGE)
  postalCode?: string | null;

  /**
   * Of discount codes, several with commas between
   * @example "discount"
   */
  @IsOptional()
  @Matches(PARAMETER, PARAMETER_MESSAGE)
  discountCodes?: string | null;

  /**
   * Of the note for the store
   * @example "note"
   */
  @IsOptional()
  @Matches(PARAMETER, PARAMETER_MESSAGE)
  note?: string | null;
}

/** How the store's platform takes a filled cart in a URL. */
export class CartLinkDto implements CartLink {
  /**
   * Address on one of the store's hosts with {items} and, if carried, {clickId}
   * @example "https://shop.example/cart/{items}?ref={clickId}"
   */
  @IsString()
  @Length(1, 2000)
  template: string;

  /**
   * One line, with {quantity} and {externalId} or {sku}; besides, {n} (which one it is, from 1), {size} and {color}
   * @example "{externalId}:{quantity}"
   */
  @IsString()
  @Length(1, 200)
  item: string;

  /**
   * What stands between lines
   * @example ","
   */
  @IsString()
  @Length(1, 10)
  separator: string;

  /** What the link can tell of the shopper, if they agree */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => CartLinkTakesDto)
  takes?: CartLinkTakesDto | null;

  /**
   * What the link cannot do, or does besides: the shopper is told
   * @example ["empties_cart"]
   */
  @ApiProperty({ required: false, nullable: true, enum: CART_LINK_WARNINGS, isArray: true })
  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @IsIn(CART_LINK_WARNINGS, { each: true })
  warnings?: CartLinkWarning[] | null;

  /**
   * Whether a link takes one product alone: then shoppers get one for each
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  onePerLink?: boolean | null;

  /**
   * How many discount codes a link takes; left out: any number
   * @example 1
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10)
  maxCodes?: number | null;
}

/** An outside shop that Muse can check out at. */
export class MakePartnerStoreRequest extends StoreBasics {
  /**
   * How orders are placed there
   * @example "redirect"
   */
  @IsIn(PARTNER_TIERS)
  tier: PartnerTier;

  /**
   * The shop software or protocol it runs
   * @example "shopify"
   */
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 60)
  platform?: string | null;

  /**
   * Its website, https
   * @example "https://shop.example"
   */
  @IsWebAddress()
  @MaxLength(2000)
  url: string;

  /**
   * Hosts that its product pages live on
   * @example ["shop.example", "www.shop.example"]
   */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @Matches(HOST, HOST_MESSAGE)
  hosts: string[];

  /**
   * Whether the store allows a browser to order on a shopper's behalf
   * @example "forbidden"
   */
  @IsOptional()
  @IsIn(['allowed', 'forbidden'])
  automationPolicy?: AutomationPolicy | null;

  /**
   * Whether a shopper must link an account of that store before checkout in Muse
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  linkRequired?: boolean | null;

  /** How a filled cart is handed over by URL; without it shoppers get product links */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => CartLinkDto)
  cartLink?: CartLinkDto | null;

  /** How it delivers */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => MakeDeliveryOptionRequest)
  deliveryOptions?: MakeDeliveryOptionRequest[] | null;
}

/** What may change in a partner store; fields left out stay as they are. */
export class PatchPartnerStoreRequest extends OmitType(PatchStoreRequest, ['orderConfirmHours', 'orderCompleteDays']) {
  /**
   * How orders are placed there
   * @example "redirect"
   */
  @ValidateIf((body: PatchPartnerStoreRequest) => body.tier !== undefined)
  @IsIn(PARTNER_TIERS)
  tier?: PartnerTier;

  /**
   * The shop software or protocol it runs; null clears
   * @example "shopify"
   */
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 60)
  platform?: string | null;

  /**
   * Hosts that its product pages live on; replaces what stood
   * @example ["shop.example"]
   */
  @ValidateIf((body: PatchPartnerStoreRequest) => body.hosts !== undefined)
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(20)
  @Matches(HOST, HOST_MESSAGE)
  hosts?: string[];

  /**
   * Whether the store allows a browser to order on a shopper's behalf
   * @example "forbidden"
   */
  @ValidateIf((body: PatchPartnerStoreRequest) => body.automationPolicy !== undefined)
  @IsIn(['allowed', 'forbidden'])
  automationPolicy?: AutomationPolicy;

  /**
   * Whether a shopper must link an account of that store before checkout in Muse
   * @example false
   */
  @ValidateIf((body: PatchPartnerStoreRequest) => body.linkRequired !== undefined)
  @IsBoolean()
  linkRequired?: boolean;

  /** How a filled cart is handed over by URL; null clears */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => CartLinkDto)
  cartLink?: CartLinkDto | null;
}
