import { ApiProperty } from '@nestjs/swagger';
import type { StoreProtocol } from '../../protocols/store-api';
import type { ClientAuth } from '../connections';
import { CLIENT_AUTHS, PROTOCOLS } from './connection.request';

/** How accounts are linked, without what is secret. */
export class OAuthSettingResponse {
  /**
   * The store's authorization server
   * @example "https://accounts.shop.example"
   */
  issuer: string;

  /**
   * What Muse is called there
   * @example "muse"
   */
  clientId: string;

  /** How Muse proves that it is that client */
  @ApiProperty({ enum: CLIENT_AUTHS, example: 'none' })
  clientAuth: ClientAuth;

  /** Whether what it proves that with is kept */
  canProveItself: boolean;

  /** What is asked for */
  @ApiProperty({ type: [String], example: ['dev.ucp.shopping.order:read'] })
  scopes: string[];
}

/** How Muse checks out at a store by its API, without what is secret. */
export class ConnectionResponse {
  /** The store */
  storeId: string;

  /** What the store's interface speaks */
  @ApiProperty({ enum: PROTOCOLS, example: 'ucp' })
  protocol: StoreProtocol;

  /** Of `private`: which adapter */
  @ApiProperty({ type: String, nullable: true, example: null })
  adapter: string | null;

  /**
   * Where the interface begins
   * @example "https://shop.example"
   */
  baseUrl: string;

  /** How accounts are linked; null: none are */
  @ApiProperty({ type: OAuthSettingResponse, nullable: true })
  oauth: OAuthSettingResponse | null;

  /** What is not secret of the agreement with the store */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { guestCheckout: true } })
  options: Record<string, unknown>;

  /** Names of what both sides share: `secrets` of the request */
  @ApiProperty({ type: [String], example: ['webhookSecret'] })
  shared: string[];

  /** How often the store may be asked in a minute */
  @ApiProperty({ type: 'integer', example: 600 })
  callsPerMinute: number;

  /** Whether it is used */
  enabled: boolean;

  /** How many shoppers have an account linked there */
  @ApiProperty({ type: 'integer', example: 12 })
  linkedAccounts: number;

  /** Counts its changes */
  @ApiProperty({ type: 'integer', example: 1 })
  version: number;

  /** When it was made */
  createdAt: Date;

  /** When it last changed */
  updatedAt: Date;
}
