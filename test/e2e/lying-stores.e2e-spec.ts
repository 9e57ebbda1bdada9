import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startApp, type RunningApp } from '../support/app';
import { afterFile } from '../support/cleanup';
import { CONTACT, addDescribed, customer, eventually, place, sql, type Body, type Shopper } from '../support/shopper';
import { connectStore, linkStore, startStore, type StoreSandbox } from '../support/store-sandbox';

/** Where the sandbox delivers. */
const AUSTIN = {
  name: 'Ana Reyes',
  line1: '500 Congress Ave',
  city: 'Austin',
  region: 'TX',
  postalCode: '78701',
  country: 'US',
};

/** Of one connection alone. */
const HOP = new Set(['host', 'connection', 'content-length']);

type Lie = (session: Body) => unknown;

/** What stands between Muse and a store, and changes what the store says. */
class Liar {
  url = '';
  lie: Lie | null = null;
  /** Answers to which it is told: by the end of the path. */
  at = /checkout_sessions/;

  async start(store: StoreSandbox): Promise<void> {
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const body = Buffer.concat(parts);
      const headers = Object.fromEntries(
        Object.entries(request.headers as Record<string, string>).filter(([name]) => !HOP.has(name)),
      );
      const answer = await fetch(`${store.url}${request.url}`, {
        method: request.method!,
        headers,
        ...(body.length > 0 && { body }),
      });
      const told = await answer.text();
      const lie = this.lie !== null && this.at.test(`${request.method} ${request.url}`) ? this.lie : null;
      const said = lie && answer.ok ? lie(JSON.parse(told)) : told;
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(typeof said === 'string' ? said : JSON.stringify(said));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    afterFile(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  }

  tell(lie: Lie, at = /checkout_sessions/): void {
    this.lie = lie;
    this.at = at;
  }
}

describe('A store that lies', () => {
  const liar = new Liar();
  let muse: RunningApp;
  let target: StoreSandbox;
  let storeId: string;

  beforeAll(async () => {
    target = await startStore('target');
    await liar.start(target);
    muse = await startApp({ SANDBOX_ORIGINS: `${target.url},${liar.url}` });
  }, 120_000);
  // One for each: who lies often is not asked any more.
  beforeEach(async () => {
    liar.lie = null;
    ({ storeId } = await connectStore(muse, target, {
      partner: { hosts: ['target-sandbox.example'], linkRequired: true },
      connection: { baseUrl: liar.url },
    }));
  });

  const linked = async (account: 'ana' | 'bo' | 'cy' = 'ana'): Promise<Shopper> => {
    const shopper = await customer(muse);
    await linkStore(shopper, storeId, account);
    return shopper;
  };
  const begun = async (shopper: Shopper): Promise<Body> => {
    const store = { id: storeId, hosts: ['target-sandbox.example'] };
    await addDescribed(shopper, store, { productSku: 'TG-1', price: { amount: 2000, currency: 'USD' } });
    const { body } = await shopper.post('/checkout/sessions', {}).expect(201);
    await shopper.put(`/checkout/sessions/${body.id}/shipping`, { address: AUSTIN, contact: CONTACT }).expect(200);
    return body;
  };
  const quoted = (shopper: Shopper, id: string): Promise<Body> =>
    eventually(async () => {
      const { body } = await shopper.get(`/checkout/sessions/${id}`).expect(200);
      return body.stores[0].status !== 'quoting' && body;
    }, 20_000);
  const ended = (shopper: Shopper, id: string): Promise<Body> =>
    eventually(async () => {
      const { body } = await shopper.get(`/checkout/sessions/${id}/status`).expect(200);
      return body.status !== 'processing' && body;
    }, 60_000);
  const ordersOf = (sessionId: string) =>
    sql(muse, 'SELECT store_order_id FROM orders WHERE checkout_session_id = $1', [sessionId]);
  const triesOf = async (sessionId: string): Promise<number> =>
    (await sql(muse, 'SELECT attempts FROM placements WHERE session_id = $1', [sessionId]))[0].attempts;
  const totals = (...amounts: [string, number][]) =>
    amounts.map(([type, amount]) => ({ type, display_text: type, amount }));

  it.each<[string, Lie]>([
    ['less than nothing', (session) => ({ ...session, totals: totals(['subtotal', -5], ['total', -5]) })],
    ['more than there is', (session) => ({ ...session, totals: totals(['subtotal', 9e15], ['total', 9e15]) })],
    ['half a cent', (session) => ({ ...session, totals: totals(['subtotal', 0.5], ['total', 0.5]) })],
    ['no amount', (session) => ({ ...session, totals: 'free' })],
    ['another currency', (session) => ({ ...session, currency: 'eur' })],
    ['a checkout without end', (session) => ({ ...session, expires_at: '0000-01-01T00:00:00Z' })],
    ['a name without end', (session) => ({ ...session, id: 'x'.repeat(300) })],
    ['a page', () => '<html><script>alert(1)</script>'],
    ['nothing', () => ''],
    ['a well', () => '[['.repeat(50_000)],
    ['a flood', () => JSON.stringify('x'.repeat(2_000_000))],
  ])('that says %s gives no quote: its checkout is left to its own site', async (_, lie) => {
    const shopper = await linked();
    liar.tell(lie);
    const { id } = await begun(shopper);
    const { stores } = await quoted(shopper, id);
    expect([stores[0].status, stores[0].checkout]).toEqual(['waiting', 'on_store_site']);
  });

  it('of its words, none is more than words, and no address of it leads into a network', async () => {
    const shopper = await linked();
    liar.tell((session) => ({
      ...session,
      continue_url: 'javascript:alert(1)',
      messages: [
        {
          type: 'warning',
          code: 'hey\u0000',
          content_type: 'plain',
          content: `\u202e<img src=x onerror=alert(1)>\u0000`,
        },
      ],
    }));
    const { id } = await begun(shopper);
    const session = await quoted(shopper, id);
    expect(JSON.stringify(session)).not.toMatch(/javascript:|\u202e|\\u0000/);
  });

  it('has an order of it with a number of ten thousand digits, cut to what fits', async () => {
    const shopper = await linked();
    const { id } = await begun(shopper);
    const session = await quoted(shopper, id);
    liar.tell(
      ({ order, ...rest }) => ({
        ...rest,
        ...(order && { order: { ...order, order_number: '9'.repeat(10_000), permalink_url: 'javascript:alert(1)' } }),
      }),
      /checkout_sessions/,
    );
    await place(shopper, session).expect(202);
    const status = await ended(shopper, id);
    expect(status.stores[0]).toMatchObject({ status: 'placed', order: { storeOrderNumber: '9'.repeat(100) } });
    const order = await shopper.get(`/orders/${status.stores[0].order.id}`).expect(200);
    expect(JSON.stringify(order.body)).not.toMatch(/javascript:/);
  });

  it('has no order by the answer of another checkout than the one that was asked for', async () => {
    const shopper = await linked();
    const { id } = await begun(shopper);
    const session = await quoted(shopper, id);
    const another = { id: 'ord_of_another', order_number: '1', status: 'confirmed' };
    liar.tell(
      ({ order, ...answer }) => ({ ...answer, id: 'cs_of_another', order: { ...order, ...another } }),
      /complete$/,
    );
    await place(shopper, session).expect(202);
    // What is not known is looked up: the store's word on the checkout that was asked for.
    await ended(shopper, id);
    const order = (await target.ledger()).at(-1)!;
    expect(await ordersOf(id)).toEqual([{ store_order_id: order.id }]);
  });

  it('has sold one order once: the same for somebody else is none of theirs', async () => {
    const orders = [];
    for (const account of ['ana', 'bo'] as const) {
      const shopper = await linked(account);
      const { id } = await begun(shopper);
      const session = await quoted(shopper, id);
      liar.tell(({ order, ...rest }) => ({ ...rest, ...(order && { order: { ...order, id: 'ord_of_ana' } }) }));
      await place(shopper, session).expect(202);
      await eventually(async () => (await ordersOf(id)).length === 1 || (await triesOf(id)) >= 2, 30_000);
      orders.push(await ordersOf(id));
      liar.lie = null;
    }
    expect(orders).toEqual([[{ store_order_id: 'ord_of_ana' }], []]);
  }, 60_000);

  it('chooses no address that it does not hold: nothing is sent elsewhere instead', async () => {
    const shopper = await linked();
    const { id } = await begun(shopper);
    await quoted(shopper, id);
    await shopper.put(`/checkout/sessions/${id}/stores/${storeId}`, { storeAddressId: 'addr_of_bo' }).expect(200);
    const session = await eventually(async () => {
      const { body } = await shopper.get(`/checkout/sessions/${id}`).expect(200);
      return body.stores[0].status !== 'quoting' && body;
    });
    expect(session).toMatchObject({ readyToPlace: false });
    expect(JSON.stringify(session)).toContain('store_address_unknown');
  });
});
