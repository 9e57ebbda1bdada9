import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { Jobs, LEASE_SECONDS, holdingLease, reasonOf } from '../../platform/jobs';
import { Metrics } from '../../platform/metrics';
import { ACCOUNT_LINKED, ACCOUNT_UNLINKED } from '../accounts/accounts.events';
import { IN_USE } from '../connections/connections';
import type { RemoteOrder, StoreAbility } from '../protocols/store-api';
import { StoreFault } from '../protocols/store-fault';
import { FollowedCalls, NOT_LINKED } from './followed-calls';
import type { AskedBy } from './followed-store';
import { snapshotOf } from './order-snapshot';
import { FOLLOWED_DAYS, LONGEST, afterFault } from './poll-times';
import { StoreOrders } from './store-orders';

const TASK = 'poll_store_order';
const CALL_MS = 15_000;
/** Of one store in one sweep, so that catching up does not take from whoever is buying there. */
const OF_ONE_STORE = 5;
/** What a store does not know, or does not tell, so often is not asked for again. */
const TRIES = 20;

// Store by store: one that is asked as often as it allows keeps nobody from asking another.
const ASKABLE = `(SELECT store_id, 'api' AS by FROM store_connections c WHERE ${IN_USE('c')} UNION ALL SELECT store_id, 'browser' FROM store_recipes WHERE status = 'active')`;
const DUE = `SELECT o.id FROM ${ASKABLE} AS c CROSS JOIN LATERAL (
       SELECT id, next_poll_at FROM store_orders
        WHERE store_id = c.store_id AND asked_by = c.by AND next_poll_at <= now() AND (lease_until IS NULL OR lease_until < now())
        ORDER BY next_poll_at LIMIT ${OF_ONE_STORE}) AS o
    ORDER BY o.next_poll_at LIMIT 200`;
const CLAIM = statement(
  'store_orders.claim',
  `UPDATE store_orders SET lease_token = $2, lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds'
    WHERE id = $1 AND next_poll_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())
   RETURNING id, store_id AS "storeId", remote_id AS "remoteId", user_id AS "userId", checkout_id AS "checkoutId", asked_by AS "askedBy", offers, failures,
          followed_at < now() - interval '${FOLLOWED_DAYS} days' AS "isOver"`,
);
const RENEW = statement(
  'store_orders.renew',
  `UPDATE store_orders SET lease_until = clock_timestamp() + interval '${LEASE_SECONDS} seconds' WHERE id = $1 AND lease_token = $2 RETURNING 1 AS alive`,
);
const LET_GO = statement(
  'store_orders.let_go',
  `UPDATE store_orders SET lease_token = NULL, lease_until = NULL, offers = $3 WHERE id = $1 AND lease_token = $2`,
);
const LATER = statement(
  'store_orders.later',
  `UPDATE store_orders SET next_poll_at = now() + make_interval(secs => $3), last_error = $4, failures = failures + $5::int,
          lease_token = NULL, lease_until = NULL WHERE id = $1 AND lease_token = $2`,
);
const OVERDUE = statement(
  'store_orders.overdue',
  `SELECT (SELECT count(*)::int FROM store_webhooks WHERE finished_at IS NULL) AS webhooks,
          (SELECT coalesce(extract(epoch FROM now() - min(received_at)), 0)::float8 FROM store_webhooks WHERE finished_at IS NULL) AS "oldestWebhook",
          count(*)::int AS polls, coalesce(extract(epoch FROM now() - min(next_poll_at)), 0)::float8 AS "oldestPoll"
     FROM store_orders o JOIN ${ASKABLE} AS c ON c.store_id = o.store_id AND c.by = o.asked_by WHERE o.next_poll_at < now() - interval '1 minute'`,
);

interface Claimed {
  id: string;
  storeId: string;
  remoteId: string;
  userId: string | null;
  checkoutId: string | null;
  askedBy: AskedBy;
  offers: StoreAbility[];
  failures: number;
  isOver: boolean;
}

/**
 * Asks stores for orders of which no webhook tells, or one did not come. Guarantees: an order is asked for by one worker at a
 * time; ever less often while nothing changes; as late as the store says where it is asked too much; and not at all once it
 * has come to its end, or its buyer has unlinked the store.
 */
@Injectable()
export class OrderPolls implements OnModuleInit {
  private readonly logger = new Logger('Stores');

  constructor(
    private readonly calls: FollowedCalls,
    private readonly orders: StoreOrders,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(TASK, ({ id }) => this.take(id), DUE);
    const gauges = {
      muse_store_webhooks_open: { help: 'Verified webhooks of stores that are not worked off' },
      muse_store_webhooks_oldest_seconds: { help: 'How long ago the oldest of them came' },
      muse_store_polls_overdue: { help: 'Orders that a store should have been asked for a minute ago, and was not' },
      muse_store_polls_overdue_oldest_seconds: { help: 'How long the first of them has been waiting' },
    };
    this.metrics.atScrape('stores that tell', gauges, async () => {
      type Row = Record<'webhooks' | 'oldestWebhook' | 'polls' | 'oldestPoll', number>;
      const { webhooks, oldestWebhook, polls, oldestPoll } = (await this.database.maybeOne<Row>(OVERDUE))!;
      return {
        muse_store_webhooks_open: [{ value: webhooks }],
        muse_store_webhooks_oldest_seconds: [{ value: oldestWebhook }],
        muse_store_polls_overdue: [{ value: polls }],
        muse_store_polls_overdue_oldest_seconds: [{ value: oldestPoll }],
      };
    });
    for (const type of [ACCOUNT_LINKED, ACCOUNT_UNLINKED]) {
      this.events.subscribe(type, 'order-polls', async (tx, { payload }) => {
        const { storeId, userId } = payload as { storeId?: string; userId?: string };
        if (!storeId || !userId) return;
        if (type === ACCOUNT_LINKED) await this.orders.takeUp(tx, storeId, userId);
        else await this.orders.leave(tx, storeId, userId);
      });
    }
  }

  /** Asks for one that is due, if nobody else does. */
  async runOnce(id: string): Promise<void> {
    const lease = randomUUID();
    const claimed = await this.database.maybeOne<Claimed>(CLAIM, [id, lease]);
    if (claimed) await this.work(claimed, lease);
  }

  /** The same for the queue, which goes on while a browser reads pages. */
  private async take(id: string): Promise<void> {
    const lease = randomUUID();
    const claimed = await this.database.maybeOne<Claimed>(CLAIM, [id, lease]);
    if (!claimed) return;
    if (claimed.askedBy === 'api') return this.work(claimed, lease);
    await holdingLease(
      () => this.renew(id, lease),
      () => this.jobs.beside(() => this.work(claimed, lease)),
    );
  }

  private async work(claimed: Claimed, lease: string): Promise<void> {
    if (claimed.isOver) return this.later(claimed, lease, null, 'over');
    await holdingLease(
      () => this.renew(claimed.id, lease),
      () => this.ask(claimed, lease),
    );
  }

  private async renew(id: string, lease: string): Promise<boolean> {
    return (await this.database.maybeOne(RENEW, [id, lease])) !== undefined;
  }

  private async ask(row: Claimed, lease: string): Promise<void> {
    try {
      const { storeId, userId, askedBy: by } = row;
      const call = { storeId, userId, key: randomUUID(), timeoutMs: CALL_MS, by };
      const made = await this.calls.make(call, async (store) => {
        const offers = [...(await store.offers())].sort();
        const tells = offers.includes('track') && store.order !== undefined;
        return { offers, told: tells ? await store.order!(row.remoteId, row.checkoutId) : undefined };
      });
      if (!made) return await this.later(row, lease, LONGEST, 'not_connected', 1);
      const { offers, told } = made.answer;
      await this.database.transaction((tx) => this.heard(tx, row, lease, offers, told));
    } catch (error) {
      if (!(error instanceof StoreFault))
        this.logger.error({ message: 'order at a store not asked for', id: row.id, reason: reasonOf(error) });
      // Unlinked before it was followed: whoever unlinks later is heard of.
      if (error instanceof StoreFault && error.code === NOT_LINKED) await this.leave(row);
      const fault = error instanceof StoreFault ? error : new StoreFault('unknown', reasonOf(error), '');
      const isWaiting = fault.kind === 'throttled' || fault.kind === 'relink';
      const seconds = row.failures + 1 < TRIES ? afterFault(fault, row.failures) : null;
      await this.later(row, lease, isWaiting ? afterFault(fault, 0) : seconds, fault.message, isWaiting ? 0 : 1);
    }
  }

  private async leave({ storeId, userId }: Claimed): Promise<void> {
    if (userId !== null) await this.database.transaction((tx) => this.orders.leave(tx, storeId, userId));
  }

  /** `told`: null where the store does not know it, undefined where it tells of no order by itself. */
  private async heard(
    tx: Tx,
    row: Claimed,
    lease: string,
    offers: StoreAbility[],
    told: RemoteOrder | null | undefined,
  ): Promise<void> {
    // First the lease, then the effect: a late worker changes nothing.
    if ((await tx.run(LET_GO, [row.id, lease, offers])) === 0) return;
    let isTold = false;
    // An answer to another question is none.
    if (told && told.id === row.remoteId) isTold = await this.orders.take(tx, row.storeId, snapshotOf(told), 'poll');
    else if (told === undefined) tx.write(STOP, [row.id]);
    else tx.write(UNKNOWN_THERE, [row.id, afterFault(NOT_KNOWN, row.failures), TRIES]);
    if (!isTold && !isDeepStrictEqual(offers, row.offers)) await this.orders.tell(tx, row);
  }

  /** `seconds` null: never again. */
  private async later({ id }: Claimed, lease: string, seconds: number | null, error: string, failed = 0) {
    await this.database.rows(LATER, [id, lease, seconds, error.slice(0, 200), failed]);
  }
}

const NOT_KNOWN = new StoreFault('unavailable', 'order_not_known', '');
const STOP = statement('store_orders.stop', `UPDATE store_orders SET next_poll_at = NULL WHERE id = $1`);
const UNKNOWN_THERE = statement(
  'store_orders.unknown_there',
  `UPDATE store_orders SET failures = failures + 1, last_error = 'order_not_known',
          next_poll_at = CASE WHEN failures + 1 < $3::int THEN now() + make_interval(secs => $2) END WHERE id = $1`,
);
