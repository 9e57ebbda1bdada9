import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Database, statement, sweeping, type Tx } from '../../platform/database';
import { JOB_OF, Jobs, LEASE_SECONDS, backoffMs, holdingLease, reasonOf, writingSurely } from '../../platform/jobs';
import { Metrics } from '../../platform/metrics';
import { traceparent } from '../../platform/tracing';
import { PaymentProviders, type Outcome, type PaymentProvider } from '../provider';
import { repeatable } from '../provider-calls';

const TASK = 'payment_removal';
/** Some three hours; after that a person looks at it. */
const MAX_ATTEMPTS = 40;

/** Something that a provider is to forget. */
export type Removal =
  | { kind: 'detach_method'; provider: string; ref: string }
  | { kind: 'delete_customer'; provider: string; ref: string }
  /** A user's customer that was asked for and perhaps made, without our hearing of it. */
  | { kind: 'find_customer'; provider: string; ref: string; askedAt: Date };

interface Claimed {
  id: string;
  kind: Removal['kind'];
  provider: string;
  ref: string;
  askedAt: Date | null;
  attempts: number;
}

const ADD = statement(
  'removals.add',
  `WITH removal AS (
     INSERT INTO payment_removals (kind, provider, provider_ref, asked_at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) RETURNING id
   )
   SELECT graphile_worker.add_job('${TASK}', ${JOB_OF('$5')}, job_key := id::text, max_attempts := 3) FROM removal`,
);
const IS_DUE = `finished_at IS NULL AND next_attempt_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())`;
const CLAIM = statement(
  'removals.claim',
  `UPDATE payment_removals
      SET lease_token = $2, lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds', attempts = attempts + 1
    WHERE id = $1 AND ${IS_DUE}
   RETURNING id, kind, provider, provider_ref AS ref, asked_at AS "askedAt", attempts`,
);
const RENEW = statement(
  'removals.renew_lease',
  `UPDATE payment_removals SET lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds'
    WHERE id = $1 AND lease_token = $2 RETURNING 1 AS alive`,
);
const FINISH = statement(
  'removals.finish',
  `UPDATE payment_removals SET status = $3, error_code = $4, finished_at = clock_timestamp(), lease_token = NULL, lease_until = NULL
    WHERE id = $1 AND lease_token = $2`,
);
const LATER = statement(
  'removals.later',
  `UPDATE payment_removals
      SET error_code = $3, lease_token = NULL, lease_until = NULL, next_attempt_at = clock_timestamp() + make_interval(secs => $4)
    WHERE id = $1 AND lease_token = $2`,
);
const DUE = `SELECT id FROM payment_removals
    WHERE finished_at IS NULL AND next_attempt_at < now() - interval '1 second'
      AND (lease_until IS NULL OR lease_until < now())
    ORDER BY next_attempt_at LIMIT 200`;
const OLD = sweeping(
  'removals.old',
  'payment_removals',
  `finished_at < now() - interval '90 days' AND status = 'done'`,
);
const FORGET_EVERY_MS = 60 * 60 * 1000;
const OPEN = statement(
  'removals.open',
  `SELECT (SELECT count(*) FROM payment_removals WHERE finished_at IS NULL)::int AS queued,
          (SELECT count(*) FROM payment_removals WHERE finished_at IS NOT NULL AND status = 'failed')::int AS failed`,
);

/**
 * Has providers forget. Guarantees: a removal exists if and only if the transaction of its cause commits; it is carried out
 * at least once, and doing it twice is as good as once; a worker that dies is replaced within seconds.
 */
@Injectable()
export class Removals implements OnModuleInit {
  private readonly logger = new Logger('Removals');

  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly providers: PaymentProviders,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(TASK, ({ id }) => this.runOnce(id), DUE);
    this.jobs.every(FORGET_EVERY_MS, 'old payment removals', () => this.database.sweep(OLD));
    this.showOpen();
  }

  private showOpen(): void {
    const help = 'What payment providers have still to forget, and what they did not: every process says the same';
    this.metrics.atScrape('payment removals', { muse_payment_removals: { help, labels: ['state'] } }, async () => {
      const row = (await this.database.maybeOne<Record<'queued' | 'failed', number>>(OPEN))!;
      const states = ['queued', 'failed'] as const;
      return { muse_payment_removals: states.map((state) => ({ labels: { state }, value: row[state] })) };
    });
  }

  /** Writes the intents, in the transaction of their cause. */
  async add(tx: Tx, ...removals: Removal[]): Promise<void> {
    if (removals.length === 0) return;
    const askedAt = removals.map((removal) => (removal.kind === 'find_customer' ? removal.askedAt : null));
    const columns = (['kind', 'provider', 'ref'] as const).map((name) => removals.map((removal) => removal[name]));
    await tx.run(ADD, [...columns, askedAt, traceparent() ?? null]);
  }

  /** One try at one removal, if it is due and nobody else holds it. */
  async runOnce(id: string): Promise<void> {
    const lease = randomUUID();
    const claimed = await this.database.maybeOne<Claimed>(CLAIM, [id, lease]);
    if (!claimed) return;
    const renew = async () => (await this.database.maybeOne(RENEW, [id, lease])) !== undefined;
    await holdingLease(renew, async () => {
      const failure = await this.try(claimed).catch((error: unknown) => reasonOf(error));
      await writingSurely(
        () => this.write(claimed, lease, failure),
        (write, reason) => this.logger.warn({ message: 'outcome not written', removalId: id, write, reason }),
      );
    });
  }

  /** Nothing where it is done, otherwise a code. */
  private async try({ id, kind, provider: name, ref, askedAt, attempts }: Claimed): Promise<string | undefined> {
    const provider = this.providers.named(name);
    if (kind === 'detach_method') return codeOf(await detached(provider, `${id}:${attempts}`, ref));
    if (kind === 'delete_customer') return codeOf(await repeatable(() => provider.deleteCustomer(ref)));
    const found = await repeatable(() => provider.findCustomer(ref, askedAt!));
    if (found.type !== 'done' || found.value === null) return codeOf(found);
    const { id: customerId } = found.value;
    return codeOf(await repeatable(() => provider.deleteCustomer(customerId)));
  }

  private async write({ id, kind, attempts }: Claimed, lease: string, failure: string | undefined): Promise<void> {
    if (failure === undefined) return void (await this.database.rows(FINISH, [id, lease, 'done', null]));
    if (attempts < MAX_ATTEMPTS)
      return void (await this.database.rows(LATER, [id, lease, failure, backoffMs(attempts) / 1000]));
    await this.database.rows(FINISH, [id, lease, 'failed', failure]);
    this.logger.error({ message: 'not removed at the payment provider', removalId: id, kind, code: failure });
  }
}

/** One that is detached, or gone, is refused: then it is looked at. */
async function detached(provider: PaymentProvider, key: string, ref: string): Promise<Outcome<unknown>> {
  const outcome = await repeatable(() => provider.detachMethod(key, ref));
  if (outcome.type !== 'refused') return outcome;
  const seen = await repeatable(() => provider.retrieveMethod(ref));
  if (seen.type === 'done' && seen.value.customerId !== null) return outcome;
  return seen.type === 'refused' && seen.code === 'not_found' ? { type: 'done', value: null } : seen;
}

function codeOf(outcome: Outcome<unknown>): string | undefined {
  return outcome.type === 'done' ? undefined : outcome.code;
}
