import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../platform/config';
import { Vault, keyedHash, type DataKey } from '../../platform/crypto';
import { Database, statement, sweeping, type Tx } from '../../platform/database';
import { Counters, type Limit } from '../../platform/http';
import { Jobs } from '../../platform/jobs';
import { SignInThrottled } from '../identity.errors';

/** Attempts of one network address on whatever accounts; one that succeeds takes nothing. */
const OF_AN_ADDRESS: Limit = { name: 'sign-ins', most: 100, perSeconds: 3_600 };
/** Attempts in a row on one account from one address before each has to wait. */
const FREE_HERE = 10;
/** The same from all addresses together that have never signed in to it: NIST SP 800-63B allows at most 100. */
const FREE_ELSEWHERE = 100;

const SWEEP_EVERY_MS = 60 * 60_000;

/** 30 s after the last free attempt, and twice as long after each further one, up to a quarter of an hour. */
const opensAt = (free: string) =>
  `s.last_at + least(interval '30 seconds' * power(2, least(s.attempts - ${free}, 10)), interval '15 minutes')`;
const ATTEMPT = statement(
  'identity.attempt_sign_in',
  `INSERT INTO sign_in_attempts AS s (key, attempts, free_attempts, last_at)
   SELECT key, 1, free, now() FROM unnest($1::text[], $2::int[]) AS asked (key, free) ORDER BY key
   ON CONFLICT (key) DO UPDATE
     SET attempts = CASE WHEN s.last_at < now() - interval '1 day' THEN 1 ELSE s.attempts + 1 END,
         free_attempts = excluded.free_attempts, last_at = now()
   WHERE s.attempts < excluded.free_attempts OR ${opensAt('excluded.free_attempts')} <= now()
   RETURNING key`,
);
const WAIT = statement(
  'identity.sign_in_opens_in',
  `SELECT extract(epoch FROM max(${opensAt('s.free_attempts')}) - now())::float8 AS seconds
     FROM sign_in_attempts s WHERE key = ANY ($1) AND s.attempts >= s.free_attempts`,
);
const FORGET = statement('identity.forget_sign_in_attempts', `DELETE FROM sign_in_attempts WHERE key = ANY ($1)`);
const KNOW = statement(
  'identity.know_address',
  `INSERT INTO known_addresses AS k (user_id, address_hash) VALUES ($1, $2)
   ON CONFLICT (user_id, address_hash) DO UPDATE SET last_seen_at = now() WHERE k.last_seen_at < now() - interval '1 day'`,
);
const IS_KNOWN = statement(
  'identity.address_is_known',
  `SELECT 1 AS known FROM known_addresses WHERE user_id = $1 AND address_hash = $2`,
);
const SWEEP_ATTEMPTS = sweeping(
  'identity.sweep_sign_in_attempts',
  'sign_in_attempts',
  `last_at < now() - interval '1 day'`,
);
const SWEEP_ADDRESSES = sweeping(
  'identity.sweep_known_addresses',
  'known_addresses',
  `last_seen_at < now() - interval '90 days'`,
);

/** Who is tried, and from where. */
export interface Target {
  /** The account's id; undefined where there is none, which is throttled alike. */
  userId: string | undefined;
  email: string;
  /** As networkOf() says, which no header gets round. */
  network: string;
}

/**
 * Slows guessing down, and locks nobody out: attempts on an account are counted by address; those from addresses that it
 * has never been signed in to from are counted together as well, so that many addresses are no way round; and where its
 * owner has signed in before (or reset the password), nobody elsewhere can make them wait.
 * Counted before the password is looked at, in the database: of attempts that come at once, exactly the free ones get through.
 */
@Injectable()
export class SignInThrottle implements OnModuleInit {
  private readonly logger = new Logger('SignInThrottle');
  private readonly hashKey: DataKey;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly counters: Counters,
    private readonly jobs: Jobs,
    vault: Vault,
  ) {
    this.hashKey = vault.serverKey('sign-in throttle');
  }

  onModuleInit(): void {
    this.jobs.every(SWEEP_EVERY_MS, 'identity.forget_old_sign_in_attempts', () => this.sweep());
  }

  /** Counts an attempt, before it is known what will become of it. Throws SignInThrottled, RateLimited. */
  async attempt(target: Target): Promise<void> {
    await this.counters.take(OF_AN_ADDRESS, target.network);
    const { here, everywhere } = this.keysOf(target);
    const known = await this.knows(target.userId, target.network);
    const asked = [{ key: here, free: this.wide(FREE_HERE) }];
    if (!known) asked.push({ key: everywhere, free: this.wide(FREE_ELSEWHERE) });
    const keys = asked.map(({ key }) => key);
    await this.database.transaction(async (tx) => {
      const taken = await tx.rows<{ key: string }>(ATTEMPT, [keys, asked.map(({ free }) => free)]);
      if (taken.length === keys.length) return;
      const open = new Set(taken.map(({ key }) => key));
      const wait = await tx.maybeOne<{ seconds: number | null }>(WAIT, [keys.filter((key) => !open.has(key))]);
      // What was taken goes back with this transaction.
      throw new SignInThrottled(wait?.seconds ?? 1);
    });
  }

  /** The owner was there: attempts are forgotten, and this address is known as theirs. */
  proved(tx: Tx, target: Target & { userId: string }): void {
    const { here, everywhere } = this.keysOf(target);
    tx.write(FORGET, [[here, everywhere]]);
    tx.write(KNOW, [target.userId, this.hashOf(target.network)]);
  }

  /**
   * Once that has committed: an attempt that succeeded takes nothing from others at its address. Where that fails it has
   * taken one; whoever has signed in is signed in all the same.
   */
  async giveBack({ network }: Target): Promise<void> {
    try {
      await this.counters.giveBack(OF_AN_ADDRESS, network);
    } catch (error) {
      this.logger.warn({
        message: 'sign-in attempt not given back',
        reason: error instanceof Error ? error.name : 'failed',
      });
    }
  }

  /** Whether the owner of an account has signed in, or reset the password, from this network. */
  async knows(userId: string | undefined, network: string): Promise<boolean> {
    return (await this.database.maybeOne(IS_KNOWN, [userId ?? null, this.hashOf(network)])) !== undefined;
  }

  async sweep(): Promise<void> {
    await this.database.sweep(SWEEP_ATTEMPTS);
    await this.database.sweep(SWEEP_ADDRESSES);
  }

  private keysOf({ userId, email, network }: Target): { here: string; everywhere: string } {
    const account = userId ?? keyedHash(this.hashKey, email.toLowerCase()).toString('base64url');
    return { here: `${account} ${network}`, everywhere: account };
  }

  private hashOf(network: string): Buffer {
    return keyedHash(this.hashKey, network);
  }

  private wide(free: number): number {
    return Math.max(1, Math.round(free * this.config.RATE_LIMIT_FACTOR));
  }
}
