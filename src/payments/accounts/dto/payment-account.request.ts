import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Max, MaxLength, Min, ValidateIf } from 'class-validator';

/** Where the merchant comes back to from the provider's pages: addresses of the shop's own front ends, over https. */
export class AccountLinkRequest {
  /**
   * Where the merchant goes when done, or when they break off
   * @example "https://shop.example/settings/payments"
   */
  @IsString()
  @MaxLength(2000)
  returnUrl: string;

  /**
   * Where the merchant goes when the link has been used or is too old: a page that asks for a new one
   * @example "https://shop.example/settings/payments/again"
   */
  @IsString()
  @MaxLength(2000)
  refreshUrl: string;
}

export class PlatformFeeRequest {
  /** Millionths of a sale that the platform keeps (50000 is 5 %), from the next checkout on; null: what the configuration says */
  @ApiProperty({ type: 'integer', nullable: true, minimum: 0, maximum: 1_000_000, example: 50_000 })
  @ValidateIf((_, ppm) => ppm !== null)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  ppm: number | null;
}
