import { ApiProperty } from '@nestjs/swagger';
import type { SealedJwe } from '../../platform/crypto';

/** Somebody whom a sealed value is for. */
export class JweRecipientResponse {
  /** How its key is wrapped: `alg`, `epk`, and for the store `kid`. The buyer’s own names nobody */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: {
      ...{ alg: 'ECDH-ES+A256KW', kid: '2026-11' },
      epk: { kty: 'OKP', crv: 'X25519', x: '6HVJoFEFFg9xAri6FcRGzTJhYccdU9LWEXPp8hFAkFk' },
    },
  })
  header: Record<string, unknown>;
  /**
   * The wrapped key
   * @example "Opw4l9M8kUB53JxBsc_7zeHqxUOh0c55gdfYsz8uPIGAY8tcAxgeoQ"
   */
  encrypted_key: string;
}

/** A sealed value: JWE in its general JSON form (RFC 7516), ECDH-ES+A256KW and A256GCM. */
export class JweResponse implements SealedJwe {
  /**
   * The protected header: the cipher
   * @example "eyJlbmMiOiJBMjU2R0NNIn0"
   */
  protected: string;
  /** Whom it is for: the store, and the buyer if they gave a key */
  @ApiProperty({ type: [JweRecipientResponse] })
  recipients: SealedJwe['recipients'];
  /**
   * What it belongs to: ["muse", session, store, field] as base64url of its JSON
   * @example "WyJtdXNlIiwiMDE5YSIsIjAxOWIiLCJub3RlIl0"
   */
  aad: string;
  /**
   * Initialisation vector
   * @example "Bu-KTjDFZr6VPOlp"
   */
  iv: string;
  /**
   * The value
   * @example "94Aihtd5EA"
   */
  ciphertext: string;
  /**
   * Proves that nothing was changed
   * @example "TOihrHgwhY2BkM30k8NHgA"
   */
  tag: string;
}
