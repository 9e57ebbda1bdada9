import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { InvalidRequest, LowerCase, NullIsAbsent, PageRequest, Trimmed } from '../../platform/http';
import type { Jwe } from '../conversation-row';
import type { Words } from '../message-writer';

const BASE64URL = /^[A-Za-z0-9_-]*$/;
const IsBase64Url = (): PropertyDecorator => Matches(BASE64URL, { message: '$property must be base64url' });
const BODY_LENGTH = 4_000;
/** As much as a body of full length makes, with some room. */
const CIPHERTEXT_LENGTH = 24_000;

/** How the content key is wrapped for one of those who can open it. */
export class JweHeaderDto {
  /**
   * How: nothing else is taken
   * @example "ECDH-ES+A256KW"
   */
  @IsString()
  @MaxLength(100)
  alg: string;

  /**
   * Of the store's recipient the `kid` of its key. Of the buyer's, in a conversation that is not sealed, the same; in a sealed one left out
   * @example "2026-11"
   */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  kid?: string;

  /** The sender's part of the agreement: a JWK with kty, crv, x and y */
  @ApiProperty({
    ...{ type: 'object', additionalProperties: true },
    example: { kty: 'OKP', crv: 'X25519', x: '6HVJoFEFFg9xAri6FcRGzTJhYccdU9LWEXPp8hFAkFk' },
  })
  @IsOptional()
  @IsObject()
  epk?: Record<string, unknown>;
}

/** One of those who can open it. */
export class JweRecipientDto {
  /** How its key is wrapped */
  @IsObject()
  @ValidateNested()
  @Type(() => JweHeaderDto)
  header: JweHeaderDto;

  /**
   * The content key, wrapped for this recipient
   * @example "6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ"
   */
  @IsBase64Url()
  @Length(1, 1_000)
  encrypted_key: string;
}

/**
 * A message that its sender has sealed: JWE in the general JSON serialisation (RFC 7516), ECDH-ES+A256KW and A256GCM. Both
 * sides can open it where both have a key: of the store the active one, named by kid; of the buyer the active one of the
 * account, by kid; in a sealed conversation that one, or the `replyKey` of an order, without a kid. Nothing else stands in the
 * clear beside it.
 */
export class JweDto implements Jwe {
  /**
   * Protected header: the cipher
   * @example "eyJlbmMiOiJBMjU2R0NNIn0"
   */
  @IsBase64Url()
  @Length(1, 2_000)
  protected: string;

  /** Who can open it */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(4)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => JweRecipientDto)
  recipients: JweRecipientDto[];

  /**
   * What it is bound to: ["muse", conversation, store, "buyerMessage" or "merchantMessage"] as base64url of its JSON. Whoever opens it compares
   * @example "WyJtdXNlIiwiMDE5YSIsIjAxOWIiLCJidXllck1lc3NhZ2UiXQ"
   */
  @IsBase64Url()
  @Length(1, 1_000)
  aad: string;

  /**
   * Initialisation vector
   * @example "refa467QzzKx6QAB"
   */
  @IsBase64Url()
  @Length(1, 100)
  iv: string;

  /**
   * The message
   * @example "JW_i_f52hww_ELQPGaYyeAB6HYGcR559l9TYnSovc23XJoBcW29rHP8yZOZG7YhL"
   */
  @IsBase64Url()
  @Length(1, CIPHERTEXT_LENGTH)
  ciphertext: string;

  /**
   * Authentication tag
   * @example "vbb32Xvllea2OtmHAdccRQ"
   */
  @IsBase64Url()
  @Length(1, 100)
  tag: string;
}

export class ListConversationsRequest extends PageRequest {
  /** Only the one with this store; a sealed one too, which stands in no list otherwise */
  @IsOptional()
  @IsUUID()
  storeId?: string;
}

export class WriteMessageRequest {
  /**
   * Plain text; of a sealed conversation left out
   * @example "Do you have it in red?"
   */
  @NullIsAbsent()
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, BODY_LENGTH)
  body?: string;

  /** The same sealed by the sender, which Muse cannot read; of a sealed conversation the only way */
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => JweDto)
  jwe?: JweDto;

  /**
   * From the buyer of a sealed conversation: that from now on they open with another key, which stands sealed in this message. The store is told of it here; anywhere else publishing the key tells
   * @example false
   */
  @NullIsAbsent()
  @IsOptional()
  @IsBoolean()
  newKey?: boolean;

  /** Throws InvalidRequest unless it is exactly one of the two. */
  static words({ body, jwe }: WriteMessageRequest): Words {
    if ((body === undefined) === (jwe === undefined))
      throw new InvalidRequest([{ pointer: '/body', detail: 'give either body or jwe' }]);
    return { body, jwe };
  }
}

export class OpenConversationRequest extends WriteMessageRequest {
  /** The store to ask: a merchant store */
  @LowerCase()
  @IsUUID()
  storeId: string;

  /**
   * Of a conversation that this opens: its id, a random UUID, to which `jwe` is bound: with that it is required. Where there is one with this store already, that one is meant
   * @example "0d9b1a52-4c1f-4f0e-9a37-6f1c2b8e5d40"
   */
  @NullIsAbsent()
  @IsOptional()
  @LowerCase()
  @IsUUID()
  id?: string;
}

export class ReadConversationRequest {
  /** The last message that was read: everything before it is read too */
  @LowerCase()
  @IsUUID()
  messageId: string;
}

export const REPORT_REASONS = ['spam', 'abuse', 'fraud', 'other'] as const;
export type ReportReason = (typeof REPORT_REASONS)[number];

export class ReportMessageRequest {
  /**
   * What is wrong with it
   * @example "abuse"
   */
  @IsIn(REPORT_REASONS)
  reason: ReportReason;

  /**
   * In your words, for support; not of a sealed conversation
   * @example "Asks me to pay outside of Muse"
   */
  @NullIsAbsent()
  @IsOptional()
  @Trimmed()
  @IsString()
  @Length(1, 1_000)
  detail?: string;
}

export class ClaimStoreRequest {
  /**
   * That the link in the mail carries
   * @example "mct_…"
   */
  @IsString()
  @Length(1, 200)
  token: string;
}
