import { IsBoolean, IsOptional, IsString, IsUUID, Matches } from 'class-validator';
import { NullIsAbsent } from '../../../platform/http';

/** A saved payment method, or a provider's token. */
export class PaymentRequest {
  /** A saved payment method */
  @NullIsAbsent()
  @IsOptional()
  @IsUUID()
  paymentMethodId?: string;

  /**
   * The payment provider's token: never a card number
   * @example "pm_1P2x3y"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Matches(/^[A-Za-z]{2,10}_[A-Za-z0-9_]{3,200}$/, { message: 'providerToken must be a token of the payment provider' })
  providerToken?: string;

  /** Keep it for the next time */
  @NullIsAbsent()
  @IsOptional()
  @IsBoolean()
  save?: boolean;
}
