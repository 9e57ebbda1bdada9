import { request, type IncomingMessage } from 'node:http';
import { ExportRegistry, exportSection, type Exported } from '../../src/identity';
import type { RunningApp } from '../support/app';
import { leaksIn } from '../support/leaks';
import { startWithWebhooks } from '../support/payments';
import { MAIL_IN, PLANTED, STORE_TOKENS, makePerson, type Person } from '../support/person';
import {
  API,
  addVariant,
  checkoutToPlaced,
  customer,
  eventually,
  guest,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import type { StripeDouble } from '../support/stripe-double';

const DOCUMENTED = ['format', 'exportedAt', 'complete'];

describe('An export', () => {
  let muse: RunningApp;
  let stripe: StripeDouble;
  let person: Person;
  let text: string;
  let body: Body;

  beforeAll(async () => {
    ({ muse, stripe } = await startWithWebhooks(MAIL_IN));
    person = await makePerson(muse, stripe);
    await eventually(async () => {
      const [{ open }] = await sql(muse, `SELECT count(*) AS open FROM event_deliveries WHERE status = 'pending'`);
      return open === 0;
    });
    const answer = await person
      .get('/me/export')
      .expect(200)
      .expect('content-type', /^application\/json/);
    [text, body] = [answer.text, answer.body];
  }, 60_000);

  it('tells everything that somebody left in words, in the clear', () => {
    for (const word of Object.values(PLANTED)) expect([word, text.includes(word)]).toEqual([word, true]);
    for (const token of Object.values(STORE_TOKENS)) expect(text).not.toContain(token);
  });

  it('has something in every section, and says at the end that it is whole', () => {
    const empty = Object.entries(body as object).filter(([, value]) => Array.isArray(value) && value.length === 0);
    expect(empty.map(([name]) => name)).toEqual([]);
    expect(Object.keys(body as object)[0]).toBe('format');
    expect(Object.keys(body as object).at(-1)).toBe('complete');
    expect(body).toMatchObject({ format: 1, exportedAt: expect.any(String), complete: true });
  });

  it('has the sections that the document names, and no others', async () => {
    const { components } = (await muse.http.get('/api/docs-json').expect(200)).body;
    const { properties } = components.schemas.ExportResponse;
    expect(Object.keys(body as object).sort()).toEqual(Object.keys(properties as object).sort());
    for (const [name, schema] of Object.entries(properties as Record<string, Body>)) {
      if (DOCUMENTED.includes(name)) continue;
      const of = schema.items.$ref.split('/').at(-1);
      expect([name, components.schemas[of]?.type]).toEqual([name, 'object']);
    }
  });

  it('tells what was theirs as a guest, and what came of it', () => {
    const { asGuest, byCard, byHand, cancelled } = person.orders;
    const orders = new Map(body.orders.map((order: Body) => [order.id, order]));
    expect(orders.size).toBe(6);
    expect(orders.get(asGuest.id)).toMatchObject({
      shippingAddress: { name: PLANTED.guestName },
      contact: { email: PLANTED.guestEmail },
    });
    expect(body.account).toMatchObject([
      { id: person.id, email: PLANTED.email, displayName: PLANTED.displayName, guests: [{ id: person.guestId }] },
    ]);
    expect(orders.get(byCard.id)).toMatchObject({
      payment: { method: 'visa', last4: '4242' },
      returns: [{ items: [{ reason: PLANTED.returnReason }] }],
      refunds: [{ amount: { amount: 100, currency: 'USD' }, reason: PLANTED.refundReason }],
      instructions: { note: PLANTED.note, gift: { message: PLANTED.giftMessage }, deliveryNote: PLANTED.deliveryNote },
    });
    expect(orders.get(byHand.id)).toMatchObject({ payment: { reference: PLANTED.reference } });
    const history = (orders.get(cancelled.id) as Body).history;
    expect(history.at(-1)).toMatchObject({ type: 'cancelled', actor: 'buyer', reason: PLANTED.cancelReason });
    expect(body.mails.filter((mail: Body) => mail.kind === 'order_placed').length).toBeGreaterThanOrEqual(4);
  });

  it('tells of credentials that there are any and since when, never what they are', async () => {
    expect(body.apiKeys).toMatchObject([{ name: PLANTED.apiKeyName, createdAt: expect.any(String) }]);
    expect(body.signIns).toMatchObject([{ beganAt: expect.any(String), endedAt: null }]);
    expect(body.mailedLinks).toContainEqual(expect.objectContaining({ purpose: 'reset_password', usedAt: null }));
    expect(body.paymentMethods[0]).toMatchObject({ brand: 'visa', last4: '4242' });
    expect(leaksIn('the export', text)).toEqual([]);
    const secrets = await sql(
      muse,
      `SELECT password_hash AS secret FROM users WHERE id = $1
       UNION SELECT encode(token_hash, 'hex') FROM refresh_tokens WHERE user_id = $1 UNION SELECT encode(token_hash, 'base64') FROM refresh_tokens WHERE user_id = $1
       UNION SELECT encode(token_hash, 'hex') FROM api_keys WHERE user_id = $1 UNION SELECT encode(token_hash, 'base64') FROM one_time_tokens WHERE user_id = $1
       UNION SELECT provider_method_id FROM payment_methods WHERE shopper_id = $1 UNION SELECT provider_customer_id FROM payment_customers WHERE user_id = $1
       UNION SELECT encode(wrapped, 'base64') FROM data_keys WHERE subject_id = $1`,
      [person.id],
    );
    expect(secrets.length).toBeGreaterThanOrEqual(7);
    for (const { secret } of secrets) expect(text.includes(secret as string)).toBe(false);
  });

  it("tells nothing of anybody else's", async () => {
    const other = await customer(muse);
    await addVariant(other, person.shop.variantIds[0]);
    await checkoutToPlaced(other);
    const { text: theirs, body: whole } = await other.get('/me/export').expect(200);
    expect(whole.orders).toHaveLength(1);
    for (const word of Object.values(PLANTED)) expect(theirs).not.toContain(word);
    expect(theirs).not.toContain(person.id);
    expect((await person.get('/me/export').expect(200)).text).not.toContain(other.id);
    // A merchant has stores, and not what was bought there.
    const { body: ofMerchant } = await person.shop.merchant.get('/me/export').expect(200);
    expect(ofMerchant).toMatchObject({ orders: [], stores: [{ id: person.shop.storeId }] });
    expect(JSON.stringify(ofMerchant)).not.toContain(PLANTED.name);
  });

  it('is for users by their present credentials: no guest, no API key, no token of before', async () => {
    expect((await (await guest(muse)).get('/me/export').expect(403)).body.code).toBe('forbidden');
    const { body: made } = await person.post('/me/api-keys', { name: 'all', scopes: ['orders:read'] }).expect(201);
    const program = shopperOf(muse, person.id, { authorization: `Bearer ${made.token}` });
    expect((await program.get('/me/export').expect(403)).body.code).toBe('scope_missing');
    const gone = await customer(muse);
    await gone.post('/auth/logout-everywhere').expect(204);
    expect((await gone.get('/me/export').expect(401)).body.code).toBe('unauthenticated');
    const closed = await customer(muse);
    await closed.delete('/me').expect(200);
    expect((await closed.get('/me/export').expect(401)).body.code).toBe('unauthenticated');
  });

  describe('that is long', () => {
    class Piece {
      n: number;
    }
    let asked = 0;
    let until = 0;
    let breaksAt = Infinity;

    beforeAll(() => {
      const pieces = async function* ({ userId }: Exported): AsyncGenerator<Piece & { filling: string }> {
        for (let n = 0; userId !== person.id && n < until; n++) {
          if (n >= breaksAt) throw new Error('no more');
          asked = n + 1;
          yield { n, filling: 'x'.repeat(1_000) };
        }
      };
      const section = exportSection('pieces', Piece, 'Of the test');
      muse.app.get(ExportRegistry, { strict: false }).register({ section, tables: {}, read: pieces });
    });
    /** The answer as it comes in, and its end. */
    const open = async (take: (chunk: Buffer, answer: IncomingMessage) => void, who?: Shopper) => {
      const { headers } = who ?? (await customer(muse));
      return new Promise<{ whole: boolean; byUs: boolean }>((resolve, reject) => {
        const call = request(`${muse.url}${API}/me/export`, { headers }, (answer) => {
          let byUs = false;
          answer.on('data', (chunk: Buffer) => take(chunk, answer));
          answer.on('close', () => resolve({ whole: answer.complete, byUs }));
          answer.on('error', () => undefined);
          setTimeout(() => {
            byUs = true;
            answer.destroy();
          }, 3_000).unref();
        });
        call.on('error', reject);
        call.end();
      });
    };

    it('is read no faster than it is taken in', async () => {
      [until, breaksAt] = [500_000, Infinity];
      await open((_, answer) => answer.pause());
      // What fits into the buffers of both ends, of half a gigabyte.
      expect(asked).toBeGreaterThan(0);
      expect(asked).toBeLessThan(50_000);
    }, 15_000);

    it('ends when its account is closed in the meantime', async () => {
      [until, breaksAt] = [500_000, Infinity];
      const who = await customer(muse);
      let chunks = 0;
      const end = await open((_, answer) => {
        if (++chunks > 1) return;
        answer.pause();
        void who.delete('/me').then(({ status }) => status === 200 && answer.resume());
      }, who);
      expect(end).toEqual({ whole: false, byUs: false });
    }, 15_000);

    it('and breaks off on the way is no document', async () => {
      [until, breaksAt] = [10_000, 5_000];
      let received = '';
      const end = await open((chunk) => (received += chunk.toString()));
      expect(end).toEqual({ whole: false, byUs: false });
      expect(received.length).toBeGreaterThan(0);
      expect(() => JSON.parse(received)).toThrow(SyntaxError);
      // Others go on.
      await muse.http.get('/api/v1/health/live').expect(200);
    }, 15_000);
  });
});
