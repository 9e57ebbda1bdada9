import { Injectable } from '@nestjs/common';
import { Vault, openJson, type SealedJson } from '../../platform/crypto';
import { NOT_FLUSHED, statement, type Reader } from '../../platform/database';
import type { ConnectedStore, StoreProtocol } from '../protocols/store-api';

export type ClientAuth = 'none' | 'client_secret_basic' | 'client_secret_post';

/** How shoppers' accounts at a store are linked: Muse as a client of the store's authorization server. */
export interface OAuthSetting {
  issuer: string;
  clientId: string;
  clientAuth: ClientAuth;
  /** Null with `none`. Never logged, never kept. */
  clientSecret: string | null;
  scopes: string[];
}

/** What an account is linked by, and for which interface: a token that was given for one is shown to no other host. */
export interface LinkSetting extends OAuthSetting {
  apiOrigin: string;
}

/** A store's connection, opened for one use. */
export interface Connection {
  store: ConnectedStore;
  /** Null: nobody links an account there, calls are made as Muse alone. */
  oauth: LinkSetting | null;
  /** Whether it serves who has linked no account. */
  takesGuests: boolean;
  callsPerMinute: number;
}

/** What is secret of a connection, as it is sealed. */
export interface ConnectionSecrets {
  clientSecret: string | null;
  /** By the names that the protocol knows them under. */
  shared: Record<string, string>;
}

export const NO_SECRETS: ConnectionSecrets = { clientSecret: null, shared: {} };

/** Fragment: whether row `c` of store_connections is in use. */
export const IN_USE = (c: string): string => `${c}.enabled AND ${c}.ending_at IS NULL`;

/** Fragment: where the interface of row `c` of store_connections is; as new URL().origin has it. */
export const API_ORIGIN = (c: string): string => `substring(${c}.base_url FROM '^[a-z]+://[^/]+')`;

/** Fragment: whether the interface of row `c` of store_connections serves who has linked no account. */
export const TAKES_GUESTS = (c: string): string => `(${c}.issuer IS NULL OR ${c}.options @> '{"guestCheckout": true}')`;

const CONNECTION = `SELECT c.store_id AS id, s.name, c.protocol, c.adapter, c.base_url AS "baseUrl", s.currency, s.country, c.options, c.secrets,
          c.issuer, c.client_id AS "clientId", c.client_auth AS "clientAuth", c.scopes, c.calls_per_minute AS "callsPerMinute",
          ${TAKES_GUESTS('c')} AS "takesGuests", k.wrapped, k.master_key_id AS "masterKeyId"
     FROM store_connections c JOIN stores s ON s.id = c.store_id LEFT JOIN data_keys k ON k.subject_id = c.store_id`;
const OF = (name: string, which: string) => statement(name, `${CONNECTION} WHERE c.store_id = $1${which}`);
/** With one call that is taken of what the store allows in a minute, where there is room. In a statement that is sent anyway. */
const TAKE_CALL = statement(
  'connections.take_call',
  `WITH c AS (${CONNECTION} WHERE c.store_id = $1 AND ${IN_USE('c')}), taken AS (
     INSERT INTO rate_counters AS r (key, drained_at) SELECT 'store-calls ' || id, now() + interval '1 minute' / "callsPerMinute" FROM c
     ON CONFLICT (key) DO UPDATE SET drained_at = greatest(r.drained_at, now()) + (excluded.drained_at - now())
       WHERE greatest(r.drained_at, now()) + (excluded.drained_at - now()) <= now() + interval '1 minute'
     RETURNING drained_at
   )
   SELECT c.*, taken.drained_at IS NOT NULL AS took,
          extract(epoch FROM coalesce(before.drained_at, now()) - now())::float8 AS "drainsIn", ${NOT_FLUSHED}
     FROM c LEFT JOIN taken ON true LEFT JOIN rate_counters before ON before.key = 'store-calls ' || c.id`,
);
const IN_USE_OF = OF('connections.of', ` AND ${IN_USE('c')}`);
const ANY_OF = OF('connections.any_of', '');

const A_MINUTE = 60;

interface ConnectionRow {
  id: string;
  name: string;
  protocol: StoreProtocol;
  adapter: string | null;
  baseUrl: string;
  currency: string;
  country: string;
  options: Record<string, unknown>;
  secrets: SealedJson | null;
  issuer: string | null;
  clientId: string | null;
  clientAuth: ClientAuth;
  scopes: string[];
  takesGuests: boolean;
  callsPerMinute: number;
  wrapped: Buffer | null;
  masterKeyId: string | null;
}

/** Reads how stores are connected. One statement each; closed stores too, for their orders are still followed. */
@Injectable()
export class Connections {
  constructor(private readonly vault: Vault) {}

  /** Null where the store has no connection, or one that is switched off. */
  async of(reader: Reader, storeId: string): Promise<Connection | null> {
    const row = await reader.maybeOne<ConnectionRow>(IN_USE_OF, [storeId]);
    return row ? this.opened(row) : null;
  }

  /**
   * As of(), and one call to the store is taken of those that it allows in a minute. `waitMs` null: it was; else how long until
   * there is room. What was agreed with the store, so no RATE_LIMIT_FACTOR widens it. By itself: a call that a crash of Postgres
   * forgets does nobody harm, so nobody waits until it is on the disk.
   */
  async takeCall(reader: Reader, storeId: string): Promise<{ connection: Connection; waitMs: number | null } | null> {
    type Row = ConnectionRow & { took: boolean; drainsIn: number };
    const row = await reader.maybeOne<Row>(TAKE_CALL, [storeId]);
    if (!row) return null;
    const waitSeconds = Math.max(0.1, row.drainsIn + A_MINUTE / row.callsPerMinute - A_MINUTE);
    return { connection: this.opened(row), waitMs: row.took ? null : Math.ceil(waitSeconds * 1000) };
  }

  /** One that is switched off or ending too: to tell the store that accounts are no longer linked. */
  async evenEnded(reader: Reader, storeId: string): Promise<Connection | null> {
    const row = await reader.maybeOne<ConnectionRow>(ANY_OF, [storeId]);
    return row ? this.opened(row) : null;
  }

  private opened(row: ConnectionRow): Connection {
    const { id, name, protocol, adapter, baseUrl, currency, country, options, issuer, clientId, clientAuth } = row;
    const { clientSecret, shared } = this.secretsOf(row);
    return {
      store: { id, name, protocol, adapter, baseUrl, currency, country, options, secrets: shared },
      oauth:
        issuer === null || clientId === null
          ? null
          : { issuer, clientId, clientAuth, clientSecret, scopes: row.scopes, apiOrigin: new URL(baseUrl).origin },
      takesGuests: row.takesGuests,
      callsPerMinute: row.callsPerMinute,
    };
  }

  private secretsOf({ id, secrets, wrapped, masterKeyId }: ConnectionRow): ConnectionSecrets {
    if (secrets === null) return NO_SECRETS;
    return openJson<ConnectionSecrets>(this.vault.unwrap(id, wrapped, masterKeyId!), placeOfSecrets(id), secrets);
  }
}

/** Where a connection's secrets lie, as their seal binds it; the key is the store's own. */
export function placeOfSecrets(storeId: string): string {
  return `store_connections:${storeId}:secrets`;
}
