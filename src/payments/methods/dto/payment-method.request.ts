import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, IsUUID, Matches, ValidateIf } from 'class-validator';
import { NullIsAbsent } from '../../../platform/http';

/** A method to keep: what was set up, or else a token that the provider gave the client. */
export class SaveMethodRequest {
  /** Of POST /payment-methods/setup, once the client has confirmed it with the provider */
  @ApiProperty({ format: 'uuid', required: false })
  @NullIsAbsent()
  @ValidateIf(({ setupId, providerToken }: SaveMethodRequest) => setupId != null || providerToken == null)
  @IsUUID(undefined, { message: 'setupId or providerToken must be given; setupId must be a UUID' })
  setupId?: string;

  /** The provider's token of the method, made by its own library; never a card number */
  @ApiProperty({ required: false, example: 'pm_1QabcdEFGhijklmn' })
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Matches(/^[A-Za-z]{2,10}_[A-Za-z0-9_]{3,200}$/, { message: 'providerToken must be a token of the payment provider' })
  providerToken?: string;
}
