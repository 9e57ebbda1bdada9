import { createParamDecorator, Injectable, type ExecutionContext, type OnModuleInit } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Vault, keyedHash, openJson, sealJson, type DataKey, type SealedJson } from '../crypto';
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
/** What is recorded privately must not share the moment of its transaction with a row that says whose it is. */
const MOMENT = (response: string) =>
  `CASE WHEN ${response}::jsonb IS NULL THEN date_trunc('second', now()) ELSE now() END`;
const RECORDED = `ON CONFLICT (caller_id, route, key) DO UPDATE
     SET request_hash = excluded.request_hash, status = excluded.status, response = excluded.response, created_at = excluded.created_at
   WHERE k.created_at <= now() - interval '24 hours' OR refuse('${KEYS_PKEY}')`;
const RECORD = statement(
  'idempotency.record',
  `INSERT INTO idempotency_keys AS k (caller_id, route, key, request_hash, status, response, created_at) VALUES ($1, $2, $3, $4, $5, $6, ${MOMENT('$6')}) ${RECORDED}`,
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
     INSERT INTO idempotency_keys AS k (caller_id, route, key, request_hash, status, response, created_at)
     SELECT $4, $5, $6, $7, $8, $9, ${MOMENT('$9')} FROM taken ${RECORDED}
   ) ${TAKEN_OR_REFUSED}`,
);
/** Without a key there is nothing to record, and the limit is taken at the same place. */
const COUNT = statement('idempotency.count', `WITH taken AS (${TAKE_ONE}) ${TAKEN_OR_REFUSED}`);

// Those whose path names one of these ids, and the one in whose transaction a thing was made.
const FORGET_OF = statement(
  'idempotency.forget_of_callers',
  `DELETE FROM idempotency_keys k WHERE k.caller_id = ANY ($1::uuid[])
      AND (k.created_at = $3 OR EXISTS (SELECT FROM unnest($2::text[]) AS x (id) WHERE position(x.id IN k.route) > 0))`,
);
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
  /** Whose limit it counts against. */
  limitedId: string;
  callerId: string;
  route: string;
  key: string;
  hash: Buffer;
  /** Null: the answer is not kept. */
  aad: string | null;
}

/** What a process keeps of requests with: a key for the answers, and one that hides who asked. */
interface OnceKeys {
  seal: DataKey;
  hide: DataKey;
}

/** Makes the answer of a request that is replayed from what stands now. */
type Again<T> = (tx: Tx) => Promise<T>;

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
    private readonly keys: OnceKeys,
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
  ) {}

  /** As run(), for routes that must not be called without a key. Throws IdempotencyKeyRequired, RateLimited. */
  async runWithKey<T extends object>(work: Work<T>, limit?: Limit): Promise<T> {
    if (this.request.headers['idempotency-key'] === undefined) throw new IdempotencyKeyRequired();
    return this.run(work, limit);
  }

  /** Whether the request has an Idempotency-Key at all. */
  get hasKey(): boolean {
    return this.request.headers['idempotency-key'] !== undefined;
  }

  /** A secret that only this server and whoever knows the request's Idempotency-Key can make again; for tokens that are handed out once. */
  secretOf(purpose: string, ...parts: string[]): Buffer {
    const key = String(this.request.headers['idempotency-key'] ?? '');
    return keyedHash(this.keys.hide, JSON.stringify(['secret', purpose, key, ...parts]));
  }

  /**
   * Throws RateLimited. With `again` it is a request that may lead nobody to who sent it: caller, ids, key and body are
   * recorded as HMACs under a key of the server, and of the answer its status only; `again` makes the answer of a replay from
   * what stands then.
   */
  async run<T extends object>(work: Work<T>, limit?: Limit, again?: Again<T>): Promise<T> {
    const key = this.request.headers['idempotency-key'];
    const callerId = (this.request as { user?: { id: string } }).user?.id;
    if (key === undefined || callerId === undefined) return this.withoutKey(work, callerId, limit);
    if (typeof key !== 'string' || !KEY.test(key)) throw new IdempotencyKeyMalformed();

    const keyed = again ? this.hidden(callerId, key) : this.keyed(callerId, key);
    for (;;) {
      try {
        return await this.database.transaction(async (tx) => {
          const known = await this.lookUp(tx, keyed, limit);
          if (known.status !== null) return this.replay<T>(tx, known, keyed, again);
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

  private keyed(callerId: string, key: string): Keyed {
    // By template and ids, not by the address: that can be spelt in many ways.
    const route =
      `${this.request.method} ${this.request.routeOptions.url} ${Object.values(this.request.params as object).join(' ')}`.trim();
    const hash = createHash('sha256')
      .update(JSON.stringify(this.request.body ?? null))
      .digest();
    return { limitedId: callerId, callerId, route, key, hash, aad: `idempotency_keys:${callerId}:${route}:${key}` };
  }

  private hidden(callerId: string, key: string): Keyed {
    const hidden = (...parts: unknown[]) => keyedHash(this.keys.hide, JSON.stringify(parts));
    const ids = Object.values(this.request.params as object);
    return {
      ...{ limitedId: callerId, callerId: uuidOf(hidden('caller', callerId)), aad: null },
      route: `${this.request.method} ${this.request.routeOptions.url}`,
      key: hidden('key', callerId, ids, key).toString('base64url'),
      hash: hidden('body', callerId, this.request.body ?? null),
    };
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

  private async lookUp(tx: Tx, { callerId, limitedId, route, key }: Keyed, limit?: Limit): Promise<Known> {
    const values = [callerId, route, key];
    if (!limit) return (await tx.maybeOne<Known>(LOOK_UP, values))!;
    return (await tx.maybeOne<Known>(LOOK_UP_LIMITED, [...values, this.counters.keyOf(limit, limitedId)]))!;
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
    { callerId, limitedId, route, key, hash, aad }: Keyed,
    result: T,
    limit?: Limit,
  ): Conclusion<T> {
    const sealed = aad === null ? null : JSON.stringify(sealJson(this.keys.seal, aad, result));
    const values = [callerId, route, key, hash, this.reply.statusCode, sealed];
    if (!limit) return tx.conclude(RECORD, values, () => result);
    const counted = [...this.counterOf(limit, limitedId), ...values];
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

  private replay<T>(tx: Tx, known: Known, { hash, aad }: Keyed, again?: Again<T>): T | Promise<T> {
    if (!known.requestHash!.equals(hash)) throw new IdempotencyKeyReused();
    void this.reply.header('idempotency-replayed', 'true');
    void this.reply.status(known.status!);
    return aad === null ? again!(tx) : openJson<T>(this.keys.seal, aad, known.response!);
  }
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Makes the Once of a request; bootstrap hands it to Fastify, where `@OnceParam()` finds it. */
@Injectable()
export class OnceFactory implements OnModuleInit {
  private readonly keys: OnceKeys;

  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly counters: Counters,
    vault: Vault,
  ) {
    this.keys = { seal: vault.serverKey('idempotency'), hide: vault.serverKey('private requests') };
  }

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'old idempotency keys', () => this.database.sweep(FORGET));
  }

  /** Forgets what these callers asked of these resources, and what made one of them at that moment: they are gone. */
  async forgetAsked(tx: Tx, callerIds: string[], ids: string[], madeAt: string): Promise<void> {
    tx.write(FORGET_OF, [callerIds, ids, madeAt]);
  }

  /** Deletes the answers that these callers were given: they lie under a key of the server, which nobody destroys. */
  async forget(tx: Tx, callerIds: string[]): Promise<void> {
    await tx.run(FORGET_CALLERS, [callerIds]);
  }

  of(request: FastifyRequest, reply: FastifyReply): Once {
    return new Once(this.database, this.counters, this.keys, request, reply);
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
