import { IsBoolean, IsOptional, IsUrl, MaxLength } from 'class-validator';
import { NullIsAbsent } from '../../../platform/http';

const PAGE = { protocols: ['https', 'http'], require_protocol: true, require_tld: false };

/** Which page to look at. */
export class LookAtPageRequest {
  /**
   * A product's page, or any other of the site
   * @example "https://shop.example/products/linen-shirt"
   */
  @IsUrl(PAGE)
  @MaxLength(2048)
  url: string;
}

/** How to look at a store. */
export class LookRequest {
  /**
   * The page to look at, from now on: a product's says most. Left out: the one before, or the store's own address
   * @example "https://shop.example/products/linen-shirt"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsUrl(PAGE)
  @MaxLength(2048)
  pageUrl?: string;

  /**
   * Whether what is seen is the store's platform from now on, also where an admin had said otherwise
   * @example false
   */
  @NullIsAbsent()
  @IsOptional()
  @IsBoolean()
  apply?: boolean;
}
