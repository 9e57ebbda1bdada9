import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { Vault, openJson, sealJson, type SealedJson } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import { JOB_OF, Jobs, backoffMs, reasonOf } from '../../platform/jobs';
import { Metrics } from '../../platform/metrics';
import { traceparent } from '../../platform/tracing';
import { Connections, type OAuthSetting } from '../connections/connections';
import { OAuthClient } from './oauth-client';
import { OAuthFault } from './oauth-fault';

/** Tokens that are to hold no more. */
export interface EndedGrant {
  storeId: string;
  issuer: string;
  clientId: string;
  tokens: { refreshToken: string | null; accessToken: string | null };
}

const TASK = 'revoke_store_grant';
const ADD = statement(
  'revocations.add',
  `WITH made AS (INSERT INTO store_revocations (id, store_id, issuer, client_id, sealed) VALUES ($1, $2, $3, $4, $5) RETURNING id)
   SELECT graphile_worker.add_job('${TASK}', ${JOB_OF('$6')}, job_key := id::text, max_attempts := 3) FROM made`,
);
/** Longer than it may take to look at the server's metadata and end two tokens. */
const LEASE = `interval '45 seconds'`;
const CLAIM = statement(
  'revocations.claim',
  `WITH r AS (
     UPDATE store_revocations SET lease_token = $2, lease_until = clock_timestamp() + ${LEASE}, attempts = attempts + 1
      WHERE id = $1 AND (lease_until IS NULL OR lease_until < clock_timestamp()) RETURNING *
   )
   SELECT r.store_id AS "storeId", r.issuer, r.client_id AS "clientId", r.sealed, r.attempts, k.wrapped, k.master_key_id AS "masterKeyId"
     FROM r JOIN data_keys k ON k.subject_id = r.store_id`,
);
const DONE = statement('revocations.done', `DELETE FROM store_revocations WHERE id = $1 AND lease_token = $2`);
const LATER = statement(
  'revocations.later',
  `UPDATE store_revocations SET lease_token = NULL, lease_until = NULL, next_attempt_at = now() + make_interval(secs => $3)
    WHERE id = $1 AND lease_token = $2`,
);
const DUE = `SELECT id FROM store_revocations
    WHERE next_attempt_at < now() - interval '1 second' AND (lease_until IS NULL OR lease_until < now()) ORDER BY next_attempt_at LIMIT 200`;
// It takes a moment; what takes an hour needs somebody.
const OVERDUE = statement(
  'revocations.overdue',
  `SELECT count(*)::int AS overdue FROM store_revocations WHERE made_at < now() - interval '1 hour'`,
);
const IS_TOO_OLD = `made_at < now() - interval '24 hours'`;
const FORGET = statement(
  'revocations.forget',
  `DELETE FROM store_revocations WHERE ${IS_TOO_OLD} RETURNING id, store_id AS "storeId"`,
);

interface Claimed {
  storeId: string;
  issuer: string;
  clientId: string;
  sealed: SealedJson;
  attempts: number;
  wrapped: Buffer | null;
  masterKeyId: string;
}

/**
 * Tells stores which grants are over. Guarantees: told of in the transaction that unlinks, so none is forgotten; the tokens
 * are gone as soon as the store knows, and after a day in any case; nothing here says whose they were.
 */
@Injectable()
export class Revocations implements OnModuleInit {
  private readonly logger = new Logger('Revocations');

  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly vault: Vault,
    private readonly connections: Connections,
    private readonly oauth: OAuthClient,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(TASK, ({ id }) => this.runOnce(id), DUE);
    const tooOld = `SELECT FROM store_revocations WHERE ${IS_TOO_OLD}`;
    this.jobs.whenDue('grants that were never revoked', tooOld, () => this.forget());
    const help = 'Unlinked accounts whose store has not been told for an hour; after a day it never will be';
    this.metrics.atScrape('revocations', { muse_store_revocations_overdue: { help } }, async () => ({
      muse_store_revocations_overdue: [
        { value: (await this.database.maybeOne<{ overdue: number }>(OVERDUE))!.overdue },
      ],
    }));
  }

  /** In the transaction after which the account is linked no more. */
  async add(tx: Tx, { storeId, issuer, clientId, tokens }: EndedGrant): Promise<void> {
    if (tokens.refreshToken === null && tokens.accessToken === null) return;
    const id = uuidv7();
    const sealed = sealJson(await this.vault.keyFor(tx, storeId), placeOf(id, storeId), tokens);
    tx.write(ADD, [id, storeId, issuer, clientId, JSON.stringify(sealed), traceparent()]);
  }

  /** One try, if nobody else is at it. */
  async runOnce(id: string): Promise<void> {
    const lease = randomUUID();
    const claimed = await this.database.maybeOne<Claimed>(CLAIM, [id, lease]);
    if (!claimed) return;
    const { storeId, attempts } = claimed;
    try {
      await this.tell(id, claimed);
    } catch (error) {
      const code = error instanceof OAuthFault ? error.code : reasonOf(error);
      const isOver = error instanceof OAuthFault && error.kind !== 'unavailable';
      this.logger.warn({ message: 'grant not revoked at the store', storeId, attempts, code, isOver });
      if (!isOver) {
        await this.database.rows(LATER, [id, lease, backoffMs(attempts) / 1000]);
        return;
      }
    }
    await this.database.rows(DONE, [id, lease]);
  }

  private async tell(id: string, claimed: Claimed): Promise<void> {
    const { storeId, wrapped, masterKeyId, sealed } = claimed;
    const key = this.vault.unwrap(storeId, wrapped, masterKeyId);
    const { refreshToken, accessToken } = openJson<EndedGrant['tokens']>(key, placeOf(id, storeId), sealed);
    const setting = await this.settingOf(claimed);
    // First the one that could bring others.
    if (refreshToken !== null && !(await this.oauth.revoke(setting, refreshToken, 'refresh_token'))) return;
    if (accessToken !== null) await this.oauth.revoke(setting, accessToken, 'access_token');
  }

  /** As the client that the tokens were given to; that the store may be connected by another now changes nothing. */
  private async settingOf({ storeId, issuer, clientId }: Claimed): Promise<OAuthSetting> {
    const present = (await this.connections.evenEnded(this.database, storeId))?.oauth;
    if (present?.issuer === issuer && present.clientId === clientId) return present;
    return { issuer, clientId, clientAuth: 'none', clientSecret: null, scopes: [] };
  }

  private async forget(): Promise<void> {
    for (const { id, storeId } of await this.database.rows<{ id: string; storeId: string }>(FORGET))
      this.logger.error({ message: 'grant never revoked at the store', id, storeId });
  }
}

function placeOf(id: string, storeId: string): string {
  return JSON.stringify(['store_revocations', id, storeId]);
}
