import { IsISO31661Alpha2, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { NullIsAbsent } from '../../platform/http';

/** What of a sealed address stays in the clear. The postcode is used in this request, and not kept. */
export class DestinationRequest {
  /**
   * ISO 3166-1, two letters
   * @example "US"
   */
  @IsString()
  @IsISO31661Alpha2()
  @Matches(/^[A-Z]{2}$/, { message: 'country must be two capitals' })
  country: string;

  /**
   * State, province or department, by its code where the country has codes
   * @example "NY"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(100)
  region?: string;

  /**
   * Postcode
   * @example "10118"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @MaxLength(20)
  postalCode?: string;
}
