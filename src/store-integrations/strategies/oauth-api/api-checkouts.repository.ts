import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, statement, sweeping } from '../../../platform/database';
import { Jobs } from '../../../platform/jobs';
import type { PlacementOutcome } from '../../checkout-strategy';
import type { RemoteCheckout, RemoteOrderRef, StoreProtocol } from '../../protocols/store-api';

const ROW = (
  row: string,
) => `${row}.id, ${row}.store_id AS "storeId", ${row}.state, ${row}.remote_id AS "remoteId", ${row}.version,
  coalesce(${row}.remote_expires_at < clock_timestamp(), false) AS "remoteExpired", ${row}.idempotency_key AS "idempotencyKey", ${row}.instrument_id AS "instrumentId",
  ${row}.point_of_no_return_at IS NOT NULL AS promised, ${row}.outcome`;
const BEGIN = statement(
  'api_checkouts.begin',
  `INSERT INTO store_api_checkouts AS c (store_checkout_id, store_id) VALUES ($1, $2)
   ON CONFLICT (store_checkout_id) DO UPDATE SET updated_at = now()
   RETURNING ${ROW('c')}, (SELECT s.status = 'active' FROM stores s WHERE s.id = c.store_id) AS "storeOpen"`,
);
const AGREED = statement(
  'api_checkouts.agreed',
  `UPDATE store_api_checkouts
      SET remote_id = $2, protocol = $3, remote_expires_at = $4, version = version + 1, updated_at = now()
    WHERE id = $1 AND state = 'open' RETURNING version`,
);
const PROMISE = statement(
  'api_checkouts.promise',
  `UPDATE store_api_checkouts
      SET state = 'completing', point_of_no_return_at = clock_timestamp(), idempotency_key = $2, instrument_id = $3, waits_for = NULL, act_until = NULL, updated_at = now()
    WHERE id = $1 AND state = 'open' AND remote_id = $4 RETURNING 1 AS promised`,
);
const COMPLETED = statement(
  'api_checkouts.completed',
  // A late worker with the same news is right, and changes nothing.
  `WITH news AS (
     UPDATE store_api_checkouts
        SET state = 'completed', remote_order_id = $2, remote_order_number = $3, remote_order_url = $4, outcome = $5, waits_for = NULL, act_until = NULL, updated_at = now()
      WHERE id = $1 AND state = 'completing' RETURNING 1
   )
   SELECT 1 AS written WHERE EXISTS (SELECT FROM news)
       OR EXISTS (SELECT FROM store_api_checkouts WHERE id = $1 AND state = 'completed' AND remote_order_id = $2)`,
);
const OVER = statement(
  'api_checkouts.over',
  `UPDATE store_api_checkouts SET state = 'over', outcome = $2, waits_for = NULL, act_until = NULL, updated_at = now()
    WHERE id = $1 AND state = $3 RETURNING 1 AS written`,
);
const AWAIT = statement(
  'api_checkouts.await_shopper',
  `UPDATE store_api_checkouts
      SET act_until = CASE WHEN waits_for = $2 THEN act_until ELSE least(clock_timestamp() + make_interval(mins => $3), $4) END, waits_for = $2, updated_at = now()
    WHERE id = $1 RETURNING act_until AS until, act_until < clock_timestamp() AS over`,
);

/** Sessions end within days, whatever becomes of them; a placement that a person looks at is not that old either. */
const FORGET = sweeping('api_checkouts.forget', 'store_api_checkouts', `updated_at < now() - interval '30 days'`);
const FORGET_EVERY_MS = 3_600_000;

export interface ApiCheckout {
  id: string;
  storeId: string;
  /** `open`: nothing was asked for that cannot be taken back. `completing`: past that point. */
  state: 'open' | 'completing' | 'completed' | 'over';
  remoteId: string | null;
  remoteExpired: boolean;
  version: number;
  idempotencyKey: string | null;
  instrumentId: string | null;
  promised: boolean;
  /** Of one that is completed or over. */
  outcome: PlacementOutcome | null;
  storeOpen: boolean;
}

/**
 * What Muse knows of its checkouts at stores. Each change is one statement, committed by itself, that says from which state it
 * leads: of two workers one goes on, and the other is told so.
 */
@Injectable()
export class ApiCheckouts implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'checkouts at stores', () => this.database.sweep(FORGET));
  }

  /** The row of a store checkout, made where there is none. */
  async begin(storeCheckoutId: string, storeId: string): Promise<ApiCheckout> {
    return (await this.database.maybeOne<ApiCheckout>(BEGIN, [storeCheckoutId, storeId]))!;
  }

  /** The store has answered with this checkout. False where it is past being asked. */
  async agreed(
    id: string,
    protocol: StoreProtocol,
    remote: Pick<RemoteCheckout, 'id' | 'expiresAt'>,
  ): Promise<boolean> {
    return (await this.database.maybeOne(AGREED, [id, remote.id, protocol, remote.expiresAt])) !== undefined;
  }

  /** From here on only the store can say what became of it. False where another worker has decided otherwise. */
  async promise(id: string, remoteId: string, idempotencyKey: string, instrumentId: string | null): Promise<boolean> {
    const promised = await this.database.maybeOne(PROMISE, [id, idempotencyKey, instrumentId, remoteId]);
    return promised !== undefined;
  }

  /** False where it was given up: then the store must not have completed it, and somebody has to know. */
  async completed(id: string, order: RemoteOrderRef, outcome: PlacementOutcome): Promise<boolean> {
    const values = [id, order.id, order.number, order.url, JSON.stringify(outcome)];
    return (await this.database.maybeOne(COMPLETED, values)) !== undefined;
  }

  /** It ended without an order. False where it stands elsewhere than in `from` by now. */
  async over(id: string, from: 'open' | 'completing', outcome: PlacementOutcome): Promise<boolean> {
    return (await this.database.maybeOne(OVER, [id, JSON.stringify(outcome), from])) !== undefined;
  }

  /** Until when the shopper may do this, counted from the first time, and whether that is over. */
  async awaitShopper(
    id: string,
    what: 'relink' | 'redirect',
    minutes: number,
    atMost: Date | null,
  ): Promise<{ until: Date; over: boolean }> {
    return (await this.database.maybeOne<{ until: Date; over: boolean }>(AWAIT, [id, what, minutes, atMost]))!;
  }
}
