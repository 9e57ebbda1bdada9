import type { Client } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from './client';
import { MuseSide, type FilledCart, type Shelves } from './muse-side';
import type { Server } from './server';

/** SQL statements that one operation may send, whatever the number of lines. */
const LIMITS = {
  ...{ 'cart read': 2, 'cart write': 4, 'cart add': 4, place: 8, 'direct placement': 10 },
  /** What others do who hear of the order: its conversation, inboxes. No limit of its own: it is a part of the journey's CPU. */
  'told of an order': null,
} as const;
export type Counted = keyof typeof LIMITS;

const LINES = [1, 50] as const;
const TIMES = 20;
const IDLE_MS = 5_000;

export interface StatementCount {
  operation: Counted;
  lines: number;
  /** On average: a look-up that is remembered for seconds counts as far as it was made. */
  perOperation: number;
  limit: number | null;
  over: boolean;
}

interface Called {
  queryid: string;
  query: string;
  calls: number;
}

/** The queue's own statements name its tables; ours only call its add_job. */
const OF_THE_QUEUE = /_private_|graphile_worker"?\.(?!add_job)/;
const OF_PLACEMENTS = `SELECT FROM placements WHERE status <> 'done'`;
const ALL_DONE = `SELECT FROM event_deliveries WHERE status = 'pending' LIMIT 1`;
const OF_THE_TRANSACTION = /^(BEGIN|START TRANSACTION|COMMIT|ROLLBACK)/i;

/**
 * Counts with pg_stat_statements what the server sends for one operation, without BEGIN, COMMIT and the queue's own, and
 * without what an idle worker sends by the clock. The worker is a process of its own here and stands still while a
 * session is placed, so that placing and each store's placement are told apart.
 */
export class StatementCounter {
  private readonly byTheClock = new Set<string>();

  constructor(
    private readonly database: Client,
    private readonly worker: Server,
    private readonly client: Connection,
    private readonly shelves: Shelves,
  ) {}

  async count(): Promise<StatementCount[]> {
    await this.reset();
    await sleep(IDLE_MS);
    for (const { queryid } of await this.called()) this.byTheClock.add(queryid);
    this.worker.pause();
    const counts: StatementCount[] = [];
    for (const lines of LINES) counts.push(...(await this.countWith(lines)));
    this.worker.resume();
    return counts;
  }

  private async countWith(lines: number): Promise<StatementCount[]> {
    const { client } = this;
    const shelf = this.shelves.find((candidate) => candidate.length >= lines)!;
    const variants = shelf.slice(0, lines);
    const muse = new MuseSide(this.shelves);
    const carts: FilledCart[] = [];
    for (let n = 0; n < TIMES; n++) carts.push(await muse.fillCart(client, variants));
    const cart = carts[0]!;
    const { headers } = cart;
    const counts = [
      await this.during('cart read', lines, () => client.send('GET', '/cart', undefined, headers)),
      await this.during('cart write', lines, (n) =>
        client.send('PUT', `/cart/items/${cart.itemId}`, { quantity: 2 + n }, headers),
      ),
      await this.during('cart add', lines, () =>
        client.send('POST', '/cart/items', { variantId: variants[0], quantity: 1 }, headers),
      ),
    ];
    const sessions: Parameters<MuseSide['place']>[1][] = [];
    for (const filled of carts) sessions.push({ ...filled, ...(await muse.beginCheckOut(client, filled)) });
    counts.push(await this.during('place', lines, (n) => muse.place(client, sessions[n]!)));
    await this.holdDeliveries(true);
    counts.push(await this.work('direct placement', lines, OF_PLACEMENTS));
    await this.holdDeliveries(false);
    counts.push(await this.work('told of an order', lines, ALL_DONE));
    return counts;
  }

  /** What the worker sends until nothing is there any more for it to do. */
  private async work(operation: Counted, lines: number, waiting: string): Promise<StatementCount> {
    await this.reset();
    this.worker.resume();
    while ((await this.database.query(waiting)).rowCount !== 0) await sleep(100);
    const result = await this.result(operation, lines);
    this.worker.pause();
    return result;
  }

  /** Deliveries of events look as if another worker had them: then what is counted is the placement, and not who hears of it. */
  private async holdDeliveries(hold: boolean): Promise<void> {
    const { database } = this;
    if (hold) {
      await database.query(
        `CREATE FUNCTION hold_delivery() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.lease_until := 'infinity'; RETURN NEW; END$$`,
      );
      await database.query(
        `CREATE TRIGGER hold BEFORE INSERT ON event_deliveries FOR EACH ROW EXECUTE FUNCTION hold_delivery()`,
      );
      return;
    }
    await database.query(`DROP FUNCTION hold_delivery CASCADE`);
    await database.query(`UPDATE event_deliveries SET lease_until = NULL WHERE lease_until = 'infinity'`);
  }

  private async during(
    operation: Counted,
    lines: number,
    work: (n: number) => Promise<unknown>,
  ): Promise<StatementCount> {
    await this.reset();
    for (let n = 0; n < TIMES; n++) await work(n);
    return this.result(operation, lines);
  }

  private async result(operation: Counted, lines: number): Promise<StatementCount> {
    const called = await this.called();
    const total = called.reduce((sum, { calls }) => sum + calls, 0);
    if (process.env['BENCH_SHOW_STATEMENTS']) {
      console.log(`\n${operation}, ${lines} lines`);
      for (const { query, calls } of called)
        console.log(`${String(calls).padStart(6)}  ${query.replaceAll(/\s+/g, ' ').slice(0, 160)}`);
    }
    const perOperation = total / TIMES;
    const limit = LIMITS[operation];
    // What is remembered for some seconds is asked for now and then: that is less than one statement for each operation.
    return { operation, lines, perOperation, limit, over: limit !== null && Math.floor(perOperation) > limit };
  }

  private async reset(): Promise<void> {
    await this.database.query('SELECT pg_stat_statements_reset()');
  }

  private async called(): Promise<Called[]> {
    const { rows } = await this.database.query<Called>(
      `SELECT queryid::text, query, calls::int FROM pg_stat_statements
        WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND toplevel ORDER BY calls DESC`,
    );
    return rows.filter(
      ({ queryid, query }) =>
        !this.byTheClock.has(queryid) && !OF_THE_TRANSACTION.test(query) && !OF_THE_QUEUE.test(query),
    );
  }
}
