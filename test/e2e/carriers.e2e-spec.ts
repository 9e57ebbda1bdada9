import type { Caller } from '../../src/identity';
import { OrdersService, OrderTracking, type Told } from '../../src/orders';
import { Jobs } from '../../src/platform/jobs';
import { CarrierPolls } from '../../src/store-integrations/carriers/carrier-polls';
import { startApp, type RunningApp } from '../support/app';
import { startCarriers, type CarrierSandbox, type Name } from '../support/carrier-sandbox';
import { OrdersWorld } from '../support/orders';
import { openStream } from '../support/sse';
import { eventually, sql, type Body } from '../support/shopper';

// Check digits by the carriers' descriptions, so that every order has a number of its own.
let serial = 100_000 + Math.floor(Math.random() * 800_000);
const mod10 = (body: string) => {
  const sum = [...body].reverse().reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 3 : 1), 0);
  return body + String((10 - (sum % 10)) % 10);
};
const NUMBERS: Record<Name, () => string> = {
  ups: () => {
    const body = `8V92A703${String((serial += 1)).padStart(7, '0')}`;
    const value = (sign: string) => (/\d/.test(sign) ? Number(sign) : (sign.charCodeAt(0) - 63) % 10);
    const sum = [...body].reduce((total, sign, at) => total + value(sign) * (at % 2 === 0 ? 1 : 2), 0);
    return `1Z${body}${(10 - (sum % 10)) % 10}`;
  },
  fedex: () => mod10(`56828361${(serial += 1)}`),
  usps: () => mod10(`940011120108080${(serial += 1)}`),
  dhl: () => {
    const body = `331${(serial += 1)}`;
    return body + String(Number(body) % 7);
  },
};
const NAMES: Record<Name, string> = { ups: 'UPS', fedex: 'FedEx Ground', usps: 'USPS', dhl: 'DHL Express' };
const CARRIERS = Object.keys(NUMBERS) as Name[];
const BEGAN = Date.now();
const ago = (hours: number) => new Date(BEGAN - hours * 3_600_000).toISOString();

describe('Orders whose carriers are asked', () => {
  let carriers: CarrierSandbox;
  let muse: RunningApp;
  let world: OrdersWorld;

  beforeAll(async () => {
    carriers = await startCarriers();
    muse = await startApp(carriers.env);
    world = await OrdersWorld.make(muse);
  }, 90_000);

  const tracking = () => muse.app.get(OrderTracking, { strict: false });
  const hear = (order: Body, told: Told) => world.transaction((tx) => tracking().hear(tx, order.id, told));
  const byMail = (carrier: Name, number: string, more: Partial<Told> = {}): Told => ({
    ...{ source: 'mail', at: ago(40), status: 'shipped' },
    parcels: [{ carrier: NAMES[carrier], trackingNumber: number, trackingUrl: null, status: 'in_transit', events: [] }],
    ...more,
  });
  /** The carriers are asked for it until that holds, as the sweep does in its time. */
  async function asked(number: string, so: () => Promise<unknown>): Promise<void> {
    await eventually(async () => {
      const [row] = await sql(
        muse,
        `UPDATE tracked_parcels SET next_poll_at = now() WHERE tracking_number = $1 AND next_poll_at IS NOT NULL RETURNING id`,
        [number],
      );
      if (row) await muse.app.get(CarrierPolls, { strict: false }).runOnce(row.id);
      return so();
    }, 20_000);
  }
  const isAt = (order: Body, status: string) => async () => (await world.read(order)).parcels[0]?.status === status;
  const trackingOf = async (order: Body): Promise<Body> =>
    (await world.buyer.get(`/orders/${order.id}/tracking`).expect(200)).body;
  const newsOf = async (order: Body): Promise<string[]> =>
    (await world.buyer.get('/notifications?limit=100').expect(200)).body.data
      .filter(({ target }: Body) => target.id === order.id)
      .map(({ kind }: Body) => kind)
      .reverse();

  it.each(CARRIERS)('at a store that Muse only leads to move to delivered by %s', async (carrier) => {
    const number = NUMBERS[carrier]();
    const order = await world.buyAtPartner(`P-${(serial += 1)}`);
    expect(await hear(order, byMail(carrier, number))).toBe(true);
    expect(await world.read(order)).toMatchObject({ status: 'shipped', parcels: [{ trackingNumber: number }] });
    await carriers.scan(carrier, number, 'label', { at: ago(41) });
    await carriers.scan(carrier, number, 'picked_up', { at: ago(36) });
    await carriers.scan(carrier, number, 'departed', { at: ago(30), city: 'Orlando' });
    await carriers.due(carrier, number, '2026-12-03');
    await asked(number, async () => (await trackingOf(order)).events.length >= 3);
    await carriers.scan(carrier, number, 'out_for_delivery', { at: ago(5) });
    await asked(number, isAt(order, 'out_for_delivery'));
    expect((await world.read(order)).estimatedDelivery).toEqual({ from: '2026-12-03', to: '2026-12-03' });
    await carriers.scan(carrier, number, 'delivered', { at: ago(1) });
    await asked(number, async () => (await world.read(order)).status === 'delivered');

    const shown = await trackingOf(order);
    expect(shown.status).toBe('delivered');
    const statuses = shown.events.map(({ status, source }: Body) => `${status} ${source}`);
    expect(statuses.at(-1)).toBe('delivered carrier');
    expect(statuses.filter((one: string) => one.startsWith('delivered'))).toHaveLength(1);
    expect(statuses).toContain('out_for_delivery carrier');
    expect(shown.events.map(({ at }: Body) => at)).toEqual(shown.events.map(({ at }: Body) => at).sort());
    expect(shown.events.some(({ location }: Body) => /orlando/i.test(location ?? ''))).toBe(true);
    await eventually(async () => (await newsOf(order)).includes('order_delivered'));
    expect((await newsOf(order)).filter((kind) => kind.startsWith('parcel_'))).toEqual(['parcel_out_for_delivery']);
    // It is not asked for any more, and of whoever signed nothing is kept.
    const [row] = await sql(muse, 'SELECT next_poll_at, answer::text FROM tracked_parcels WHERE tracking_number = $1', [
      number,
    ]);
    expect(row.next_poll_at).toBeNull();
    expect(row.answer).not.toMatch(/garcia/i);
  });

  it('in Muse are delivered once the carrier has delivered what their merchant sent', async () => {
    const number = NUMBERS.ups();
    const order = await world.bring('confirmed');
    await world.shop.merchant.post(world.at(order, '/ship'), { carrier: 'ups', trackingNumber: number }).expect(200);
    await carriers.scan('ups', number, 'departed', { at: ago(20) });
    await carriers.scan('ups', number, 'delivered', { at: ago(2) });
    await asked(number, async () => (await world.read(order)).status === 'delivered');
    expect(await world.read(order)).toMatchObject({
      parcels: [{ carrier: 'ups', trackingNumber: number, status: 'delivered' }],
    });
    expect((await world.history(order)).at(-1)).toMatchObject({ type: 'delivered', actor: 'system' });
  });

  it('wait for the last of their parcels, and tell of each', async () => {
    const [one, other] = [NUMBERS.ups(), NUMBERS.fedex()];
    const order = await world.buyAtPartner(`P-${(serial += 1)}`);
    await hear(order, byMail('ups', one));
    await hear(order, byMail('fedex', other));
    await carriers.scan('ups', one, 'delivered', { at: ago(3) });
    await asked(one, isAt(order, 'delivered'));
    expect((await world.read(order)).status).toBe('shipped');
    await carriers.scan('fedex', other, 'attempted', { at: ago(2) });
    await asked(other, async () => (await world.read(order)).parcels[1].status === 'exception');
    await carriers.scan('fedex', other, 'delivered', { at: ago(1) });
    await asked(other, async () => (await world.read(order)).status === 'delivered');
    await eventually(async () => (await newsOf(order)).includes('order_delivered'));
    expect((await newsOf(order)).filter((kind) => kind !== 'order_shipped')).toEqual([
      'parcel_delivered',
      'parcel_exception',
      'order_delivered',
    ]);
  });

  it('tell each change once, whoever tells it and how often, and nothing backwards', async () => {
    const number = NUMBERS.usps();
    const order = await world.buyAtPartner(`P-${(serial += 1)}`);
    const seen = (status: 'out_for_delivery' | 'delivered', hours: number): Told => ({
      ...{ source: 'mail', at: ago(hours), status: null },
      parcels: [{ carrier: 'USPS', trackingNumber: `420 33101 ${number}`, trackingUrl: null, status, events: [] }],
    });
    await hear(order, byMail('usps', number, { estimatedDelivery: { from: '2026-12-01', to: '2026-12-02' } }));
    await hear(order, seen('out_for_delivery', 5));
    await carriers.scan('usps', number, 'out_for_delivery', { at: ago(6) });
    await carriers.due('usps', number, '2026-12-04');
    await asked(number, async () => (await world.read(order)).estimatedDelivery.to === '2026-12-04');
    for (let times = 0; times < 3; times += 1) {
      expect(await hear(order, seen('out_for_delivery', 5))).toBe(false);
      expect(
        await hear(order, byMail('usps', number, { estimatedDelivery: { from: '2026-12-01', to: '2026-12-02' } })),
      ).toBe(false);
    }
    const { version } = await world.read(order);
    // The same again from the carrier is no news either.
    const told = async () =>
      (await sql(muse, 'SELECT version, poll_seconds FROM tracked_parcels WHERE tracking_number = $1', [number]))[0];
    const before = await told();
    await asked(number, async () => (await told()).poll_seconds > before.poll_seconds);
    expect([(await told()).version, (await world.read(order)).version]).toEqual([before.version, version]);
    await eventually(async () => (await newsOf(order)).includes('estimate_changed'));
    expect((await newsOf(order)).filter((kind) => kind !== 'order_shipped')).toEqual([
      'parcel_out_for_delivery',
      'estimate_changed',
    ]);
    expect((await trackingOf(order)).events.filter(({ status }: Body) => status === 'out_for_delivery')).toMatchObject([
      { source: 'carrier' },
    ]);
    expect((await world.read(order)).parcels).toHaveLength(1);
  });

  it('that are only said to be placed move once their number is known, as far as their parcels are', async () => {
    const number = NUMBERS.ups();
    const order = await world.buyAtPartner();
    expect(order.status).toBe('awaiting_store');
    await hear(order, byMail('ups', number));
    expect((await world.read(order)).status).toBe('awaiting_store');
    await world.transaction((tx) =>
      muse.app
        .get(OrdersService, { strict: false })
        .learnNumber(
          tx,
          { kind: 'guest', id: world.buyer.id } as Caller,
          order.store.id,
          order.id,
          `P-${(serial += 1)}`,
        ),
    );
    await eventually(async () => (await world.read(order)).status === 'shipped');
    expect((await world.read(order)).parcels).toMatchObject([{ trackingNumber: number }]);
  });

  it('hear a mail that names no parcel: of the only one, or of the whole', async () => {
    const bare: Told = {
      ...{ source: 'mail', at: ago(1), status: 'delivered' },
      parcels: [{ carrier: null, trackingNumber: null, trackingUrl: null, status: 'delivered', events: [] }],
    };
    const none = await world.buyAtPartner(`P-${(serial += 1)}`);
    expect(await hear(none, bare)).toBe(true);
    const one = await world.buyAtPartner(`P-${(serial += 1)}`);
    await hear(one, byMail('ups', NUMBERS.ups()));
    await hear(one, bare);
    const two = await world.buyAtPartner(`P-${(serial += 1)}`);
    for (const number of [NUMBERS.ups(), NUMBERS.fedex()]) await hear(two, byMail('ups', number));
    expect(await hear(two, bare)).toBe(false);
    const statuses = await Promise.all([none, one, two].map(async (order) => (await world.read(order)).status));
    expect(statuses).toEqual(['delivered', 'delivered', 'shipped']);
  });

  it('are streamed as each change comes', async () => {
    const number = NUMBERS.ups();
    const order = await world.buyAtPartner(`P-${(serial += 1)}`);
    const stream = await openStream(muse, world.buyer, `/orders/${order.id}/events`);
    await stream.until(({ data }) => data.status === 'confirmed');
    await hear(order, byMail('ups', number));
    await stream.until(({ data }) => data.status === 'shipped' && data.parcels[0]?.trackingNumber === number);
    await carriers.scan('ups', number, 'out_for_delivery', { at: ago(4) });
    await carriers.due('ups', number, '2026-12-03');
    await asked(number, isAt(order, 'out_for_delivery'));
    const event = await stream.until(({ data }) => data.parcels[0]?.status === 'out_for_delivery');
    expect(event.data.estimatedDelivery).toEqual({ from: '2026-12-03', to: '2026-12-03' });
    await carriers.scan('ups', number, 'delivered', { at: ago(1) });
    await asked(number, isAt(order, 'delivered'));
    await stream.until(({ data }) => data.status === 'delivered');
    const ids = stream.seen.map(({ id }) => Number(id));
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    stream.close();
  });

  it('come to the same when many tell of them at once', async () => {
    const number = NUMBERS.ups();
    const order = await world.buyAtPartner(`P-${(serial += 1)}`);
    const all: Told[] = [
      byMail('ups', number),
      { ...byMail('ups', number.toLowerCase()), status: 'processing' },
      {
        source: 'carrier',
        parcels: [
          {
            carrier: 'UPS',
            trackingNumber: number,
            trackingUrl: null,
            status: 'delivered',
            events: [{ at: ago(1), status: 'delivered', detail: 'Delivered' }],
          },
        ],
      },
      {
        source: 'mail',
        at: ago(0.5),
        status: 'delivered',
        parcels: [
          {
            carrier: 'United Parcel Service',
            trackingNumber: number,
            trackingUrl: null,
            status: 'delivered',
            events: [],
          },
        ],
      },
    ];
    await Promise.all([...all, ...all, ...all].map((told) => hear(order, told)));
    const found = await world.read(order);
    expect(found).toMatchObject({
      status: 'delivered',
      parcels: [{ carrier: 'UPS', trackingNumber: number, status: 'delivered' }],
    });
    expect(found.parcels).toHaveLength(1);
    const { events } = await trackingOf(order);
    expect(events.filter(({ status }: Body) => status === 'delivered')).toMatchObject([{ source: 'carrier' }]);
    const types = (await world.history(order)).map(({ type }: Body) => type);
    expect(types.filter((type: string) => type === 'delivered')).toHaveLength(1);
  });

  it('are asked for by one worker at a time, once a parcel for however many orders it carries', async () => {
    const number = NUMBERS.dhl();
    const [one, other] = [
      await world.buyAtPartner(`P-${(serial += 1)}`),
      await world.buyAtPartner(`P-${(serial += 1)}`),
    ];
    await carriers.scan('dhl', number, 'delivered', { at: ago(1) });
    for (const order of [one, other]) await hear(order, byMail('dhl', number));
    const [{ id, parcels }] = await sql(
      muse,
      `SELECT t.id, count(*)::int AS parcels FROM tracked_parcels t JOIN parcels p ON p.tracked_id = t.id WHERE t.tracking_number = $1 GROUP BY t.id`,
      [number],
    );
    expect(parcels).toBe(2);
    await Promise.all(Array.from({ length: 8 }, () => muse.app.get(CarrierPolls, { strict: false }).runOnce(id)));
    for (const order of [one, other]) await eventually(async () => (await world.read(order)).status === 'delivered');
    expect((await carriers.calls()).filter((call) => call.number === number)).toHaveLength(1);
  });

  describe('while a carrier fails', () => {
    const row = async (number: string): Promise<Body> =>
      (
        await sql(
          muse,
          `SELECT id, failures, last_error, extract(epoch FROM next_poll_at - now())::float8 AS wait, lease_token FROM tracked_parcels WHERE tracking_number = $1`,
          [number],
        )
      )[0];
    async function followed(carrier: Name): Promise<[order: Body, number: string]> {
      const number = NUMBERS[carrier]();
      const order = await world.buyAtPartner(`P-${(serial += 1)}`);
      await hear(order, byMail(carrier, number));
      // Asked for once: it does not know the number yet.
      await asked(number, async () => (await row(number)).last_error === 'number_not_known');
      expect(await row(number)).toMatchObject({ failures: 0, lease_token: null });
      expect((await row(number)).wait).toBeGreaterThan(3_600);
      await carriers.scan(carrier, number, 'delivered', { at: ago(1) });
      return [order, number];
    }

    it.each([
      ['ups', '500', 'unavailable: http_500'],
      ['fedex', '503', 'unavailable: store_unavailable'],
      ['usps', 'malformed', 'unavailable: bad_answer'],
      ['dhl', 'reset', 'unavailable: connection_lost'],
    ] as const)('(%s: %s) are asked for later, ever later, and then come through', async (carrier, fault, error) => {
      const [order, number] = await followed(carrier);
      await carriers.fault(carrier, fault, 1_000);
      await asked(number, async () => (await row(number)).failures >= 2);
      expect(await row(number)).toMatchObject({ last_error: error, lease_token: null });
      expect((await row(number)).wait).toBeGreaterThan(90);
      expect((await world.read(order)).status).toBe('shipped');
      await carriers.heal(carrier);
      await asked(number, async () => (await world.read(order)).status === 'delivered');
      expect(await row(number)).toMatchObject({ failures: 0, last_error: null });
    });

    it('(its worker, rather: killed while it asks) another asks once the lease is over, and not before', async () => {
      const [order, number] = await followed('dhl');
      const { id } = await row(number);
      const polls = muse.app.get(CarrierPolls, { strict: false });
      const held = (until: string) =>
        sql(
          muse,
          `UPDATE tracked_parcels SET next_poll_at = now(), lease_token = gen_random_uuid(), lease_until = now() + $2::interval WHERE id = $1`,
          [id, until],
        );
      await held('1 hour');
      await muse.app.get(Jobs, { strict: false }).lookForDue();
      await polls.runOnce(id);
      expect(await row(number)).toMatchObject({ last_error: 'number_not_known', lease_token: expect.any(String) });
      await held('-1 second');
      await polls.runOnce(id);
      await eventually(async () => (await world.read(order)).status === 'delivered');
      expect((await row(number)).lease_token).toBeNull();
    });

    it('(429) nobody is asked before the time that it names', async () => {
      const [, number] = await followed('fedex');
      const [, other] = await followed('fedex');
      await sql(
        muse,
        `UPDATE tracked_parcels SET next_poll_at = now() + interval '20 seconds' WHERE tracking_number = $1`,
        [other],
      );
      await carriers.fault('fedex', '429', 1_000);
      await asked(number, async () => (await row(number)).last_error === 'throttled: rate_limited');
      expect(await row(number)).toMatchObject({ failures: 0 });
      for (const one of [number, other])
        await eventually(async () => {
          const { wait } = await row(one);
          return wait > 60 && wait <= 120;
        });
      await carriers.heal('fedex');
    });

    it('(a token that is not taken any more) it is asked for another, once', async () => {
      const [order, number] = await followed('ups');
      await carriers.fault('ups', '401');
      const before = (await carriers.calls()).length;
      await asked(number, async () => (await world.read(order)).status === 'delivered');
      const calls = (await carriers.calls()).slice(before).filter(({ carrier }) => carrier === 'ups');
      expect(calls.slice(0, 3).map(({ what, status }) => `${what} ${status}`)).toEqual([
        'track 401',
        'token 200',
        'track 200',
      ]);
    });
  });

  it('of numbers that are nobody’s form, or of carriers that cannot be asked, are not asked for', async () => {
    const order = await world.buyAtPartner(`P-${(serial += 1)}`);
    const parcels = [
      ['UPS', '1Z8V92A70367203025'],
      ['Royal Mail', 'RB123456785GB'],
      ['the boutique’s van', '12'],
    ].map(([carrier, trackingNumber]) => ({
      ...{
        carrier: carrier!,
        trackingNumber: trackingNumber!,
        trackingUrl: null,
        status: 'in_transit' as const,
        events: [],
      },
    }));
    await hear(order, { source: 'mail', at: ago(1), parcels });
    expect((await world.read(order)).parcels).toHaveLength(3);
    expect(await sql(muse, 'SELECT 1 FROM parcels WHERE order_id = $1 AND tracked_id IS NOT NULL', [order.id])).toEqual(
      [],
    );
  });
});
