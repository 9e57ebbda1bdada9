import { Injectable, type OnModuleInit } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { ErasureRegistry, ExportRegistry } from '../../identity';
import { statement, sweeping, Database, type Reader, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { Jobs } from '../../platform/jobs';
import type { StoreAbility } from '../protocols/store-api';
import type { AskedBy } from './followed-store';
import { STORE_ORDER_CHANGED } from './following.events';
import { merged, type OrderSnapshot } from './order-snapshot';
import { nextPoll } from './poll-times';

const FORGET_EVERY_MS = 3_600_000;

/** An order at a store, as it is known. */
export interface StoreOrder {
  id: string;
  storeId: string;
  /** The store's key of it. */
  remoteId: string;
  /** The store's checkout that it was made from; null where nobody knows. */
  checkoutId: string | null;
  /** Null until the store has told anything. */
  snapshot: OrderSnapshot | null;
  /** What the store can do about it by its interface; empty until it was asked. */
  offers: StoreAbility[];
  /** Its buyer has unlinked the store, and no webhook has ever told of it: nobody hears of it any more. */
  isUnfollowed: boolean;
}

type Left = Pick<StoreOrder, 'id' | 'storeId'>;
type Locked = StoreOrder & { followed: boolean; hadWebhook: boolean; pollSeconds: number };

const COLUMNS = `id, store_id AS "storeId", remote_id AS "remoteId", checkout_id AS "checkoutId", snapshot, offers,
          unlinked_at IS NOT NULL AND webhook_at IS NULL AS "isUnfollowed"`;
const IS_OVER = `coalesce(snapshot->>'status' IN ('cancelled', 'returned'), false)`;
const LOCK = statement(
  'store_orders.lock_or_make',
  `INSERT INTO store_orders (store_id, remote_id) VALUES ($1, $2)
   ON CONFLICT (store_id, remote_id) DO UPDATE SET remote_id = excluded.remote_id
   RETURNING ${COLUMNS}, followed_at IS NOT NULL AS followed, webhook_at IS NOT NULL AS "hadWebhook", poll_seconds AS "pollSeconds"`,
);
const HEARD = statement(
  'store_orders.heard',
  `UPDATE store_orders SET snapshot = $2::jsonb, checkout_id = coalesce(checkout_id, $6), version = version + $3::int, webhook_at = CASE WHEN $4 THEN now() ELSE webhook_at END,
          poll_seconds = coalesce($5::int, 0), next_poll_at = CASE WHEN followed_at IS NOT NULL AND unlinked_at IS NULL THEN now() + make_interval(secs => $5) END,
          failures = 0, last_error = NULL, updated_at = now()
    WHERE id = $1`,
);
const FOLLOW = statement(
  'store_orders.follow',
  `UPDATE store_orders o SET followed_at = now(), user_id = $2, asked_by = $3, updated_at = now(),
          checkout_id = coalesce(checkout_id, (SELECT c.remote_id FROM store_api_checkouts c
             WHERE c.store_id = o.store_id AND c.remote_order_id = o.remote_id LIMIT 1)),
          next_poll_at = CASE WHEN ${IS_OVER} THEN NULL ELSE now() END
    WHERE id = $1 AND followed_at IS NULL`,
);
// By what is linked now: this may be heard late. Whoever is asking at this moment has the lease no more, and nothing comes of it.
const LEAVE = statement(
  'store_orders.leave',
  `UPDATE store_orders o SET unlinked_at = now(), next_poll_at = NULL, lease_token = NULL, lease_until = NULL, updated_at = now()
    WHERE store_id = $1 AND user_id = $2 AND next_poll_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM store_accounts a WHERE a.user_id = o.user_id AND a.store_id = o.store_id)
   RETURNING id, store_id AS "storeId"`,
);
const TAKE_UP = statement(
  'store_orders.take_up',
  `UPDATE store_orders o SET unlinked_at = NULL, next_poll_at = CASE WHEN ${IS_OVER} THEN NULL ELSE now() END, updated_at = now()
    WHERE store_id = $1 AND user_id = $2 AND (next_poll_at IS NOT NULL OR unlinked_at IS NOT NULL)
      AND EXISTS (SELECT FROM store_accounts a WHERE a.user_id = o.user_id AND a.store_id = o.store_id)
   RETURNING id, store_id AS "storeId"`,
);
const ONE = statement('store_orders.one', `SELECT ${COLUMNS} FROM store_orders WHERE id = $1`);
const FORGET_USER = statement(
  'store_orders.forget_user',
  `UPDATE store_orders SET user_id = NULL, next_poll_at = NULL, unlinked_at = CASE WHEN followed_at IS NOT NULL THEN now() END WHERE user_id = $1`,
);
/** A store tells of orders of its shoppers that came to it otherwise, and of some that never become orders here. */
const FORGET = sweeping(
  'store_orders.forget',
  'store_orders',
  `followed_at IS NULL AND created_at < now() - interval '30 days'`,
);

/**
 * What stores say of orders there. Guarantee: in whatever order and however often it is told, by webhooks, polls and answers
 * alike, the row comes to the same; and each time that it changes, `store_order.changed` says so in the same transaction.
 */
@Injectable()
export class StoreOrders implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
    private readonly exports: ExportRegistry,
    private readonly erasures: ErasureRegistry,
  ) {}

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'orders at stores that are nobody’s', () => this.database.sweep(FORGET));
    this.exports.leaveOut('store-orders', {
      store_orders: 'what a store says of an order there: shown with the order',
    });
    this.erasures.register(
      'store-orders',
      async (tx, userId) => {
        await tx.run(FORGET_USER, [userId]);
      },
      { store_orders: true },
    );
  }

  /** Takes what a store tells of an order, by a webhook or as an answer. True where it was news. */
  async take(tx: Tx, storeId: string, told: OrderSnapshot, by: 'poll' | 'webhook'): Promise<boolean> {
    const row = await this.lock(tx, storeId, told.id);
    const snapshot = merged(row.snapshot, told);
    const isNews = !isDeepStrictEqual(snapshot, row.snapshot);
    const hasWebhooks = by === 'webhook' || row.hadWebhook;
    const seconds = nextPoll({ by, status: snapshot.status, isNews, hasWebhooks, seconds: row.pollSeconds });
    tx.write(HEARD, [row.id, JSON.stringify(snapshot), isNews ? 1 : 0, by === 'webhook', seconds, snapshot.checkoutId]);
    if (isNews) await this.tell(tx, row);
    return isNews;
  }

  /**
   * An order of Muse is it: from now on the store is asked for it, in the buyer's name (null: a guest). Gives what is known
   * of it already, for a webhook may have come before. Again: the same.
   */
  async follow(
    tx: Tx,
    storeId: string,
    remoteId: string,
    userId: string | null,
    by: AskedBy = 'api',
  ): Promise<StoreOrder> {
    const row = await this.lock(tx, storeId, remoteId);
    if (!row.followed) tx.write(FOLLOW, [row.id, userId, by]);
    return row;
  }

  /** Undefined for an unknown one. */
  one(reader: Reader, id: string): Promise<StoreOrder | undefined> {
    return reader.maybeOne<StoreOrder>(ONE, [id]);
  }

  /**
   * A user's account at a store is linked no more: the store is not asked for their orders, in nobody's name either. What its
   * webhooks tell is still heard.
   */
  async leave(tx: Tx, storeId: string, userId: string): Promise<void> {
    for (const row of await tx.rows<Left>(LEAVE, [storeId, userId])) await this.tell(tx, row);
  }

  /** It is linked, for the first time or again: what waited for that is asked for at once. */
  async takeUp(tx: Tx, storeId: string, userId: string): Promise<void> {
    for (const row of await tx.rows<Left>(TAKE_UP, [storeId, userId])) await this.tell(tx, row);
  }

  /** That something of it has changed. */
  async tell(tx: Tx, { id, storeId }: Left): Promise<void> {
    await this.events.publish(tx, {
      ...{ type: STORE_ORDER_CHANGED, aggregateId: id, payload: { storeOrderId: id, storeId } },
    });
  }

  private async lock(tx: Tx, storeId: string, remoteId: string): Promise<Locked> {
    return (await tx.maybeOne<Locked>(LOCK, [storeId, remoteId]))!;
  }
}
