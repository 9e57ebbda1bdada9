import { Erasures } from '../../src/identity/accounts/erasures.service';
import { ErasureRegistry, ExportRegistry } from '../../src/identity';
import { KeyDestroyed, Vault } from '../../src/platform/crypto';
import { Database } from '../../src/platform/database';
import { Mails } from '../../src/platform/mail';
import type { RunningApp } from '../support/app';
import { pgDump } from '../support/client-programs';
import { dumpOf, tablesWith } from '../support/dump';
import { MAIL_IN, PLANTED, makePerson, type Person } from '../support/person';
import { startWithWebhooks } from '../support/payments';
import {
  addVariant,
  checkoutToPlaced,
  customer,
  eventually,
  orderOf,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import type { StripeDouble } from '../support/stripe-double';

const DAY_MS = 86_400_000;
/** Of ids: whose they are. */
const OF_A_PERSON =
  '^(.*_)?(shopper|user|guest|buyer|owner|subject|actor|author|caller|sender|reporter|rater|recipient)(_(user|guest|shopper))?_id$|^(.*_)?(created|changed|recorded|claimed|proposed|decided|blocked|reported|filed|by)(_by)?(_id)?$';

describe('What Muse holds of a person', () => {
  let muse: RunningApp;
  let stripe: StripeDouble;
  let person: Person;

  beforeAll(async () => {
    ({ muse, stripe } = await startWithWebhooks(MAIL_IN));
    person = await makePerson(muse, stripe);
    await calm();
  }, 60_000);

  const get = <T>(type: new (...args: never[]) => T) => muse.app.get<T>(type, { strict: false });
  /** Nothing is under way any more. */
  const calm = () =>
    eventually(async () => {
      const [{ open }] = await sql(
        muse,
        `SELECT (SELECT count(*) FROM event_deliveries WHERE status = 'pending') + (SELECT count(*) FROM mails WHERE status = 'queued')
              + (SELECT count(*) FROM payment_steps WHERE status IN ('queued', 'running')) AS open`,
      );
      return open === 0;
    }, 30_000);

  describe('stands in tables', () => {
    /** Every table that names a person by a key, by the name of a column, or by an id of a journey. */
    const holding = async (): Promise<Set<string>> => {
      const keys = await sql(
        muse,
        `SELECT DISTINCT conrelid::regclass::text AS name FROM pg_constraint
          WHERE contype = 'f' AND confrelid IN ('shoppers'::regclass, 'users'::regclass, 'guests'::regclass)`,
      );
      const named = await sql(
        muse,
        `SELECT DISTINCT table_name AS name FROM information_schema.columns
          WHERE table_schema = 'public' AND data_type = 'uuid' AND column_name ~ $1`,
        [OF_A_PERSON],
      );
      const dump = await dumpOf(muse.database);
      const ids = [person.id, person.guestId, person.shop.merchant.id, person.payable.merchant.id];
      const found = ids.flatMap((id) => tablesWith(dump, id));
      const roots = ['shoppers', 'users', 'guests'];
      return new Set([...keys.map(({ name }) => name), ...named.map(({ name }) => name), ...found, ...roots]);
    };

    it('that are all registered, for the export and for the erasure', async () => {
      const held = await holding();
      // The journey went through what there is: a table with nothing in it would be seen by its columns alone.
      expect([...held]).toEqual(expect.arrayContaining(['events', 'orders', 'mails', 'payments', 'data_keys']));
      const missing = (told: ReadonlyMap<string, unknown>) => [...held].filter((table) => !told.has(table)).sort();
      expect({
        exported: missing(get(ExportRegistry).tables()),
        erased: missing(get(ErasureRegistry).tables()),
      }).toEqual({ exported: [], erased: [] });
    });

    it('and one more would be missed', async () => {
      await sql(muse, `CREATE TABLE forgotten (id uuid, shopper_id uuid REFERENCES shoppers (id))`);
      await sql(muse, `CREATE TABLE overlooked (id uuid, payload jsonb)`);
      await sql(muse, `INSERT INTO overlooked VALUES (uuidv7(), jsonb_build_object('for', $1::text))`, [person.id]);
      const held = await holding();
      await sql(muse, `DROP TABLE forgotten, overlooked`);
      expect([...held]).toEqual(expect.arrayContaining(['forgotten', 'overlooked']));
    });

    it('that there are', async () => {
      const tables = await sql(muse, `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`);
      const known = new Set(tables.map(({ name }) => name));
      const told = [...get(ExportRegistry).tables().keys(), ...get(ErasureRegistry).tables().keys()];
      expect(told.filter((table) => !known.has(table) && !table.startsWith('graphile_worker'))).toEqual([]);
    });
  });

  describe('is forgotten once the account is closed', () => {
    let ledger: Body[];
    let keyIds: string[];

    const ledgerSums = () =>
      sql(
        muse,
        `SELECT payment_id, store_id, account, currency, sum(amount_cents)::text AS sum, count(*) FROM ledger_entries GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
      );
    const amounts = () =>
      sql(
        muse,
        `SELECT o.id, o.total_cents, o.captured_cents, o.refunded_cents, i.product_name, i.quantity, i.unit_price_cents
           FROM orders o JOIN order_items i ON i.order_id = o.id ORDER BY i.id`,
      );
    const wordsLeft = async (): Promise<[string, string[]][]> => {
      const dump = await dumpOf(muse.database);
      // Every row of every table, and what pg_dump makes of them where there is one.
      const written = pgDump(muse.database);
      return Object.values(PLANTED)
        .map((word): [string, string[]] => [
          word,
          [...tablesWith(dump, word), ...(written?.includes(word) ? ['pg_dump'] : [])],
        ])
        .filter(([, tables]) => tables.length > 0);
    };
    /** As if so many days had gone by since. */
    const daysLater = async (days: number): Promise<void> => {
      const earlier = `- make_interval(days => $1)`;
      await sql(muse, `UPDATE orders SET delivered_at = delivered_at ${earlier} WHERE delivered_at IS NOT NULL`, [
        days,
      ]);
      await sql(
        muse,
        `UPDATE users SET erased_at = erased_at ${earlier}, key_kept_until = key_kept_until ${earlier} WHERE erased_at IS NOT NULL`,
        [days],
      );
      await sql(muse, `UPDATE mails SET decided_at = decided_at ${earlier} WHERE decided_at IS NOT NULL`, [days]);
    };
    const keyOf = (subjectId: string) => get(Database).transaction((tx) => get(Vault).keyFor(tx, subjectId));
    let before: Body[];

    beforeAll(async () => {
      const { asGuest, byCard, byHand } = person.orders;
      await sql(
        muse,
        `UPDATE orders SET order_status = 'delivered', delivered_at = now(), order_number = coalesce(order_number, 'S-1') WHERE id = ANY ($1)`,
        [[asGuest.id, byCard.id, byHand.id]],
      );
      [ledger, before] = [await ledgerSums(), await amounts()];
      keyIds = await Promise.all([person.id, person.guestId].map(async (id) => (await keyOf(id)).id));
      await person.delete('/me').expect(200);
    });

    it('at once in every word that stood in the clear', async () => {
      await calm();
      expect(await wordsLeft()).toEqual([]);
    });

    it('while its stores can still read where an order goes, as long as something is on its way back', async () => {
      const { payable, orders } = person;
      const at = `/merchant/stores/${payable.storeId}/orders/${orders.byCard.id}`;
      const read = async () => (await payable.merchant.get(at).expect(200)).body;
      const open = { shippingAddress: { name: PLANTED.name }, contact: { email: PLANTED.contactEmail } };
      expect(await read()).toMatchObject({ ...open, instructions: { note: PLANTED.note } });
      // No more could be asked for by now, but what was asked for is not decided.
      await daysLater(31);
      expect(await get(Erasures).destroyDueKeys()).toBe(1);
      expect(await read()).toMatchObject(open);
    });

    it('in any case after 90 days', async () => {
      await daysLater(58);
      expect(await get(Erasures).destroyDueKeys()).toBe(1);
      await daysLater(1);
      expect(await get(Erasures).destroyDueKeys()).toBe(1);
      const { payable, orders } = person;
      const { body } = await payable.merchant.get(`/merchant/stores/${payable.storeId}/orders/${orders.byCard.id}`);
      expect(body).toMatchObject({ shippingAddress: null, billingAddress: null, contact: null, instructions: null });
      expect(await get(Erasures).destroyDueKeys()).toBe(0);
    });

    it('for good: what is left opens nowhere, and no key is made again', async () => {
      await daysLater(91);
      await get(Mails).forgetOld();
      const dump = await dumpOf(muse.database);
      expect(await wordsLeft()).toEqual([]);
      // Sealed values are left, under keys that are gone: as the user and as the guest before.
      for (const keyId of keyIds) expect(tablesWith(dump, keyId)).toContain('orders');
      const written = pgDump(muse.database);
      expect(written === undefined || keyIds.every((keyId) => written.includes(keyId))).toBe(true);
      for (const subjectId of [person.id, person.guestId]) await expect(keyOf(subjectId)).rejects.toThrow(KeyDestroyed);
      const keys = await sql(muse, `SELECT 1 FROM data_keys WHERE subject_id = ANY ($1) AND wrapped IS NOT NULL`, [
        [person.id, person.guestId],
      ]);
      expect(keys).toEqual([]);
    });

    it('but for the books: amounts, names of goods and the ledger are what they were', async () => {
      expect(await ledgerSums()).toEqual(ledger);
      expect(await amounts()).toEqual(before);
      expect(ledger.length).toBeGreaterThan(0);
    });
  });

  describe('is kept readable for no longer than it is needed, and the answer says so', () => {
    const close = async (who: Shopper): Promise<Body> => (await who.delete('/me').expect(200)).body;
    const bought = async (status: string): Promise<Shopper> => {
      const who = await customer(muse);
      await addVariant(who, person.shop.variantIds[0]);
      const order = await orderOf(who, await checkoutToPlaced(who));
      await sql(
        muse,
        `UPDATE orders SET order_status = $2, delivered_at = CASE WHEN $2 = 'delivered' THEN now() - interval '3 days' END WHERE id = $1`,
        [order.id, status],
      );
      return who;
    };
    const days = (from: string, to: string | null) => (Date.parse(to!) - Date.parse(from)) / DAY_MS;

    it.each([
      ['with nothing bought: not at all', undefined, null],
      ['with an order that was cancelled: not at all', 'cancelled', null],
      ['with an order on its way: a week, and again', 'shipped', 7],
      ['with an order that arrived three days ago: as long as it may be sent back', 'delivered', 27],
    ])('%s', async (_, status, kept) => {
      const who = status === undefined ? await customer(muse) : await bought(status);
      const { closedAt, keyDestroyedAt, keyKeptUntil, keyDestroyedAtTheLatest } = await close(who);
      if (kept === null) {
        expect([keyDestroyedAt, keyKeptUntil, keyDestroyedAtTheLatest]).toEqual([closedAt, null, null]);
      } else {
        expect(keyDestroyedAt).toBeNull();
        expect(days(closedAt, keyKeptUntil)).toBeCloseTo(kept, 2);
        expect(days(closedAt, keyDestroyedAtTheLatest)).toBe(90);
      }
      const [{ gone }] = await sql(muse, `SELECT wrapped IS NULL AS gone FROM data_keys WHERE subject_id = $1`, [
        who.id,
      ]);
      expect(gone).toBe(kept === null);
    });
  });
});
