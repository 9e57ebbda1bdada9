import { OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { Trimmed } from '../../platform/http';
import type { CartLink } from '../cart-link';
import { PARTNER_TIERS, type PartnerTier } from '../checkout-tier';
import type { AutomationPolicy } from '../entities/store.entity';
import { MakeDeliveryOptionRequest } from './delivery-option.request';
import { IsWebAddress, PatchStoreRequest, StoreBasics } from './make-store.request';

const HOST =
  /^(?=.{1,253}(:|$))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*(:[0-9]{1,5})?$/;
const HOST_MESSAGE = { each: true, message: 'hosts must be host names in small letters, such as www.shop.example' };

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
   * One line, with {quantity} and {externalId} or {sku}
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
