import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, statement, sweeping } from '../../../platform/database';
import { Jobs } from '../../../platform/jobs';
import type { PlacedFigures, PlacementOutcome } from '../../checkout-strategy';

const BEGIN = statement(
  'browser_checkouts.begin',
  `INSERT INTO store_browser_checkouts AS c (store_checkout_id, store_id) VALUES ($1, $2)
   ON CONFLICT (store_checkout_id) DO UPDATE SET updated_at = now()
   RETURNING c.id, c.state, c.point_of_no_return_at AS "promisedAt", c.total_cents::float8 AS "totalCents", c.figures, c.looks, c.outcome,
             (SELECT s.status = 'active' FROM stores s WHERE s.id = c.store_id) AS "storeOpen"`,
);
const PROMISE = statement(
  'browser_checkouts.promise',
  `UPDATE store_browser_checkouts
      SET state = 'clicking', run_token = $2, point_of_no_return_at = clock_timestamp(), total_cents = $3, figures = $4, updated_at = now()
    WHERE id = $1 AND state = 'open' RETURNING point_of_no_return_at AS "promisedAt"`,
);
const PLACED = statement(
  'browser_checkouts.placed',
  // A late worker with the same news is right, and changes nothing.
  `WITH news AS (
     UPDATE store_browser_checkouts SET state = 'placed', order_number = $2, outcome = $3, updated_at = now()
      WHERE id = $1 AND state = 'clicking' RETURNING 1
   )
   SELECT 1 AS written WHERE EXISTS (SELECT FROM news)
       OR EXISTS (SELECT FROM store_browser_checkouts WHERE id = $1 AND state = 'placed' AND order_number = $2)`,
);
const OVER = statement(
  'browser_checkouts.over',
  `UPDATE store_browser_checkouts SET state = 'over', outcome = $2, updated_at = now() WHERE id = $1 AND state = 'open' RETURNING 1 AS written`,
);
const NOT_CLICKED = statement(
  'browser_checkouts.not_clicked',
  `UPDATE store_browser_checkouts SET state = 'over', outcome = $2, updated_at = now()
    WHERE id = $1 AND state = 'clicking' AND run_token = $3 RETURNING 1 AS written`,
);
const NOT_THERE = statement(
  'browser_checkouts.not_there',
  `UPDATE store_browser_checkouts SET state = 'over', outcome = $2, updated_at = now() WHERE id = $1 AND state = 'clicking' RETURNING 1 AS written`,
);
const LOOKED = statement(
  'browser_checkouts.looked',
  `UPDATE store_browser_checkouts SET looks = looks + 1, updated_at = now() WHERE id = $1 AND state = 'clicking' RETURNING looks`,
);
const RELINK = statement(
  'browser_checkouts.await_relink',
  `UPDATE store_browser_checkouts
      SET relink_until = coalesce(relink_until, clock_timestamp() + make_interval(mins => $2)), updated_at = now()
    WHERE id = $1 RETURNING relink_until AS until, relink_until < clock_timestamp() AS over`,
);
const KNOWN = statement(
  'browser_checkouts.known_orders',
  `SELECT order_number AS number FROM store_browser_checkouts WHERE store_id = $1 AND order_number = ANY ($2::text[]) AND id <> $3
    UNION SELECT remote_id FROM store_orders WHERE store_id = $1 AND remote_id = ANY ($2::text[])`,
);

/** Sessions end within days, whatever becomes of them; a placement that a person looks at is not that old either. */
const FORGET = sweeping(
  'browser_checkouts.forget',
  'store_browser_checkouts',
  `updated_at < now() - interval '30 days'`,
);
const FORGET_EVERY_MS = 3_600_000;

export interface BrowserCheckout {
  id: string;
  /** `open`: nobody may have clicked. `clicking`: somebody may have. */
  state: 'open' | 'clicking' | 'placed' | 'over';
  promisedAt: Date | null;
  /** What the page said it came to right before the click. */
  totalCents: number | null;
  /** The same in its parts, where it is not what was agreed. */
  figures: PlacedFigures | null;
  looks: number;
  /** Of one that is placed or over. */
  outcome: PlacementOutcome | null;
  storeOpen: boolean;
}

/**
 * What Muse knows of orders that a browser places. Each change is one statement, committed by itself, that says from which state
 * it leads: of two workers one goes on, and the other is told so. From `open` one run alone gets leave to click, ever.
 */
@Injectable()
export class BrowserCheckouts implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'checkouts by browser', () => this.database.sweep(FORGET));
  }

  /** The row of a store checkout, made where there is none. */
  async begin(storeCheckoutId: string, storeId: string): Promise<BrowserCheckout> {
    return (await this.database.maybeOne<BrowserCheckout>(BEGIN, [storeCheckoutId, storeId]))!;
  }

  /** From here on only the store's order list can say what became of it. Null where another run has gone past this. */
  async promise(
    id: string,
    runToken: string,
    { totalCents, figures }: Pick<BrowserCheckout, 'totalCents' | 'figures'>,
  ): Promise<Date | null> {
    const values = [id, runToken, totalCents, figures && JSON.stringify(figures)];
    const row = await this.database.maybeOne<{ promisedAt: Date }>(PROMISE, values);
    return row?.promisedAt ?? null;
  }

  /** False where it was given up: then there must be no order, and somebody has to know. */
  async placed(id: string, orderNumber: string, outcome: PlacementOutcome): Promise<boolean> {
    return (await this.database.maybeOne(PLACED, [id, orderNumber, JSON.stringify(outcome)])) !== undefined;
  }

  /** It ended before anybody might click. False where somebody may have by now. */
  async over(id: string, outcome: PlacementOutcome): Promise<boolean> {
    return (await this.database.maybeOne(OVER, [id, JSON.stringify(outcome)])) !== undefined;
  }

  /** The one run that might click says that it did not. */
  async notClicked(id: string, runToken: string, outcome: PlacementOutcome): Promise<boolean> {
    return (await this.database.maybeOne(NOT_CLICKED, [id, JSON.stringify(outcome), runToken])) !== undefined;
  }

  /** The store has said no to the click, and its list has no such order. */
  async notThere(id: string, outcome: PlacementOutcome): Promise<boolean> {
    return (await this.database.maybeOne(NOT_THERE, [id, JSON.stringify(outcome)])) !== undefined;
  }

  /** The list was read, and it was not there. Gives how often by now. */
  async looked(id: string): Promise<number | null> {
    return (await this.database.maybeOne<{ looks: number }>(LOOKED, [id]))?.looks ?? null;
  }

  /** Until when the shopper may give the sign-in again, counted from the first time, and whether that is over. */
  async awaitRelink(id: string, minutes: number): Promise<{ until: Date; over: boolean }> {
    return (await this.database.maybeOne<{ until: Date; over: boolean }>(RELINK, [id, minutes]))!;
  }

  /** Of these numbers of a store, those that are other orders of Muse. */
  async knownOrders(id: string, storeId: string, numbers: string[]): Promise<Set<string>> {
    const rows = await this.database.rows<{ number: string }>(KNOWN, [storeId, numbers, id]);
    return new Set(rows.map(({ number }) => number));
  }
}
