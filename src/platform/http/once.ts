import { createParamDecorator, Injectable, type ExecutionContext, type OnModuleInit } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Vault, openJson, sealJson, type DataKey, type SealedJson } from '../crypto';
import { Database, brokenConstraint, statement, type Conclusion, type Tx } from '../database';
import { Jobs } from '../jobs';
import { DomainError } from './domain-error';

const KEY = /^[\x21-\x7e]{1,255}$/;

const LOOK_UP = statement(
  'idempotency.look_up',
  `SELECT pg_try_advisory_xact_lock(hashtextextended($1::uuid || ' ' || $2::text || ' ' || $3::text, 0)) AS locked,
          k.request_hash AS "requestHash", k.status, k.response
     FROM (VALUES (1)) AS one
     LEFT JOIN idempotency_keys k
       ON k.caller_id = $1 AND k.route = $2 AND k.key = $3 AND k.created_at > now() - interval '24 hours'`,
);
const RECORD = statement(
  'idempotency.record',
  `INSERT INTO idempotency_keys AS k (caller_id, route, key, request_hash, status, response) VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (caller_id, route, key) DO UPDATE
     SET request_hash = excluded.request_hash, status = excluded.status, response = excluded.response, created_at = now()
   WHERE k.created_at <= now() - interval '24 hours' OR refuse('idempotency_keys_pkey')`,
);

const FORGET_AT_ONCE = 5_000;
const FORGET = statement(
  'idempotency.forget',
  `WITH old AS (SELECT ctid FROM idempotency_keys WHERE created_at < now() - interval '24 hours' LIMIT ${FORGET_AT_ONCE})
   DELETE FROM idempotency_keys k USING old WHERE k.ctid = old.ctid RETURNING 1 AS gone`,
);
const FORGET_EVERY_MS = 10 * 60_000;

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
interface Known {
  locked: boolean;
  requestHash: Buffer | null;
  status: number | null;
  response: SealedJson | null;
}

/**
 * Runs the effect of one POST in one transaction, at most once per caller, route and Idempotency-Key for 24 hours.
 * The answer is recorded in the transaction of the effect, so there is no moment in which one stands without the other.
 * Errors are not recorded: the same key may try again. Without the header it is a plain transaction.
 */
export class Once {
  constructor(
    private readonly database: Database,
    private readonly sealKey: DataKey,
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
  ) {}

  /** As run(), for routes that must not be called without a key. Throws IdempotencyKeyRequired. */
  async runWithKey<T extends object>(work: (tx: Tx) => Promise<T | Conclusion<T>>): Promise<T> {
    if (this.request.headers['idempotency-key'] === undefined) throw new IdempotencyKeyRequired();
    return this.run(work);
  }

  async run<T extends object>(work: (tx: Tx) => Promise<T | Conclusion<T>>): Promise<T> {
    const key = this.request.headers['idempotency-key'];
    const callerId = (this.request as { user?: { id: string } }).user?.id;
    if (key === undefined || callerId === undefined) return this.database.transaction(work);
    if (typeof key !== 'string' || !KEY.test(key)) throw new IdempotencyKeyMalformed();

    // By template and ids, not by the address: that can be spelt in many ways.
    const route =
      `${this.request.method} ${this.request.routeOptions.url} ${Object.values(this.request.params as object).join(' ')}`.trim();
    const hash = createHash('sha256')
      .update(JSON.stringify(this.request.body ?? null))
      .digest();
    const aad = `idempotency_keys:${callerId}:${route}:${key}`;
    for (;;) {
      try {
        return await this.database.transaction(async (tx) => {
          const known = (await tx.maybeOne<Known>(LOOK_UP, [callerId, route, key]))!;
          if (known.response !== null) return this.replay<T>(known, hash, aad);
          if (!known.locked) throw new StillRunning();
          const result = await tx.settle(await work(tx));
          const sealed = JSON.stringify(sealJson(this.sealKey, aad, result));
          tx.write(RECORD, [callerId, route, key, hash, this.reply.statusCode, sealed]);
          return result;
        });
      } catch (error) {
        // The first request committed between our look and our lock: what it recorded is the answer.
        if (brokenConstraint(error) === 'idempotency_keys_pkey') continue;
        throw error;
      }
    }
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
    vault: Vault,
  ) {
    this.sealKey = vault.serverKey('idempotency');
  }

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'old idempotency keys', () => this.forgetOld());
  }

  /** In pieces, so that no number of them is too many for one statement's time. */
  private async forgetOld(): Promise<void> {
    while ((await this.database.rows(FORGET)).length === FORGET_AT_ONCE);
  }

  of(request: FastifyRequest, reply: FastifyReply): Once {
    return new Once(this.database, this.sealKey, request, reply);
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
