import { IsIn, IsISO31661Alpha2, IsOptional, Matches } from 'class-validator';
import { PageRequest } from '../../platform/http';
import { CHECKOUT_TIERS, type CheckoutTier } from '../checkout-tier';

/** Which stores to list. */
export class ListStoresRequest extends PageRequest {
  /**
   * Only stores of one kind
   * @example "merchant"
   */
  @IsOptional()
  @IsIn(['merchant', 'partner'])
  kind?: 'merchant' | 'partner';

  /**
   * Only stores of one tier
   * @example "redirect"
   */
  @IsOptional()
  @IsIn(CHECKOUT_TIERS)
  tier?: CheckoutTier;

  /**
   * Only stores that sell from this country
   * @example "US"
   */
  @IsOptional()
  @IsISO31661Alpha2()
  @Matches(/^[A-Z]{2}$/, { message: 'country must be two capitals' })
  country?: string;
}
