import { Client } from 'pg';
import { Books } from '../../../src/payments/ledger/books';
import { startPaying } from '../../support/paying';
import { PaymentsWorld, type PayableStore } from '../../support/payments-world';
import { makeUser, signIn, usd } from '../../support/sellers';
import { shopperOf, sql, type Body, type Shopper } from '../../support/shopper';

/** As many as a store has that sells a hundred times a day for three years. */
const MANY = Number(process.env['BOOKS_ENTRIES'] ?? 300_000);

/** So many sales of a cent ($3), the last of them now, all within so many hours ($4). */
const ADD = `INSERT INTO ledger_entries (transaction_id, payment_id, kind, account, amount_cents, currency, store_id, created_at)
  SELECT sale.id, $1, 'share', side.account, side.cents, 'USD', $2, now() - interval '1 hour' * $4 * (1 - n / $3::float8)
    FROM generate_series(1, $3::int) AS n, LATERAL (SELECT uuidv7() AS id WHERE n > 0) AS sale,
         (VALUES ('merchant', -1), ('provider', 1)) AS side (account, cents)`;

describe('The books of the ledger', () => {
  let world: PaymentsWorld;
  let store: PayableStore;
  let support: Shopper;

  beforeAll(async () => {
    const { muse, stripe } = await startPaying({ MUSE_ROLE: 'api' });
    world = new PaymentsWorld(muse, stripe);
    store = await world.store();
    const account = await makeUser(muse, 'support');
    support = shopperOf(muse, account.id, await signIn(muse, account));
  });

  const close = (openFor?: string) => world.muse.app.get(Books, { strict: false }).close(openFor);
  const balance = async ({ merchant, storeId }: PayableStore = store): Promise<Body> =>
    (await merchant.get(`/merchant/stores/${storeId}/balance`).expect(200)).body.data[0];
  const ledger = async (): Promise<Body[]> => (await support.get('/admin/ledger').expect(200)).body.data;
  const entered = () =>
    sql(
      world.muse,
      `SELECT currency, account, sum(amount_cents)::bigint AS cents FROM ledger_entries GROUP BY 1, 2 ORDER BY 1, 2`,
    );
  const asEntered = async () => {
    const told = (await ledger()).flatMap(({ accounts }) => accounts);
    expect(told).toEqual(
      (await entered()).map(({ currency, account, cents }) => ({
        account,
        balance: { amount: Number(cents), currency },
      })),
    );
  };
  const sold = (amountCents = 2000) => world.captured({ [store.storeId]: amountCents });
  const sums = async () =>
    (await sql(world.muse, `SELECT coalesce(sum(abs(amount_cents)), 0)::bigint AS cents FROM ledger_sums`))[0].cents;

  it('say what every account has, and that each currency is zero together', async () => {
    await sold();
    const [books, ...others] = await ledger();
    expect(others).toEqual([]);
    expect(books!.sum).toEqual(usd(0));
    expect(books!.accounts).toContainEqual({
      account: 'platform',
      balance: expect.objectContaining({ currency: 'USD' }),
    });
    await asEntered();
  });

  it('say the same when they are closed, again and again, by many at once, and between sales', async () => {
    await sold();
    const before = [await balance(), await ledger()];
    await close();
    expect(await sums()).toBe(0);
    await Promise.all([close('0 seconds'), close('0 seconds'), close('0 seconds')]);
    expect(await sums()).toBeGreaterThan(0);
    expect([await balance(), await ledger()]).toEqual(before);
    await sold(3000);
    await asEntered();
    await close('0 seconds');
    await asEntered();
    expect((await balance()).available).toEqual(usd(3 * 1900 + 950));
  });

  it('leave out nothing of a transaction that is open while they are closed', async () => {
    const { paymentId } = await sold();
    const before = (await balance()).pending.amount;
    await session(async (client) => {
      await client.query('BEGIN');
      await client.query(ADD, [paymentId, store.storeId, 1, 2]);
      await close('0 seconds');
      await client.query('COMMIT');
    });
    await close('0 seconds');
    await asEntered();
    expect((await balance()).pending.amount).toBe(before + 1);
  });

  it('are read at once, however long a store has sold', async () => {
    const other = await world.store();
    const { paymentId } = await world.captured({ [other.storeId]: 2000 });
    const before = (await balance(other)).pending.amount;
    // As before anything was closed.
    await sql(world.muse, 'DELETE FROM ledger_sums');
    await sql(world.muse, `UPDATE ledger_closed SET until = now() - interval '1001 days'`);
    await session(async (client) => {
      // That entries add up is looked at one by one, which would take minutes here.
      await client.query(`SET session_replication_role = replica; SET statement_timeout = 0`);
      await client.query(ADD, [paymentId, other.storeId, MANY / 2, 1000 * 24]);
      await client.query('ANALYZE ledger_entries');
    });
    await close();
    const [{ until }] = await sql(world.muse, 'SELECT until FROM ledger_closed');
    expect(Date.now() - until.getTime()).toBeLessThan(2 * 3_600_000);
    const timed = async <T>(ask: () => Promise<T>): Promise<[T, number]> => {
      const began = performance.now();
      return [await ask(), performance.now() - began];
    };
    const [after, tookMs] = await timed(() => balance(other));
    expect(after.pending.amount - before).toBe(MANY / 2);
    const [books, booksTookMs] = await timed(ledger);
    expect(books.map(({ sum }) => sum.amount)).toEqual([0]);
    await asEntered();
    expect(Math.max(tookMs, booksTookMs)).toBeLessThan(500);
  }, 300_000);

  async function session(work: (client: Client) => Promise<void>): Promise<void> {
    const client = new Client({ connectionString: world.muse.database });
    await client.connect();
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }
});
