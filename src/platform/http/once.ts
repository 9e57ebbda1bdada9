import { createParamDecorator, Injectable, type ExecutionContext, type OnModuleInit } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Vault, openJson, sealJson, type DataKey, type SealedJson } from '../crypto';
import { Database, brokenConstraint, statement, sweeping, Conclusion, type Tx } from '../database';
import { Jobs } from '../jobs';
import { DomainError } from './domain-error';
import { Counters, RateLimited, TAKE_ONE, eachSeconds, limitHeaders, waitFor, type Limit } from './limits';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** The rules by which an answer is recorded: it was not before, and the caller is within the limit. */
const KEYS_PKEY = 'idempotency_keys_pkey';
const WITHIN_LIMIT = 'rate_counters_within_limit';

const LOOK_UP = statement(
  'idempotency.look_up',
  `SELECT pg_try_advisory_xact_lock(hashtextextended($1::uuid || ' ' || $2::text || ' ' || $3::text, 0)) AS locked,
          k.request_hash AS "requestHash", k.status, k.response
     FROM (VALUES (1)) AS one
     LEFT JOIN idempotency_keys k
       ON k.caller_id = $1 AND k.route = $2 AND k.key = $3 AND k.created_at > now() - interval '24 hours'`,
);
const RECORDED = `ON CONFLICT (caller_id, route, key) DO UPDATE
     SET request_hash = excluded.request_hash, status = excluded.status, response = excluded.response, created_at = now()
   WHERE k.created_at <= now() - interval '24 hours' OR refuse('${KEYS_PKEY}')`;
const RECORD = statement(
  'idempotency.record',
  `INSERT INTO idempotency_keys AS k (caller_id, route, key, request_hash, status, response) VALUES ($1, $2, $3, $4, $5, $6) ${RECORDED}`,
);

// With a limit ($4 the counter's key): what it says now travels with the look-up, and is taken where the answer is
// recorded. So it costs no statement, a replay takes nothing, and what rolls back takes nothing either.
const LOOK_UP_LIMITED = statement(
  'idempotency.look_up_limited',
  `SELECT pg_try_advisory_xact_lock(hashtextextended($1::uuid || ' ' || $2::text || ' ' || $3::text, 0)) AS locked,
          k.request_hash AS "requestHash", k.status, k.response,
          coalesce(extract(epoch FROM c.drained_at - now())::float8, 0) AS "drainsIn"
     FROM (VALUES (1)) AS one
     LEFT JOIN idempotency_keys k
       ON k.caller_id = $1 AND k.route = $2 AND k.key = $3 AND k.created_at > now() - interval '24 hours'
     LEFT JOIN rate_counters c ON c.key = $4`,
);
const TAKEN_OR_REFUSED = `
   SELECT extract(epoch FROM taken.drained_at - now())::float8 AS "drainsIn"
     FROM (VALUES (1)) AS one LEFT JOIN taken ON true WHERE taken.drained_at IS NOT NULL OR refuse('${WITHIN_LIMIT}')`;
const RECORD_LIMITED = statement(
  'idempotency.record_limited',
  `WITH taken AS (${TAKE_ONE}), recorded AS (
     INSERT INTO idempotency_keys AS k (caller_id, route, key, request_hash, status, response)
     SELECT $4, $5, $6, $7, $8, $9 FROM taken ${RECORDED}
   ) ${TAKEN_OR_REFUSED}`,
);
/** Without a key there is nothing to record, and the limit is taken at the same place. */
const COUNT = statement('idempotency.count', `WITH taken AS (${TAKE_ONE}) ${TAKEN_OR_REFUSED}`);

const FORGET = sweeping('idempotency.forget', 'idempotency_keys', `created_at < now() - interval '24 hours'`);
const FORGET_EVERY_MS = 10 * 60_000;
const FORGET_CALLERS = statement(
  'idempotency.forget_callers',
  `DELETE FROM idempotency_keys WHERE caller_id = ANY ($1::uuid[])`,
);

export class IdempotencyKeyRequired extends DomainError {
  constructor() {
    super(
      'idempotency_key_required',
      400,
      'This request needs an Idempotency-Key header, a new one for each new intent.',
    );
  }
}
class IdempotencyKeyMalformed extends DomainError {
  constructor() {
    super('idempotency_key_malformed', 400, 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
  }
}
class IdempotencyKeyReused extends DomainError {
  constructor() {
    super('idempotency_key_reused', 422, 'This Idempotency-Key was used for another request body; make a new key.');
  }
}
class StillRunning extends DomainError {
  constructor() {
    super('still_running', 409, 'The first request with this Idempotency-Key is still running.', {}, [], {
      'retry-after': '1',
    });
  }
}
/** One use case, in the transaction that it is handed. */
type Work<T> = (tx: Tx) => Promise<T | Conclusion<T>>;

interface Known {
  locked: boolean;
  requestHash: Buffer | null;
  status: number | null;
  response: SealedJson | null;
  drainsIn?: number;
}

/** One POST with its Idempotency-Key, as it will be looked up and recorded. */
interface Keyed {
  callerId: string;
  route: string;
  key: string;
  hash: Buffer;
  aad: string;
}

/**
 * Runs the effect of one POST in one transaction, at most once per caller, route and Idempotency-Key for 24 hours.
 * The answer is recorded in the transaction of the effect, so there is no moment in which one stands without the other.
 * Errors are not recorded: the same key may try again. Without the header it is a plain transaction.
 * Under a `limit`, effects of the caller are counted, in the same transaction and as its last statement, so that the
 * counter is the last of its locks: of those that come at once exactly as many happen as have room (RateLimited for the
 * others); replays and what rolls back count for nothing.
 */
export class Once {
  constructor(
    private readonly database: Database,
    private readonly counters: Counters,
    private readonly sealKey: DataKey,
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
  ) {}

  /** As run(), for routes that must not be called without a key. Throws IdempotencyKeyRequired, RateLimited. */
  async runWithKey<T extends object>(work: Work<T>, limit?: Limit): Promise<T> {
    if (this.request.headers['idempotency-key'] === undefined) throw new IdempotencyKeyRequired();
    return this.run(work, limit);
  }

  /** Throws RateLimited. */
  async run<T extends object>(work: Work<T>, limit?: Limit): Promise<T> {
    const key = this.request.headers['idempotency-key'];
    const callerId = (this.request as { user?: { id: string } }).user?.id;
    if (key === undefined || callerId === undefined) return this.withoutKey(work, callerId, limit);
    if (typeof key !== 'string' || !KEY.test(key)) throw new IdempotencyKeyMalformed();

    // By template and ids, not by the address: that can be spelt in many ways.
    const route =
      `${this.request.method} ${this.request.routeOptions.url} ${Object.values(this.request.params as object).join(' ')}`.trim();
    const hash = createHash('sha256')
      .update(JSON.stringify(this.request.body ?? null))
      .digest();
    const keyed = { callerId, route, key, hash, aad: `idempotency_keys:${callerId}:${route}:${key}` };
    for (;;) {
      try {
        return await this.database.transaction(async (tx) => {
          const known = await this.lookUp(tx, keyed, limit);
          if (known.response !== null) return this.replay<T>(known, hash, keyed.aad);
          if (!known.locked) throw new StillRunning();
          this.assertRoom(limit, known.drainsIn);
          return this.recorded(tx, keyed, await tx.settle(await work(tx)), limit);
        });
      } catch (error) {
        // The first request committed between our look and our lock: what it recorded is the answer.
        const rule = brokenConstraint(error);
        if (rule === KEYS_PKEY) continue;
        if (rule === WITHIN_LIMIT && limit) throw this.overLimit(limit);
        throw error;
      }
    }
  }

  /** No look before the work, for it would be a statement of its own: who is over the limit has the work undone. */
  private async withoutKey<T>(work: Work<T>, callerId?: string, limit?: Limit): Promise<T> {
    if (limit === undefined || callerId === undefined) return this.database.transaction(work);
    try {
      return await this.database.transaction(async (tx) => {
        const result = await work(tx);
        const ended = result instanceof Conclusion ? result : new Conclusion([], () => result);
        return ended.followedBy<{ drainsIn: number }>(COUNT, this.counterOf(limit, callerId), ([row]) =>
          this.tell(limit, row!.drainsIn),
        );
      });
    } catch (error) {
      throw brokenConstraint(error) === WITHIN_LIMIT ? this.overLimit(limit) : error;
    }
  }

  private async lookUp(tx: Tx, { callerId, route, key }: Keyed, limit?: Limit): Promise<Known> {
    const values = [callerId, route, key];
    if (!limit) return (await tx.maybeOne<Known>(LOOK_UP, values))!;
    return (await tx.maybeOne<Known>(LOOK_UP_LIMITED, [...values, this.counters.keyOf(limit, callerId)]))!;
  }

  /** Cheap, before the work; what decides is the taking, behind it. */
  private assertRoom(limit: Limit | undefined, drainsIn = 0): void {
    if (!limit) return;
    const inForce = this.counters.inForce(limit);
    if (waitFor(inForce, drainsIn) > 0) throw new RateLimited(inForce, drainsIn);
  }

  /** The end of the transaction: the answer is recorded, and the limit taken, together with COMMIT. */
  private recorded<T extends object>(
    tx: Tx,
    { callerId, route, key, hash, aad }: Keyed,
    result: T,
    limit?: Limit,
  ): Conclusion<T> {
    const sealed = JSON.stringify(sealJson(this.sealKey, aad, result));
    const values = [callerId, route, key, hash, this.reply.statusCode, sealed];
    if (!limit) return tx.conclude(RECORD, values, () => result);
    const counted = [...this.counterOf(limit, callerId), ...values];
    return tx.conclude<{ drainsIn: number }, T>(RECORD_LIMITED, counted, ([row]) => {
      this.tell(limit, row!.drainsIn);
      return result;
    });
  }

  /** What TAKE_ONE asks for. */
  private counterOf(limit: Limit, callerId: string): unknown[] {
    const inForce = this.counters.inForce(limit);
    return [this.counters.keyOf(limit, callerId), eachSeconds(inForce), inForce.perSeconds];
  }

  private overLimit(limit: Limit): RateLimited {
    const inForce = this.counters.inForce(limit);
    return new RateLimited(inForce, inForce.perSeconds);
  }

  private tell(limit: Limit, drainsIn: number): void {
    void this.reply.headers(limitHeaders(this.counters.inForce(limit), drainsIn));
  }

  private replay<T>(known: Known, hash: Buffer, aad: string): T {
    if (!known.requestHash!.equals(hash)) throw new IdempotencyKeyReused();
    void this.reply.header('idempotency-replayed', 'true');
    void this.reply.status(known.status!);
    return openJson<T>(this.sealKey, aad, known.response!);
  }
}

/** Makes the Once of a request; bootstrap hands it to Fastify, where `@OnceParam()` finds it. */
@Injectable()
export class OnceFactory implements OnModuleInit {
  private readonly sealKey: DataKey;

  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly counters: Counters,
    vault: Vault,
  ) {
    this.sealKey = vault.serverKey('idempotency');
  }

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'old idempotency keys', () => this.database.sweep(FORGET));
  }

  /** Deletes the answers that these callers were given: they lie under a key of the server, which nobody destroys. */
  async forget(tx: Tx, callerIds: string[]): Promise<void> {
    await tx.run(FORGET_CALLERS, [callerIds]);
  }

  of(request: FastifyRequest, reply: FastifyReply): Once {
    return new Once(this.database, this.counters, this.sealKey, request, reply);
  }
}

export const ONCE_FACTORY = 'muse.once';

/** The Once of this request. */
export const OnceParam = createParamDecorator((_: unknown, context: ExecutionContext): Once => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const factory = (request.server as unknown as Record<string, OnceFactory>)[ONCE_FACTORY]!;
  return factory.of(request, http.getResponse<FastifyReply>());
});
