import { ApiProperty } from '@nestjs/swagger';
import { IsString, IsUUID, Matches, MaxLength, ValidateIf } from 'class-validator';

/** A method to keep: what was set up, or a token that the provider gave the client; one of the two. */
export class SaveMethodRequest {
  /** Of POST /payment-methods/setup, once the client has confirmed it with the provider */
  @ApiProperty({ format: 'uuid', required: false })
  @ValidateIf(({ setupId, providerToken }: SaveMethodRequest) => setupId != null || providerToken == null)
  @IsUUID(undefined, { message: 'setupId or providerToken must be given; setupId must be a UUID' })
  setupId?: string;

  /** The provider's token of the method, made by its own library; never a card number */
  @ApiProperty({ required: false, maxLength: 255, example: 'pm_1QabcdEFGhijklmn' })
  @ValidateIf(({ setupId, providerToken }: SaveMethodRequest) => providerToken != null || setupId == null)
  @IsString()
  @MaxLength(255)
  @Matches(/^[A-Za-z]\w*$/, { message: 'providerToken must be a token of the payment provider' })
  providerToken?: string;
}
