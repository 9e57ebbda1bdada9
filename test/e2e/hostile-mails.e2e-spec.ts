import { randomUUID } from 'node:crypto';
import { MailFindings } from '../../src/store-integrations';
import { startApp, type RunningApp } from '../support/app';
import { openPartner } from '../support/market';
import { addDescribed, checkoutToPlaced, customer, eventually, sql, type Body, type Shopper } from '../support/shopper';

interface Hostile {
  from?: string;
  subject?: string;
  order?: object;
  html?: string;
  authenticated?: 'pass' | 'unknown';
  date?: string;
}

describe('A mail that means harm', () => {
  let muse: RunningApp;
  let shopper: Shopper;
  let partner: { id: string; name: string; hosts: string[] };
  beforeAll(async () => {
    muse = await startApp();
  });
  beforeEach(async () => {
    partner = await openPartner(muse, { hosts: [`${randomUUID().slice(0, 8)}.com`] });
    shopper = await customer(muse);
  });

  const domain = () => partner.hosts[0]!;
  /** Reads it as it would come, and waits until everything that follows has happened. */
  const send = async ({ from = domain(), subject, order = {}, html = '', authenticated = 'pass', date }: Hostile) => {
    const said = {
      ...{ '@context': 'https://schema.org', '@type': 'Order', orderNumber: 'HM-20931', priceCurrency: 'USD' },
      ...{ price: '26.00', orderStatus: 'OrderProcessing', merchant: { '@type': 'Organization', name: 'A Shop' } },
      acceptedOffer: [{ '@type': 'Offer', itemOffered: { name: 'Linen Shirt' }, price: '10.00', priceCurrency: 'USD' }],
      ...order,
    };
    const source = [
      ...[`From: orders@${from}`, `Message-ID: <${randomUUID()}@${from}>`, `Date: ${date ?? new Date().toUTCString()}`],
      `Subject: ${subject ?? 'Your order HM-20931 is confirmed'}`,
      ...['MIME-Version: 1.0', 'Content-Type: text/html; charset=utf-8', ''],
      `<script type="application/ld+json">${JSON.stringify(said)}</script><h1>Thank you for your order!</h1>${html}`,
    ];
    const kept = await muse.app.get(MailFindings, { strict: false }).take({
      ...{ userId: shopper.id, via: 'imap', authenticated, ownAddresses: [] },
      source: Buffer.from(source.join('\r\n')),
    });
    await heard();
    return kept;
  };
  const heard = () =>
    eventually(async () => {
      const [row] = await sql(muse, `SELECT count(*)::int AS open FROM event_deliveries WHERE status <> 'done'`, []);
      return row!['open'] === 0;
    });
  const found = async (): Promise<Body[]> => (await shopper.get('/found-orders').expect(200)).body.data;
  const orders = async (): Promise<Body[]> => (await shopper.get('/orders').expect(200)).body.data;

  const offer = (name: string, more: object = {}) => ({
    ...{ itemOffered: { name }, price: '9999999.99', priceCurrency: 'USD', eligibleQuantity: 500, ...more },
  });

  it.each<[string, object]>([
    ['zeros and halves of characters', { orderNumber: 'HM\0-1\ud800', acceptedOffer: [offer('Shirt\0\ud83d')] }],
    ['amounts of the sky', { price: '9999999.99', acceptedOffer: Array(90).fill(offer('Gold')) }],
    ['a currency that is none', { priceCurrency: 'ZZZ', acceptedOffer: [offer('Shirt', { priceCurrency: 'ZZZ' })] }],
    ['a number without end', { orderNumber: `9${'1'.repeat(499)}` }],
    ['amounts below nothing', { price: '-26.00', acceptedOffer: [offer('Shirt', { price: '-10' })] }],
    ['a number that is written backwards', { orderNumber: 'HM-\u202e13902' }],
    ['a number that is markup', { orderNumber: '<a href="https://attacker.com">1</a>' }],
  ])('is offered, followed and exported as any other, with %s', async (_, order) => {
    await send({ order });
    const [one] = await found();
    expect(one).toMatchObject({ storeOrderNumber: 'HM-20931' });
    const { body } = await shopper.post(`/found-orders/${one!.id}/follow`, {}).expect(201);
    expect(body).toMatchObject({ storeOrderNumber: 'HM-20931', total: { currency: 'USD' } });
    await heard();
    await shopper.get('/me/export').expect(200);
  });

  it.each(['0000-01-01T00:00:00Z', '-100000-01-01T00:00:00Z', '+275760-09-13T00:00:00Z', '1969-12-31', 'x'])(
    'is offered as any other, though it be of %s',
    async (date) => {
      await expect(send({ date })).resolves.toBe('kept');
      expect(await found()).toMatchObject([{ storeOrderNumber: 'HM-20931' }]);
    },
  );

  it('orders nothing by a link of Muse’s that its sender has learned of, and moves nothing', async () => {
    await addDescribed(shopper, partner, { quantity: 2 });
    const { handoffId } = (await checkoutToPlaced(shopper)).stores[0];
    const [row] = await sql(muse, 'SELECT click_id FROM handoffs WHERE id = $1', [handoffId]);
    await send({ from: 'attacker.com', html: `<a href="https://muse.test/r/${row!['click_id']}">View your order</a>` });
    expect(await orders()).toEqual([]);
    expect(await found()).toMatchObject([{ store: { domain: 'attacker.com' }, candidates: [{ handoffId }] }]);
    expect((await shopper.get(`/handoffs/${handoffId}`).expect(200)).body.status).toBe('waiting');
  });
});
