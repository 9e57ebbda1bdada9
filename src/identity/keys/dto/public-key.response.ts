import { ApiProperty } from '@nestjs/swagger';
import { JWE_ALG } from '../../../platform/crypto';
import type { PublishedKey } from '../public-keys';

/** A published key: a JWK (RFC 7517), with since when it stands. */
export class PublicKeyResponse {
  /** Kind of key */
  @ApiProperty({ enum: ['EC', 'OKP'] })
  kty: 'EC' | 'OKP';
  /** Its curve */
  @ApiProperty({ enum: ['P-256', 'X25519'] })
  crv: 'P-256' | 'X25519';
  /**
   * Coordinate
   * @example "j5DOwouIyoNkQKCEVR1UdJHiCpWdDvIctz1SsGKtOBQ"
   */
  x: string;
  /**
   * Coordinate, of P-256
   * @example "foxYlmP15qfUlXXOPthtjrDGKYzkACBCZeg9SVM8rXk"
   */
  y?: string;
  /**
   * What it is called: name it as `kid` of the recipient
   * @example "2026-11"
   */
  kid: string;
  /** How to seal for it */
  @ApiProperty({ enum: [JWE_ALG] })
  alg: string;
  /** What it is for */
  @ApiProperty({ enum: ['enc'] })
  use: string;
  /** Whether it is the one to seal for; the others opened what was sealed before */
  active: boolean;
  /** Since when it is published: a key that is newer than the last look is a change to be shown */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** Since when it is retired */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  retiredAt: string | null;

  static of({ jwk, kid, createdAt, retiredAt }: PublishedKey): PublicKeyResponse {
    return {
      ...jwk,
      ...{ kid, alg: JWE_ALG, use: 'enc' },
      active: retiredAt === null,
      createdAt: createdAt.toISOString(),
      retiredAt: retiredAt && retiredAt.toISOString(),
    };
  }
}

/** A JWK set (RFC 7517). */
export class PublicKeysResponse {
  /** The active one first, then retired ones, the newest before */
  keys: PublicKeyResponse[];

  static of(keys: PublishedKey[]): PublicKeysResponse {
    return { keys: keys.map((key) => PublicKeyResponse.of(key)) };
  }
}
