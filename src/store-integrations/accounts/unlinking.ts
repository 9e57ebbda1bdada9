import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ErasureRegistry } from '../../identity';
import { Vault, type DataKey } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { Jobs, reasonOf } from '../../platform/jobs';
import { Trails } from '../automation/trails';
import { LinksRepository } from '../oauth/links.repository';
import { Revocations, type EndedGrant } from '../oauth/revocations';
import { ACCOUNT_UNLINKED, RELINK_NEEDED, accountEvent } from './accounts.events';
import { API_ORIGIN } from '../connections/connections';
import { AccountsRepository, type EndingRow } from './accounts.repository';
import { Consents } from './consents';
import { forgetSecrets, openSecret, sealedSecrets } from './store-secrets';

const AT_ONCE = 50;
// Not those for which nothing can be done but to wait until the store has been told of all.
const ENDING = `SELECT c.store_id AS "storeId" FROM store_connections c
    WHERE c.ending_at IS NOT NULL AND (EXISTS (SELECT FROM store_accounts a WHERE a.store_id = c.store_id AND a.kind = 'oauth')
      OR NOT EXISTS (SELECT FROM store_revocations r WHERE r.store_id = c.store_id))`;
const ENDING_ONES = statement('connections.ending', ENDING);
const MOVED = `SELECT store_id AS "storeId", moved_at::text AS "movedAt" FROM store_connections WHERE moved_at IS NOT NULL`;
const MOVED_ONES = statement('connections.that_moved', MOVED);
// Unless it has moved again meanwhile.
const SETTLED = statement(
  'connections.settled',
  `UPDATE store_connections c SET moved_at = NULL
    WHERE c.store_id = $1 AND c.moved_at = $2::timestamptz
      AND NOT EXISTS (SELECT FROM store_accounts a WHERE a.store_id = c.store_id AND a.status = 'active' AND a.api_origin <> ${API_ORIGIN('c')})`,
);
// Until the last grant is revoked the client's own secret is needed.
const ENDED = statement(
  'connections.ended',
  `DELETE FROM store_connections c
    WHERE c.store_id = $1 AND c.ending_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM store_accounts a WHERE a.store_id = c.store_id AND a.kind = 'oauth')
      AND NOT EXISTS (SELECT FROM store_revocations r WHERE r.store_id = c.store_id)`,
);

/**
 * Taking back what was linked. Guarantees: after the transaction nothing of an account is left here that opens it; what the
 * store is still to be told of is a revocation of its own, which names nobody; a link that is being finished at that moment
 * is not kept.
 */
@Injectable()
export class Unlinking implements OnModuleInit {
  private readonly logger = new Logger('Unlinking');

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly events: Events,
    private readonly jobs: Jobs,
    private readonly erasures: ErasureRegistry,
    private readonly accounts: AccountsRepository,
    private readonly links: LinksRepository,
    private readonly consents: Consents,
    private readonly revocations: Revocations,
    private readonly trails: Trails,
  ) {}

  onModuleInit(): void {
    this.erasures.register('store-integrations', (tx, userId) => this.forget(tx, userId), {
      store_accounts: true,
      store_links: true,
      store_consents: true,
    });
    this.jobs.whenDue('connections that end', ENDING, () => this.endConnections());
    this.jobs.whenDue('connections that moved', MOVED, () => this.endMoved());
  }

  /** Unlinks a user's account at one store, or all. Gives the stores. */
  async unlink(tx: Tx, userId: string, storeId: string | null): Promise<string[]> {
    this.links.forget(tx, userId, storeId);
    const rows = await this.accounts.lockOfUser(tx, userId, storeId);
    for (const row of rows) await this.end(tx, row);
    this.consents.withdraw(tx, userId, storeId);
    this.trails.forget(tx, userId, storeId);
    return rows.map((row) => row.storeId);
  }

  /** Unlinks who has an account at a store whose connection ends, some at a time, and then forgets the connection. */
  async endConnections(): Promise<void> {
    for (const { storeId } of await this.database.rows<{ storeId: string }>(ENDING_ONES)) {
      while ((await this.endSome(storeId)) === AT_ONCE);
      await this.database.rows(ENDED, [storeId]);
    }
  }

  private endSome(storeId: string): Promise<number> {
    return this.database.transaction(async (tx) => {
      const rows = await this.accounts.lockOfStore(tx, storeId, AT_ONCE);
      for (const row of rows) {
        await this.end(tx, row);
        this.consents.withdraw(tx, row.userId, storeId, 'store_account');
      }
      return rows.length;
    });
  }

  /**
   * Whose account was linked for another host than the store's interface is at now: the tokens are destroyed, some accounts at
   * a time, and its owner is told to link it again. From the move on none of them was used any more.
   */
  async endMoved(): Promise<void> {
    for (const { storeId, movedAt } of await this.database.rows<{ storeId: string; movedAt: string }>(MOVED_ONES)) {
      while ((await this.endSomeMoved(storeId)) === AT_ONCE);
      await this.database.rows(SETTLED, [storeId, movedAt]);
    }
  }

  private endSomeMoved(storeId: string): Promise<number> {
    return this.database.transaction(async (tx) => {
      const rows = await this.accounts.lockMoved(tx, storeId, AT_ONCE);
      for (const row of rows) {
        await this.revoke(tx, row);
        await this.accounts.relink(tx, row.accountId, row.version);
        forgetSecrets(tx, row.accountId, null);
        await this.events.publish(tx, accountEvent(RELINK_NEEDED, row));
      }
      return rows.length;
    });
  }

  /** When the account at Muse is closed. */
  private async forget(tx: Tx, userId: string): Promise<void> {
    await this.unlink(tx, userId, null);
    this.consents.forget(tx, userId);
  }

  private async end(tx: Tx, row: EndingRow): Promise<void> {
    await this.revoke(tx, row);
    this.accounts.unlink(tx, row.accountId);
    await this.events.publish(tx, accountEvent(ACCOUNT_UNLINKED, row));
  }

  private async revoke(tx: Tx, row: EndingRow): Promise<void> {
    const { storeId, issuer, clientId } = row;
    if (issuer === null || clientId === null) return;
    await this.revocations.add(tx, { storeId, issuer, clientId, tokens: await this.tokensOf(tx, row) });
  }

  private async tokensOf(tx: Tx, row: EndingRow): Promise<EndedGrant['tokens']> {
    const sealed = await sealedSecrets(tx, row.accountId);
    try {
      const key: DataKey = this.vault.unwrap(row.userId, row.wrapped, row.masterKeyId!);
      const open = (name: 'access_token' | 'refresh_token') =>
        sealed.has(name) ? openSecret(key, row, name, sealed.get(name)!) : null;
      return { refreshToken: open('refresh_token'), accessToken: open('access_token') };
    } catch (error) {
      // Nobody can use them any more either: they are destroyed all the same.
      this.logger.error({ message: 'tokens do not open', accountId: row.accountId, reason: reasonOf(error) });
      return { refreshToken: null, accessToken: null };
    }
  }
}
