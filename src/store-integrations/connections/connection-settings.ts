import { Injectable } from '@nestjs/common';
import type { Caller } from '../../identity';
import { Config } from '../../platform/config';
import { Vault, openJson, sealJson, type SealedJson } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { InvalidField, NotFound } from '../../platform/http';
import { StoreDirectory } from '../../stores';
import { StoreApiRegistry } from '../protocols/store-api.registry';
import type { StoreProtocol } from '../protocols/store-api';
import { NO_SECRETS, placeOfSecrets, type ClientAuth, type ConnectionSecrets } from './connections';
import type { ConnectionRequest } from './dto/connection.request';
import type { ConnectionResponse } from './dto/connection.response';
import { storeAddress } from './store-address';

/** An admin has set up, changed or ended the connection of a store. */
export const CONNECTION_CHANGED = 'store_connection.changed';

const READ = statement(
  'connections.setting',
  `SELECT c.store_id AS "storeId", c.protocol, c.adapter, c.base_url AS "baseUrl", c.issuer, c.client_id AS "clientId",
          c.client_auth AS "clientAuth", c.scopes, c.options, c.secrets, c.calls_per_minute AS "callsPerMinute", c.enabled, c.version,
          c.created_at AS "createdAt", c.updated_at AS "updatedAt", k.wrapped, k.master_key_id AS "masterKeyId",
          (SELECT count(*)::int FROM store_accounts a WHERE a.store_id = c.store_id) AS "linkedAccounts"
     FROM store_connections c LEFT JOIN data_keys k ON k.subject_id = c.store_id
    WHERE c.store_id = $1 AND ($2 OR c.ending_at IS NULL)`,
);
const PUT = statement(
  'connections.put',
  `INSERT INTO store_connections AS c (store_id, protocol, adapter, base_url, issuer, client_id, client_auth, scopes, options, secrets, calls_per_minute, enabled)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
   ON CONFLICT (store_id) DO UPDATE
     SET protocol = $2, adapter = $3, base_url = $4, issuer = $5, client_id = $6, client_auth = $7, scopes = $8, options = $9, secrets = $10,
         calls_per_minute = $11, enabled = $12, ending_at = NULL, version = c.version + 1, updated_at = now()`,
);
const END = statement(
  'connections.end',
  `UPDATE store_connections SET ending_at = now(), enabled = false, version = version + 1, updated_at = now()
    WHERE store_id = $1 AND ending_at IS NULL RETURNING store_id`,
);

// It stands at another origin from now on. What was linked is of the one before, also where that was not kept.
const MOVED = statement(
  'connections.moved',
  `WITH before AS (UPDATE store_accounts SET api_origin = $2 WHERE store_id = $1 AND api_origin IS NULL),
        begun AS (DELETE FROM store_links WHERE store_id = $1)
   UPDATE store_connections SET moved_at = now() WHERE store_id = $1`,
);

const CALLS_PER_MINUTE = 600;

interface SettingRow {
  storeId: string;
  protocol: StoreProtocol;
  adapter: string | null;
  baseUrl: string;
  issuer: string | null;
  clientId: string | null;
  clientAuth: ClientAuth;
  scopes: string[];
  options: Record<string, unknown>;
  secrets: SealedJson | null;
  callsPerMinute: number;
  enabled: boolean;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  wrapped: Buffer | null;
  masterKeyId: string | null;
  linkedAccounts: number;
}

/**
 * What an admin sets up of a partner store's API. Secrets go in and never come out again.
 * Errors: NotFound for what is no partner store, and where there is no connection; InvalidField.
 */
@Injectable()
export class ConnectionSettings {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly events: Events,
    private readonly directory: StoreDirectory,
    private readonly registry: StoreApiRegistry,
  ) {}

  async read(caller: Caller, storeId: string): Promise<ConnectionResponse> {
    await this.directory.ownedStore(this.database, caller, storeId);
    const row = await this.database.maybeOne<SettingRow>(READ, [storeId, false]);
    if (!row) throw new NotFound('connection');
    return this.shown(row);
  }

  /**
   * Makes or replaces it. Who linked an account under another issuer or client, or for another host, has to link it again; for
   * another host the tokens are destroyed, some at a time: see Unlinking.
   */
  async put(caller: Caller, storeId: string, body: ConnectionRequest): Promise<ConnectionResponse> {
    return this.database.transaction((tx) => this.putIn(tx, caller, storeId, body));
  }

  /** As put(), in a transaction; for the seeder of demo stores too. */
  async putIn(tx: Tx, caller: Caller, storeId: string, body: ConnectionRequest): Promise<ConnectionResponse> {
    const store = await this.directory.lockOwnedStore(tx, caller, storeId);
    if (store.kind !== 'partner') throw new NotFound('store');
    const { protocol, adapter = null, options = {}, enabled = true, callsPerMinute = CALLS_PER_MINUTE } = body;
    this.assertAdapter(protocol, adapter);
    const { issuer, clientId, clientAuth, scopes } = body.oauth ?? NO_OAUTH;
    const baseUrl = storeAddress(this.config, '/baseUrl', body.baseUrl);
    if (issuer !== null) storeAddress(this.config, '/oauth/issuer', issuer);
    const present = await tx.maybeOne<SettingRow>(READ, [storeId, true]);
    const secrets = await this.sealed(tx, storeId, present, { ...body, baseUrl });
    await tx.run(PUT, [
      ...[storeId, protocol, adapter, baseUrl, issuer, clientId, clientAuth, scopes, JSON.stringify(options)],
      ...[secrets, callsPerMinute, enabled],
    ]);
    if (present && !isSamePlace(present.baseUrl, baseUrl)) tx.write(MOVED, [storeId, new URL(present.baseUrl).origin]);
    await this.tell(tx, caller, storeId, enabled);
    return this.shown((await tx.maybeOne<SettingRow>(READ, [storeId, false]))!);
  }

  /** Out of use at once. The accounts that are linked there are unlinked after that, some at a time. */
  async end(caller: Caller, storeId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.directory.lockOwnedStore(tx, caller, storeId);
      if ((await tx.run(END, [storeId])) === 0) throw new NotFound('connection');
      await this.tell(tx, caller, storeId, false);
    });
  }

  private tell(tx: Tx, caller: Caller, storeId: string, enabled: boolean): Promise<void> {
    const payload = { storeId, enabled, by: caller.id };
    return this.events.publish(tx, { type: CONNECTION_CHANGED, aggregateId: storeId, payload });
  }

  private assertAdapter(protocol: StoreProtocol, adapter: string | null): void {
    if (protocol !== 'private' && adapter !== null) throw new InvalidField('/adapter', 'is for private only');
    if (protocol === 'private' && (adapter === null || !this.registry.adapters.includes(adapter)))
      throw new InvalidField('/adapter', `must be one of: ${this.registry.adapters.join(', ') || 'none is built in'}`);
  }

  /** What is secret of it from now on. */
  private async sealed(
    tx: Tx,
    storeId: string,
    present: SettingRow | undefined,
    { baseUrl, oauth, secrets = {} }: ConnectionRequest,
  ): Promise<string | null> {
    const before = present ? this.opened(present) : NO_SECRETS;
    // A secret is shown to nobody but the server that it was given for.
    const shared = present && isSamePlace(present.baseUrl, baseUrl) ? before.shared : {};
    const isSame = present?.issuer === oauth?.issuer && present?.clientId === oauth?.clientId;
    const kept = isSame ? before.clientSecret : null;
    const clientSecret = !oauth || oauth.clientAuth === 'none' ? null : (oauth.clientSecret ?? kept);
    if (oauth && oauth.clientAuth !== 'none' && clientSecret === null)
      throw new InvalidField('/oauth/clientSecret', 'is needed with this clientAuth');
    const merged = Object.entries({ ...shared, ...secrets }).filter(([, secret]) => secret !== null);
    if (clientSecret === null && merged.length === 0) return null;
    const value: ConnectionSecrets = { clientSecret, shared: Object.fromEntries(merged) as Record<string, string> };
    return JSON.stringify(sealJson(await this.vault.keyFor(tx, storeId), placeOfSecrets(storeId), value));
  }

  private opened({ storeId, secrets, wrapped, masterKeyId }: SettingRow): ConnectionSecrets {
    if (secrets === null) return NO_SECRETS;
    return openJson(this.vault.unwrap(storeId, wrapped, masterKeyId!), placeOfSecrets(storeId), secrets);
  }

  private shown(row: SettingRow): ConnectionResponse {
    const { clientSecret, shared } = this.opened(row);
    const { issuer, clientId, clientAuth, scopes, storeId, protocol, adapter, baseUrl, options, callsPerMinute } = row;
    const { enabled, linkedAccounts, version, createdAt, updatedAt } = row;
    return {
      ...{ storeId, protocol, adapter, baseUrl },
      oauth:
        issuer === null || clientId === null
          ? null
          : { issuer, clientId, clientAuth, canProveItself: clientSecret !== null, scopes },
      ...{ options, shared: Object.keys(shared).sort(), callsPerMinute, enabled, linkedAccounts, version },
      ...{ createdAt, updatedAt },
    };
  }
}

const NO_OAUTH = { issuer: null, clientId: null, clientAuth: 'none' as const, scopes: [] };

function isSamePlace(one: string, other: string): boolean {
  return new URL(one).origin === new URL(other).origin;
}
