import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
import { NullIsAbsent } from '../../../platform/http';
import type { StoreProtocol } from '../../protocols/store-api';
import type { ClientAuth } from '../connections';

export const PROTOCOLS: StoreProtocol[] = ['ucp', 'acp', 'private'];
export const CLIENT_AUTHS: ClientAuth[] = ['none', 'client_secret_basic', 'client_secret_post'];

const SECRET_NAME = /^[a-z][A-Za-z0-9_]{0,39}$/;
const MOST_SECRETS = 20;
const LONGEST_SECRET = 4_096;
const LONGEST_OPTIONS = 16_384;

/** What goes into headers, and is typed by hand at times: no line end, and no blank around it. */
const SECRET = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Names and texts; null takes a secret away. */
const IsSecrets = () =>
  ValidateBy({
    name: 'isSecrets',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'object' &&
        value !== null &&
        Object.keys(value).length <= MOST_SECRETS &&
        Object.entries(value).every(
          ([name, secret]: [string, unknown]) =>
            SECRET_NAME.test(name) &&
            (secret === null || (typeof secret === 'string' && secret.length <= LONGEST_SECRET && SECRET.test(secret))),
        ),
      defaultMessage: () => `secrets must be at most ${MOST_SECRETS} names with a text of visible ASCII each, or null`,
    },
  });

const IsShortJson = () =>
  ValidateBy({
    name: 'isShortJson',
    validator: {
      validate: (value: unknown) => JSON.stringify(value ?? null).length <= LONGEST_OPTIONS,
      defaultMessage: () => `options must not be longer than ${LONGEST_OPTIONS} characters`,
    },
  });

/** How shoppers link their accounts of the store: OAuth 2.0, authorization code with PKCE. */
export class OAuthSettingRequest {
  /**
   * The store's authorization server; its metadata stands under /.well-known/oauth-authorization-server there
   * @example "https://accounts.shop.example"
   */
  @IsString()
  @MaxLength(500)
  issuer: string;

  /**
   * What Muse is called there
   * @example "muse"
   */
  @IsString()
  @Length(1, 200)
  clientId: string;

  /**
   * How Muse proves that it is that client
   * @example "none"
   */
  @ApiProperty({ enum: CLIENT_AUTHS })
  @IsIn(CLIENT_AUTHS)
  clientAuth: ClientAuth;

  /** What it proves it with; never shown again. Left out: as it stands */
  @IsOptional()
  @IsString()
  @Length(1, LONGEST_SECRET)
  @Matches(SECRET, { message: 'clientSecret must be visible ASCII' })
  clientSecret?: string | null;

  /**
   * What is asked for
   * @example ["dev.ucp.shopping.checkout:manage", "dev.ucp.shopping.order:read"]
   */
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @Matches(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, { each: true, message: 'scopes must be OAuth scopes' })
  scopes: string[];
}

/** How Muse checks out at a store by its API; the whole of it, but for secrets, which stay where they are not named. */
export class ConnectionRequest {
  /**
   * What the store's interface speaks; private: an adapter of its own
   * @example "ucp"
   */
  @ApiProperty({ enum: PROTOCOLS })
  @IsIn(PROTOCOLS)
  protocol: StoreProtocol;

  /** Of `private`: which adapter */
  @ApiProperty({ type: String, nullable: true, required: false, example: null })
  @IsOptional()
  @Matches(/^[a-z][a-z0-9-]{0,39}$/, { message: 'adapter must be the name of an adapter' })
  adapter?: string | null;

  /**
   * Where the interface begins, https. UCP: the origin of the store's profile. At another host, shoppers have to link their
   * accounts again
   * @example "https://shop.example"
   */
  @IsString()
  @MaxLength(500)
  baseUrl: string;

  /** How accounts are linked; null: none are, and calls are made as Muse alone */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => OAuthSettingRequest)
  oauth?: OAuthSettingRequest | null;

  /** What is not secret of the agreement with the store, by the names that its protocol knows */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { guestCheckout: true } })
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @IsShortJson()
  options?: Record<string, unknown>;

  /** What both sides share, by name; never shown again. A name left out stays as it stands while baseUrl leads to the same host, null takes it away */
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', nullable: true },
    example: {},
  })
  @NullIsAbsent()
  @IsOptional()
  @IsObject()
  @IsSecrets()
  secrets?: Record<string, string | null>;

  /**
   * How often the store may be asked in a minute, by all of Muse
   * @example 600
   */
  @NullIsAbsent()
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  callsPerMinute?: number;

  /** Whether it is used; off, the store is served by its next tier */
  @NullIsAbsent()
  @IsOptional()
  @IsBoolean()
  enabled?: boolean;
}
