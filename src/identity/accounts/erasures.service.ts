import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Vault } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { OnceFactory } from '../../platform/http';
import { Jobs, reasonOf } from '../../platform/jobs';
import { Metrics } from '../../platform/metrics';
import { OneTimeTokens } from '../access/one-time-tokens';
import { RefreshTokens } from '../access/refresh-tokens';
import { ApiKeys } from '../api-keys/api-keys.service';
import { erased } from '../identity.events';
import { Accounts, type Asking } from './accounts.service';
import { ErasureRegistry } from './erasure-registry';

const SWEEP_EVERY_MS = 60 * 60 * 1000;

const FORGET_PERSON = statement(
  'identity.forget_person',
  `UPDATE users
      SET email = NULL, email_verified_at = NULL, display_name = NULL, password_hash = NULL, currency = NULL, locale = DEFAULT, roles = '{}',
          disabled_at = now(), erased_at = now(), updated_at = now()
    WHERE id = $1`,
);
const FORGET_ADDRESSES = statement('identity.forget_addresses', `DELETE FROM addresses WHERE user_id = $1`);
const FORGET_KNOWN_ADDRESSES = statement(
  'identity.forget_known_addresses',
  `DELETE FROM known_addresses WHERE user_id = $1`,
);
// Whatever a module asks for: no key outlives its person by more than 90 days.
const KEEP_KEY = statement(
  'identity.keep_key_until',
  `UPDATE users SET key_kept_until = least($2, erased_at + interval '90 days')
    WHERE id = $1 AND least($2, erased_at + interval '90 days') > now() RETURNING id`,
);
const CLOSED = statement(
  'identity.closed_account',
  `SELECT erased_at AS "closedAt", key_kept_until AS "keyKeptUntil", erased_at + interval '90 days' AS "atTheLatest" FROM users WHERE id = $1`,
);
// What a guest left to this user lies under the guest's key.
const CLAIMED_GUESTS = statement('identity.claimed_guests', `SELECT id FROM guests WHERE claimed_by = $1`);
const KEY_GONE = statement('identity.key_gone', `UPDATE users SET key_kept_until = NULL WHERE id = $1`);
const LOOKED_AT_ONCE = 100;
const DUE = statement(
  'identity.keys_due',
  `SELECT id FROM users WHERE key_kept_until <= now() AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT ${LOOKED_AT_ONCE}`,
);
const TAKE_DUE = statement(
  'identity.take_due_key',
  `SELECT id FROM users WHERE id = $1 AND key_kept_until <= now() FOR NO KEY UPDATE SKIP LOCKED`,
);
// A sweep comes by each hour: what has been due for longer was looked at and could not be forgotten.
const OVERDUE = statement(
  'identity.erasures_overdue',
  `SELECT count(*) AS overdue FROM users WHERE key_kept_until < now() - interval '3 hours'`,
);

const OWN_TABLES = {
  users: true,
  guests: 'an id, dates and the hash of a token that opens nothing any more: what the guest left is found by it',
  addresses: true,
  api_keys: true,
  refresh_tokens: 'hashes of tokens that were ended, swept once they would have run out: at most 30 days',
  one_time_tokens: true,
  known_addresses: true,
  idempotency_keys: true,
} as const;

/** What became of an account that was closed. */
export interface Erased {
  closedAt: Date;
  /** Null where something still needs the key: then it is kept until `keyKeptUntil`, and asked about again. */
  keyDestroyedAt: Date | null;
  keyKeptUntil: Date | null;
  /** Whatever is open by then. */
  atTheLatest: Date;
}

/** Closing an account and forgetting its person. */
@Injectable()
export class Erasures implements OnModuleInit {
  private readonly logger = new Logger('Erasures');

  constructor(
    private readonly database: Database,
    private readonly accounts: Accounts,
    private readonly refreshTokens: RefreshTokens,
    private readonly oneTimeTokens: OneTimeTokens,
    private readonly keys: ApiKeys,
    private readonly registry: ErasureRegistry,
    private readonly vault: Vault,
    private readonly answers: OnceFactory,
    private readonly events: Events,
    private readonly jobs: Jobs,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    // What erase() does by itself, since it comes before every part.
    this.registry.register('identity', () => Promise.resolve(), OWN_TABLES);
    const help = 'Closed accounts whose data key should have been destroyed, or asked about again, hours ago';
    this.metrics.atScrape('erasures', { muse_erasures_overdue: { help } }, async () => ({
      muse_erasures_overdue: [{ value: (await this.database.maybeOne<{ overdue: number }>(OVERDUE))!.overdue }],
    }));
    this.jobs.every(SWEEP_EVERY_MS, 'identity.destroy_due_keys', async () => void (await this.destroyDueKeys()));
    this.jobs.every(SWEEP_EVERY_MS, 'identity.forget_old_refresh_tokens', () =>
      this.database.transaction((tx) => this.refreshTokens.forgetOld(tx)),
    );
    this.jobs.every(SWEEP_EVERY_MS, 'identity.forget_old_one_time_tokens', () =>
      this.database.transaction((tx) => this.oneTimeTokens.forgetOld(tx)),
    );
  }

  /**
   * Closes the account in one transaction: name, address and password go, every sign-in ends, each module forgets its
   * part, and the data key is destroyed now or when the last module needs it no more: the answer says when. Throws
   * Unauthenticated once closed, or for a token from before other credentials.
   */
  async erase(asking: Asking): Promise<Erased> {
    const { ended, told } = await this.database.transaction(async (tx) => {
      const { id: userId } = await this.accounts.lockFor(tx, asking);
      await this.refreshTokens.endAll(tx, userId);
      await this.oneTimeTokens.end(tx, userId);
      const guestIds = await this.accounts.guestsOf(tx, userId);
      const ended = await this.keys.endAll(tx, userId);
      await tx.run(FORGET_ADDRESSES, [userId]);
      await tx.run(FORGET_KNOWN_ADDRESSES, [userId]);
      await tx.run(FORGET_PERSON, [userId]);
      await this.forgetRest(tx, userId);
      // Last, as they are written last.
      await this.answers.forget(tx, [userId, ...guestIds]);
      await this.events.publish(tx, erased(userId));
      const told = (await tx.maybeOne<Omit<Erased, 'keyDestroyedAt'>>(CLOSED, [userId]))!;
      return { ended, told };
    });
    this.keys.afterEnd(ended);
    return { ...told, keyDestroyedAt: told.keyKeptUntil === null ? told.closedAt : null };
  }

  /**
   * Asks the modules again about keys whose time has come, each person in a transaction of their own, so that one that
   * fails keeps no other waiting; gives how many were looked at.
   */
  async destroyDueKeys(): Promise<number> {
    let looked = 0;
    for (let after: string | null = null; ;) {
      const due: { id: string }[] = await this.database.rows<{ id: string }>(DUE, [after]);
      for (const { id } of due) if (await this.lookAgain(id)) looked++;
      if (due.length < LOOKED_AT_ONCE) return looked;
      after = due.at(-1)!.id;
    }
  }

  private async lookAgain(userId: string): Promise<boolean> {
    try {
      return await this.database.transaction(async (tx) => {
        if (!(await tx.maybeOne(TAKE_DUE, [userId]))) return false;
        await this.forgetRest(tx, userId);
        return true;
      });
    } catch (error) {
      this.logger.error({ message: 'erasure not ended', userId, reason: reasonOf(error) });
      return false;
    }
  }

  private async forgetRest(tx: Tx, userId: string): Promise<void> {
    const until = await this.registry.run(tx, userId);
    if (until !== undefined && (await tx.maybeOne(KEEP_KEY, [userId, until]))) return;
    const guests = await tx.rows<{ id: string }>(CLAIMED_GUESTS, [userId]);
    for (const { id } of [{ id: userId }, ...guests]) await this.vault.shred(tx, id);
    await tx.run(KEY_GONE, [userId]);
  }
}
