import { randomUUID } from 'node:crypto';
import { SessionExpiry } from '../../src/checkout-session/session-expiry';
import { HandoffsService } from '../../src/checkout-session';
import { ORDER_DELIVERED } from '../../src/orders';
import { Database } from '../../src/platform/database';
import { Deliveries, Events } from '../../src/platform/events';
import { Mails } from '../../src/platform/mail';
import { startApp, type RunningApp } from '../support/app';
import { linkIn, mailTo, mailsOf } from '../support/mailbox';
import { openPartner, openShop, postVesRate, type Shop } from '../support/market';
import { makeUser } from '../support/sellers';
import {
  ADDRESS,
  API,
  addDescribed,
  addVariant,
  begin,
  checkoutToPlaced,
  customer,
  eventually,
  guest,
  orderOf,
  place,
  settled,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('Mails', () => {
  let muse: RunningApp;
  let shop: Shop;
  let merchantEmail: string;

  beforeAll(async () => {
    muse = await startApp();
    shop = await openShop(muse);
    merchantEmail = (await shop.merchant.get('/me').expect(200)).body.email;
    await postVesRate(muse, '36.5');
  });

  const unique = () => `${randomUUID().slice(0, 8)}@example.com`;
  /** Buys one shirt, and gives this address and language. */
  const buy = async (shopper: Shopper, email: string, language?: string): Promise<Body> => {
    await addVariant(shopper, shop.variantIds[0]);
    const { id } = await begin(shopper);
    const headers = language ? { 'accept-language': language } : {};
    const { body } = await muse.http
      .put(`${API}/checkout/sessions/${id}/shipping`)
      .set({ ...shopper.headers, ...headers })
      .send({ address: ADDRESS, contact: { email } })
      .expect(200);
    await place(shopper, body).expect(202);
    return orderOf(shopper, await settled(shopper, id));
  };
  const ship = (order: Body) =>
    shop.merchant
      .post(`/merchant/stores/${shop.storeId}/orders/${order.id}/ship`, { carrier: 'UPS', trackingNumber: '1Z999' })
      .expect(200);
  const publish = (type: string, aggregateId: string) =>
    muse.app
      .get(Database, { strict: false })
      .transaction((tx) => muse.app.get(Events, { strict: false }).publish(tx, { type, aggregateId }));
  /** Once everything that was said so far has been heard, and every mail is sent. */
  const quiet = () =>
    eventually(async () => {
      const open = `SELECT (SELECT count(*) FROM event_deliveries WHERE status = 'pending') + (SELECT count(*) FROM mails WHERE status = 'queued') AS n`;
      return Number((await sql(muse, open))[0].n) === 0;
    });

  it('confirm an order to its buyer: items, both totals, delivery, address, a link and whom to ask', async () => {
    await shop.merchant.post(`/merchant/stores`, { name: 'Other', currency: 'USD', country: 'US' }).expect(201);
    await muse.http
      .patch(`${API}/merchant/stores/${shop.storeId}`)
      .set(shop.merchant.headers)
      .send({ name: 'Casa "Lola" & <b>Co</b>', support: { email: 'help@casalola.example' } })
      .expect(200);
    const email = unique();
    const order = await buy(await guest(muse), email);
    const mail = await mailTo(muse, email, 'order_placed');
    expect(mail.subject).toBe(`Your order ${order.number} at Casa "Lola" & <b>Co</b>`);
    for (const part of ['1 × Linen shirt (M): $10.00', 'Total: $15.00', '350 Fifth Avenue', 'help@casalola.example'])
      expect(mail.text).toContain(part);
    expect(mail.text).toMatch(/Total in VES: VES\s547\.50/);
    expect(mail.text).toMatch(/Estimated delivery: \w+ \d+/);
    expect(mail.html).toContain('Casa &quot;Lola&quot; &amp; &lt;b&gt;Co&lt;/b&gt;');
    expect(mail.raw.replyTo?.text).toBe('help@casalola.example');
    expect(linkIn(mail, 'order')).toMatchObject({ order: order.id, url: { search: '', pathname: '/m/order' } });
  });

  it('tell the merchant of a new order, and not where it goes', async () => {
    const email = unique();
    const order = await buy(await guest(muse), email);
    const mail = await eventually(async () =>
      (await mailsOf(muse)).find((one) => one.kind === 'merchant_order' && one.text.includes(order.number)),
    );
    expect(mail.to).toBe(merchantEmail);
    expect(mail.text).toContain('1 × Linen shirt (M): $10.00');
    expect(mail.text + mail.html).not.toMatch(/Fifth|Ana|10118|mot_/);
    expect(mail.text + mail.html).not.toContain(email);
  });

  it('tell the buyer what becomes of the order: shipped, delivered, cancelled', async () => {
    const [email, shopper] = [unique(), await guest(muse)];
    const order = await buy(shopper, email);
    await ship(order);
    const shipped = await mailTo(muse, email, 'order_shipped');
    for (const part of ['Carrier: UPS', 'Number: 1Z999', 'https://www.ups.com/track?tracknum=1Z999'])
      expect(shipped.text).toContain(part);
    await publish(ORDER_DELIVERED, order.id);
    expect((await mailTo(muse, email, 'order_delivered')).subject).toContain('has arrived');
    const other = await buy(shopper, email);
    await shopper.put(`/orders/${other.id}/cancel`, {}).expect(200);
    expect((await mailTo(muse, email, 'order_cancelled')).subject).toContain(other.number);
    await quiet();
    const tokens = (await mailsOf(muse)).filter(({ to }) => to === email).map((mail) => linkIn(mail, 'order').token);
    expect([tokens.length, new Set(tokens).size]).toEqual([5, 5]);
  });

  it('are in the language that a guest asked for on giving the address', async () => {
    const email = unique();
    const order = await buy(await guest(muse), email, 'es-VE,es;q=0.9');
    expect((await mailTo(muse, email, 'order_placed')).subject).toMatch(/^Tu pedido/);
    await ship(order);
    expect((await mailTo(muse, email, 'order_shipped')).text).toContain('Transportista: UPS');
    const other = unique();
    await buy(await guest(muse), other, 'fr');
    expect((await mailTo(muse, other, 'order_placed')).subject).toMatch(/^Your order/);
  });

  it("are in a user's own language, which registering takes from Accept-Language and PATCH /me changes", async () => {
    const email = unique();
    const { body } = await muse.http
      .post(`${API}/auth/register`)
      .set('accept-language', 'es')
      .send({ email, password: 'una frase de paso larga' })
      .expect(201);
    const headers = { authorization: `Bearer ${body.accessToken}` };
    expect((await mailTo(muse, email, 'verify_address')).subject).toBe('Confirma tu dirección de correo');
    expect((await muse.http.get(`${API}/me`).set(headers).expect(200)).body.locale).toBe('es');
    const patch = (change: object) => muse.http.patch(`${API}/me`).set(headers).send(change);
    expect((await patch({ displayName: 'Ana' }).expect(200)).body.locale).toBe('es');
    await patch({ locale: 'fr' }).expect(400);
    expect((await patch({ locale: 'en' }).expect(200)).body.locale).toBe('en');
    await publish('identity.verification_requested', body.user.id);
    await eventually(async () =>
      (await mailsOf(muse)).some((m) => m.to === email && m.subject === 'Confirm your address'),
    );
  });

  it('warn a merchant whose stock runs low', async () => {
    const path = `/merchant/stores/${shop.storeId}/variants/${shop.variantIds[1]}/inventory`;
    await shop.merchant.put(path, { onHand: 50, alertThreshold: 49 }).expect(200);
    await shop.merchant.put(path, { onHand: 48 }).expect(200);
    const mail = await mailTo(muse, merchantEmail, 'low_stock');
    expect(mail.subject).toBe('Running low: Linen shirt (L)');
    expect(mail.text).toContain('Left to sell: 48');
  });

  it('are one for each event and person, however often the event is delivered', async () => {
    const email = unique();
    const order = await buy(await guest(muse), email);
    await mailTo(muse, email, 'order_placed');
    await quiet();
    const [{ id }] = await sql(
      muse,
      `UPDATE event_deliveries d SET status = 'pending', delivered_at = NULL FROM events e
        WHERE e.id = d.event_id AND e.aggregate_id = $1 AND e.type = 'order.placed' AND d.consumer = 'notifications.mail' RETURNING d.id`,
      [order.id],
    );
    await Promise.all(Array.from({ length: 5 }, () => muse.app.get(Deliveries, { strict: false }).deliver(id)));
    await quiet();
    expect((await mailsOf(muse)).filter(({ to }) => to === email)).toHaveLength(1);
    const kinds = `SELECT kind FROM mails m JOIN events e ON e.id = m.cause_id WHERE e.aggregate_id = $1 ORDER BY 1`;
    expect(await sql(muse, kinds, [order.id])).toEqual([{ kind: 'merchant_order' }, { kind: 'order_placed' }]);
    const links = await sql(muse, 'SELECT 1 FROM order_access_tokens WHERE order_id = $1', [order.id]);
    expect(links).toHaveLength(1);
  });

  describe('to somebody who closes the account', () => {
    it('are not written any more, even while an open order keeps the key', async () => {
      const user = await customer(muse);
      const order = await buy(user, user.email);
      await mailTo(muse, user.email, 'order_placed');
      await user.delete('/me').expect(200);
      await ship(order);
      await publish('identity.password_reset_requested', user.id);
      await publish('identity.verification_requested', user.id);
      await quiet();
      expect((await mailsOf(muse)).filter(({ to }) => to === user.email).map(({ kind }) => kind)).toEqual([
        'order_placed',
      ]);
    });

    it('are taken back where they were not sent yet, what they left as a guest included', async () => {
      const [visitor, user] = [await guest(muse), await makeUser(muse)];
      const login = { email: user.email, password: 'correct horse battery' };
      const signedIn = await muse.http.post(`${API}/auth/login`).set(visitor.headers).send(login).expect(200);
      const mails = muse.app.get(Mails, { strict: false });
      const causes = [randomUUID(), randomUUID()];
      await muse.app.get(Database, { strict: false }).transaction(async (tx) => {
        const text = { to: user.email, subject: 's', text: 't', html: 'h' };
        const of = (causeId: string, subjectId: string) => ({ causeId, kind: 'late', subjectId });
        await mails.post(tx, of(causes[0]!, user.id), () => Promise.resolve(text));
        await mails.post(tx, of(causes[1]!, visitor.id), () => Promise.resolve(text));
        // Not before the account is closed.
        await tx.rows({
          name: 'test.later',
          text: `UPDATE mails SET next_attempt_at = now() + interval '1 hour' WHERE kind = 'late'`,
        });
      });
      await muse.http.delete(`${API}/me`).set('authorization', `Bearer ${signedIn.body.accessToken}`).expect(200);
      expect(await sql(muse, 'SELECT status, content FROM mails WHERE cause_id = ANY ($1)', [causes])).toEqual([
        ...[
          { status: 'withdrawn', content: null },
          { status: 'withdrawn', content: null },
        ],
      ]);
    });
  });

  describe('that remind of a cart that waits at a store', () => {
    let partner: { id: string; hosts: string[] };
    beforeAll(async () => {
      partner = await openPartner(muse);
    });
    const waiting = async (email: string): Promise<{ shopper: Shopper; handoffId: string; continueUrl: string }> => {
      const shopper = await guest(muse);
      await addDescribed(shopper, partner);
      const { id } = await begin(shopper);
      const shipping = { address: ADDRESS, contact: { email } };
      const { body } = await shopper.put(`/checkout/sessions/${id}/shipping`, shipping).expect(200);
      await place(shopper, body).expect(202);
      const [{ handoffId, continueUrl }] = (await settled(shopper, id)).stores;
      return { shopper, handoffId, continueUrl };
    };
    const expiresIn = (handoffId: string, time: string) =>
      sql(muse, `UPDATE handoffs SET expires_at = now() + $2::interval WHERE id = $1`, [handoffId, time]);
    const tell = () => muse.app.get(HandoffsService, { strict: false }).tellExpiring(100);

    it('come a day before it is given up, once', async () => {
      const email = unique();
      const { handoffId, continueUrl } = await waiting(email);
      expect(await tell()).toBe(0);
      await expiresIn(handoffId, '23 hours');
      expect((await Promise.all([tell(), tell(), tell()])).reduce((sum, n) => sum + n)).toBe(1);
      const mail = await mailTo(muse, email, 'handoff_reminder');
      expect(mail.text).toContain('1 × Linen shirt: $10.00');
      expect(mail.text).toContain(continueUrl);
      expect(await tell()).toBe(0);
      await quiet();
      expect((await mailsOf(muse)).filter(({ to }) => to === email)).toHaveLength(1);
    });

    it('do not come for one that has ended meanwhile, or has run out', async () => {
      const [email, late] = [unique(), unique()];
      const { handoffId, shopper } = await waiting(email);
      await expiresIn(handoffId, '23 hours');
      await shopper.post(`/handoffs/${handoffId}/abandon`).expect(200);
      const over = await waiting(late);
      await expiresIn(over.handoffId, '-1 second');
      expect(await tell()).toBe(0);
      // Told of, and ended before anybody heard it.
      const { handoffId: ended, shopper: other } = await waiting(email);
      await other.post(`/handoffs/${ended}/ordered`, {}).expect(201);
      await muse.app.get(Database, { strict: false }).transaction((tx) =>
        muse.app.get(Events, { strict: false }).publish(tx, {
          ...{ type: 'checkout.handoff_expiring', aggregateId: randomUUID(), payload: { handoffId: ended } },
        }),
      );
      await muse.app.get(SessionExpiry, { strict: false }).expireHandoffs();
      await quiet();
      const got = (await mailsOf(muse)).filter(({ to }) => to === email || to === late).map(({ kind }) => kind);
      expect(got).toEqual(['order_placed']);
    });
  });

  it('say nothing to a shopper of an order whose key is destroyed', async () => {
    const [email, shopper] = [unique(), await guest(muse)];
    const order = await buy(shopper, email);
    await mailTo(muse, email, 'order_placed');
    await sql(muse, `UPDATE data_keys SET wrapped = NULL, destroyed_at = now() WHERE subject_id = $1`, [shopper.id]);
    await ship(order);
    await quiet();
    expect((await mailsOf(muse)).filter(({ to }) => to === email)).toHaveLength(1);
  });

  it('go to the contact of the order, whoever placed it, and leave checkouts of others alone', async () => {
    const user = await customer(muse);
    await addVariant(user, shop.variantIds[0]);
    await checkoutToPlaced(user);
    const mail = await mailTo(muse, 'ana.perez@example.com', 'order_placed');
    expect(mail.subject).toMatch(/^Your order/);
  });
});
