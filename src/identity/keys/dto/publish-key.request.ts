import { ApiProperty } from '@nestjs/swagger';
import { IsObject, IsOptional, IsString, Matches } from 'class-validator';
import { NullIsAbsent } from '../../../platform/http';

/** A key to publish. The private part stays with its owner: a JWK that holds it is refused. */
export class PublishKeyRequest {
  /** The public key as a JWK: of curve P-256 (kty EC) or X25519 (kty OKP) */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: {
      ...{ kty: 'EC', crv: 'P-256' },
      x: 'j5DOwouIyoNkQKCEVR1UdJHiCpWdDvIctz1SsGKtOBQ',
      y: 'foxYlmP15qfUlXXOPthtjrDGKYzkACBCZeg9SVM8rXk',
    },
  })
  @IsObject()
  jwk: Record<string, unknown>;

  /**
   * What it is called, for ever; left out: its thumbprint (RFC 7638)
   * @example "2026-11"
   */
  @NullIsAbsent()
  @IsOptional()
  @IsString()
  @Matches(/^[A-Za-z0-9._-]{1,100}$/, { message: 'kid must be 1 to 100 letters, digits or . _ -' })
  kid?: string;
}
