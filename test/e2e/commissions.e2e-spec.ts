import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { openPartner } from '../support/market';
import { makeUser, signIn, usd } from '../support/sellers';
import {
  addDescribed,
  checkoutToPlaced,
  customer,
  guest,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

const HEADER = 'transactionId,clickref,occurredAt,status,commission,sale,currency,reverses';
const AWIN = { network: 'awin', parameters: { merchantId: '6220', publisherId: '45628' } };

describe('Commissions', () => {
  let muse: RunningApp;
  let admin: Shopper;
  let store: { id: string; name: string; hosts: string[] };
  let today: string;

  beforeAll(async () => {
    muse = await startApp();
    const user = await makeUser(muse, 'admin');
    admin = shopperOf(muse, user.id, await signIn(muse, user));
  });
  beforeEach(async () => {
    store = await openPartner(muse);
    await admin.put(`/admin/stores/${store.id}/affiliate-programme`, AWIN).expect(200);
    today = new Date().toISOString().slice(0, 10);
  });

  const handOff = async (shopper: Shopper): Promise<{ id: string; clickId: string }> => {
    await addDescribed(shopper, store, { productUrl: `https://${store.hosts[0]}/p/a` });
    const [{ handoffId: id, continueUrl }] = (await checkoutToPlaced(shopper)).stores;
    return { id, clickId: new URL(continueUrl).pathname.split('/')[2]! };
  };
  const upload = (lines: string[], more: object = {}, headers: Record<string, string> = {}) =>
    admin.post(
      '/admin/affiliate-conversions',
      { network: 'awin', csv: [HEADER, ...lines].join('\n'), ...more },
      headers,
    );
  const taken = async (lines: string[], more: object = {}): Promise<Body> =>
    (await upload(lines, more).expect(200)).body;
  const listed = async (query = `storeId=${store.id}`): Promise<Body[]> =>
    (await admin.get(`/admin/affiliate-conversions?${query}`).expect(200)).body.data;
  const own = () => `T-${randomUUID()}`;

  it('are joined to the order of their click, whenever that is placed', async () => {
    const shopper = await guest(muse);
    const { id, clickId } = await handOff(shopper);
    const [transaction, early] = [own(), own()];
    expect(
      await taken([
        `${transaction},${clickId},${today},pending,12.34,205.60,USD,`,
        `${early},${'z'.repeat(28)},${today},approved,1.00,,USD,`,
      ]),
    ).toEqual({ network: 'awin', lines: 2, added: 2, changed: 0, unchanged: 0, matched: 1, errors: [] });
    expect(await listed()).toMatchObject([
      {
        ...{
          network: 'awin',
          transactionId: transaction,
          kind: 'commission',
          status: 'pending',
          handoffId: id,
          clickId,
        },
        ...{ store: { id: store.id, name: store.name }, order: null, commission: usd(1234), sale: usd(20_560) },
      },
    ]);
    const { body: order } = await shopper.post(`/handoffs/${id}/ordered`, { storeOrderNumber: 'ON-1' }).expect(201);
    const [row] = await listed(`orderId=${order.id}`);
    expect(row).toMatchObject({ transactionId: transaction, order: { id: order.id, number: order.number } });
    expect(JSON.stringify(row)).not.toContain(shopper.id);
    expect((await listed('network=awin&limit=100')).find((one) => one.transactionId === early)).toMatchObject({
      ...{ status: 'approved', handoffId: null, store: null, order: null, sale: null },
    });
  });

  it('count once, however often they are reported, and by however many at once', async () => {
    const { clickId } = await handOff(await guest(muse));
    const [transaction, reversal] = [own(), own()];
    const lines = [
      `${transaction},${clickId},${today},approved,10.00,100.00,USD,`,
      `${reversal},,${today},,2.50,,USD,${transaction}`,
    ];
    const answers = await Promise.all(Array.from({ length: 6 }, () => upload(lines)));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    const sum = (name: string) => answers.reduce((all, { body }) => all + body[name], 0);
    expect([sum('added'), sum('changed'), sum('unchanged')]).toEqual([2, 0, 10]);
    expect(await listed()).toMatchObject([
      { kind: 'reversal', reverses: transaction, commission: usd(-250), order: null },
      { kind: 'commission', status: 'partially_reversed', commission: usd(1000), reversed: usd(250) },
    ]);
    // The same upload, told twice by the same key, is one.
    const key = { 'idempotency-key': randomUUID() };
    const once = [`${own()},${clickId},${today},,1.00,,USD,`];
    const first = await upload(once, {}, key).expect(200);
    const again = await upload(once, {}, key).expect(200);
    expect([again.body, again.headers['idempotency-replayed']]).toEqual([first.body, 'true']);
    expect(first.body).toMatchObject({ added: 1 });
  });

  it('are taken back, whole or in part, and never more than was earned', async () => {
    const { clickId } = await handOff(await guest(muse));
    const transaction = own();
    await taken([`${transaction},${clickId},${today},approved,10.00,,USD,`]);
    expect(await taken([`${transaction},,${today},approved,-10.01,,USD,`])).toMatchObject({
      ...{ added: 0, errors: [{ line: 2, column: 'commission', code: 'more_than_earned' }] },
    });
    expect(await taken([`${transaction},,${today},reversed,,,USD,`])).toMatchObject({ added: 1, errors: [] });
    expect(await taken([`${transaction},,${today},reversed,,,USD,`])).toMatchObject({ added: 0, unchanged: 1 });
    expect(await listed()).toMatchObject([{ kind: 'reversal', commission: usd(-1000) }, { status: 'reversed' }]);
    await expect(
      sql(
        muse,
        `UPDATE affiliate_conversions SET reversed_cents = commission_cents + 1 WHERE network_id = $1 AND kind = 'commission'`,
        [transaction],
      ),
    ).rejects.toThrow('affiliate_conversions_no_more_than_earned');
  });

  it('say of each line why it was not taken, and take the others', async () => {
    const { clickId } = await handOff(await guest(muse));
    const good = own();
    const lines = [
      `${own()},${clickId},${today},pending,1.234,,USD,`,
      `${good},${clickId},${today},pending,1.23,,USD,`,
      `${own()},,yesterday,pending,1,,USD,`,
      `${own()},,${today},reversed,,,USD,`,
      ',,,,,,,',
    ];
    const { errors, ...counts } = await taken(lines);
    expect(counts).toMatchObject({ lines: 5, added: 1, matched: 1 });
    expect(errors.map(({ line, code }: Body) => [line, code])).toEqual([
      ...[
        [2, 'invalid_amount'],
        [4, 'invalid_time'],
        [5, 'unknown_transaction'],
        [6, 'invalid_id'],
      ],
    ]);
    expect(
      await taken([`${own()},${clickId},${today},pending,1,,USD,`], {
        network: 'cj',
        csv: `transactionId,sid,occurredAt,commission,currency\n${own()},${clickId},${today},1,USD`,
      }),
    ).toMatchObject({
      ...{ added: 0, errors: [{ line: 2, code: 'wrong_network' }] },
    });
    // An id that looks like the number of a card is one of the network's.
    expect(await taken([`4111111111111111,${clickId},${today},pending,1,,USD,`])).toMatchObject({
      added: 1,
      errors: [],
    });
  });

  it.each([
    [{ csv: 'a,b\n1,2' }, 422],
    [{ csv: `${HEADER}\n"T` }, 422],
    [{ csv: '' }, 400],
    [{ csv: 7 }, 400],
    [{ network: 'nobody' }, 400],
    [{ more: 1 }, 400],
  ])('are none in %j', async (body, status) => {
    await upload([], body).expect(status);
  });

  it('are summed by store, network and currency', async () => {
    const shopper = await customer(muse);
    const [first, second] = [await handOff(shopper), await handOff(shopper)];
    await muse.http.get(`/r/${first.clickId}`).set('user-agent', 'Mozilla/5.0 (X11) Firefox/140.0').expect(302);
    await shopper.post(`/handoffs/${first.id}/ordered`, {}).expect(201);
    const [a, b, c] = [own(), own(), own()];
    await taken([
      `${a},${first.clickId},${today},approved,10.00,100.00,USD,`,
      `${b},${second.clickId},${today},pending,5.00,50.00,USD,`,
      `${c},${second.clickId},2026-01-31T23:59:59Z,approved,3.00,30.00,EUR,`,
      `${a},,${today},approved,-4.00,,USD,`,
    ]);
    const rowOf = async (query: string) => {
      const { body } = await admin.get(`/admin/affiliate-report${query}`).expect(200);
      return body.data.find((row: Body) => row.store?.id === store.id);
    };
    const totals = {
      ...{
        conversions: 2,
        sale: usd(15_000),
        commission: usd(1500),
        approved: usd(1000),
        reversed: usd(400),
        net: usd(1100),
      },
    };
    expect(await rowOf('')).toEqual({
      ...{ store: { id: store.id, name: store.name }, network: 'awin', handoffs: 2, opened: 1, orders: 1 },
      totals: [totals],
    });
    const eur = (amount: number) => ({ amount, currency: 'EUR' });
    expect(await rowOf('?from=2026-01-31&to=2026-01-31')).toMatchObject({
      ...{ handoffs: 0, totals: [{ conversions: 1, net: eur(300), approved: eur(300) }] },
    });
    expect(await rowOf('?from=2026-02-01&to=2026-02-02')).toBeUndefined();
    for (const [query, status] of [
      ['?from=2026-02-02&to=2026-02-01', 422],
      ['?from=2020-01-01&to=2026-01-01', 422],
      ['?from=2026-02-31', 400],
      ['?to=x', 400],
    ] as const)
      await admin.get(`/admin/affiliate-report${query}`).expect(status);
  });

  it('are listed page by page, for admins alone', async () => {
    const { clickId } = await handOff(await guest(muse));
    await taken(Array.from({ length: 5 }, () => `${own()},${clickId},${today},,1.00,,USD,`));
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await admin.get(`/admin/affiliate-conversions?storeId=${store.id}&limit=2${cursor}`).expect(200);
      seen.push(...body.data.map(({ id }: Body) => id));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(new Set(seen).size).toBe(5);
    expect(seen).toHaveLength(5);
    const shopper = await customer(muse);
    await shopper.get('/admin/affiliate-conversions').expect(403);
    await shopper.post('/admin/affiliate-conversions', { network: 'awin', csv: HEADER }).expect(403);
    await muse.http.get('/api/v1/admin/affiliate-report').expect(401);
  });
});
