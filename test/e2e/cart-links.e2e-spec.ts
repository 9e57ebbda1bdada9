import { randomUUID } from 'node:crypto';
import { PlacementRunner } from '../../src/checkout-session/placement-runner';
import { startApp, type RunningApp } from '../support/app';
import { openPartner } from '../support/market';
import { makeUser, signIn, usd } from '../support/sellers';
import {
  ADDRESS,
  API,
  CONTACT,
  addDescribed,
  begin,
  customer,
  followed,
  guest,
  place,
  readySession,
  settled,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';
import { understoodBy } from '../support/store-carts';

/** By platform: products as clients describe them, on a store's own host, and what the store calls them. */
const SHOPS: Record<string, { goods: (host: string) => [object, object]; names: [string, string] }> = {
  shopify: {
    goods: (host) => [
      { productUrl: `https://${host}/products/a?variant=4001` },
      { productUrl: `https://${host}/products/b?variant=4002` },
    ],
    names: ['4001', '4002'],
  },
  bigcommerce: { goods: () => [{ productSku: 'SKU A&1' }, { productSku: 'SKU-2' }], names: ['SKU A&1', 'SKU-2'] },
  vtex: {
    goods: (host) => [{ productUrl: `https://${host}/a/p?skuId=22` }, { productSku: '73' }],
    names: ['22', '73'],
  },
};

describe('The link to a store’s own site', () => {
  let muse: RunningApp;
  let admin: Shopper;
  let shopper: Shopper;

  beforeAll(async () => {
    muse = await startApp();
    const user = await makeUser(muse, 'admin');
    admin = shopperOf(muse, user.id, await signIn(muse, user));
  });
  beforeEach(async () => {
    shopper = await guest(muse);
  });

  /** A partner store as an admin makes it. */
  const open = async (more: object): Promise<Body> => {
    const host = `${randomUUID().slice(0, 8)}.example`;
    const body = {
      ...{ name: `Shop ${host}`, currency: 'USD', country: 'US', tier: 'redirect', url: `https://${host}` },
      hosts: [host],
      ...more,
    };
    return (await admin.post('/admin/stores', body).expect(201)).body;
  };
  const placed = async (session: Body): Promise<Body> => {
    await place(shopper, session).expect(202);
    const status = await settled(shopper, session.id);
    const { body: handoff } = await shopper.get(`/handoffs/${status.stores[0].handoffId}`).expect(200);
    return { status: status.stores[0], handoff };
  };
  const setStore = (session: Body, store: Body, body: object) =>
    shopper.put(`/checkout/sessions/${session.id}/stores/${store.id}`, body);

  it.each(['shopify', 'vtex'])(
    'fills the cart at a store on %s with what is bought, and is announced before',
    async (platform) => {
      const store = await open({ platform });
      const { goods, names } = SHOPS[platform]!;
      const [one, other] = goods(store.hosts[0]);
      await addDescribed(shopper, store, { ...one, quantity: 2 });
      await addDescribed(shopper, store, other);
      const session = await readySession(shopper);
      expect(session.stores[0]).toMatchObject({ handoff: { kind: 'cart' }, shareAtStore: false });
      const { status, handoff } = await placed(session);
      const told = { kind: 'cart', warnings: session.stores[0].handoff.warnings };
      expect([status.handoff, handoff.handoff]).toMatchObject([told, told]);
      const to = await followed(handoff.continueUrl);
      expect(understoodBy(platform, to!)).toMatchObject({
        ...{ site: `https://${store.hosts[0]}`, goods: { [names[0]]: 2, [names[1]]: 1 } },
        ...{ email: undefined, postcode: undefined, note: undefined, codes: [] },
      });
      expect(understoodBy(platform, to!).ref).toMatch(/^[a-z0-9]{28}$/);
    },
  );

  it('is one for each product where the store’s platform takes one alone, and the shopper is told before and after', async () => {
    const store = await open({ platform: 'BigCommerce' });
    const { goods, names } = SHOPS['bigcommerce']!;
    for (const [n, good] of goods(store.hosts[0]).entries())
      await addDescribed(shopper, store, { ...good, quantity: n + 1 });
    const session = await begin(shopper);
    const { handoff: before } = session.stores[0];
    expect(before).toMatchObject({
      kind: 'product_links',
      warnings: [
        { code: 'one_product_per_link', detail: expect.stringContaining(store.name) },
        { code: 'adds_to_cart' },
      ],
    });
    const { handoff } = await placed(session);
    expect(handoff.handoff).toMatchObject({ kind: 'product_links', warnings: before.warnings });
    const links = await Promise.all(handoff.handoff.productLinks.map(({ url }: Body) => followed(url)));
    expect(links.map((to: string) => understoodBy('bigcommerce', to).goods)).toEqual([
      { [names[0]]: 1 },
      { [names[1]]: 2 },
    ]);
  });

  it('names goods of the catalogue by the store’s own ids', async () => {
    const store = await open({ platform: 'woocommerce' });
    const variants = ['4711', '4712'].map((externalId, n) => ({
      sku: `W-${n}`,
      size: `${n}`,
      externalId,
      price: usd(1500),
      onHand: 9,
    }));
    const product = { title: 'Cup', url: `https://${store.hosts[0]}/cup`, variants };
    const { body } = await admin.post(`/merchant/stores/${store.id}/products`, product).expect(201);
    for (const { id } of body.variants) await shopper.post('/cart/items', { variantId: id, quantity: 3 }).expect(200);
    const session = await begin(shopper);
    expect(session.stores[0].handoff).toMatchObject({
      ...{ kind: 'cart', warnings: [{ code: 'empties_cart' }], carries: ['discountCodes'] },
      productLinks: [{ name: 'Cup', url: `https://${store.hosts[0]}/cup` }, { name: 'Cup' }],
    });
    // Also after an edit, which looks at the goods as they were agreed.
    const { body: edited } = await setStore(session, store, { note: 'Hello' }).expect(200);
    expect(edited.stores[0].handoff).toEqual(session.stores[0].handoff);
    const { handoff } = await placed(session);
    expect(understoodBy('woocommerce', (await followed(handoff.continueUrl))!).goods).toEqual({ 4711: 3, 4712: 3 });
  });

  it('is the page of the goods where nothing fills a cart, and the shopper is told what is left to do', async () => {
    const store = await open({ platform: 'Squarespace' });
    const productUrl = `https://${store.hosts[0]}/p/1`;
    await addDescribed(shopper, store, { productUrl, size: 'M', quantity: 2 });
    const { handoff, status } = await placed(await begin(shopper));
    expect(handoff.handoff).toMatchObject({
      kind: 'product_page',
      warnings: [{ code: 'no_cart_link' }, { code: 'variant_unknown' }, { code: 'quantity_unknown' }],
    });
    expect(status.message).toContain('put the items into your cart there');
    expect(await followed(handoff.continueUrl)).toBe(productUrl);
  });

  describe('of a shopper who agreed to tell the store', () => {
    const NOTE = 'Please ring & wait';
    let store: Body;
    let session: Body;

    beforeEach(async () => {
      store = await open({ platform: 'shopify' });
      await addDescribed(shopper, store, { productUrl: `https://${store.hosts[0]}/products/a?variant=4001` });
      session = await readySession(shopper);
    });

    it('tells e-mail, postcode, codes and note, and keeps them sealed', async () => {
      const codes = ['WELCOME10'];
      const { body } = await setStore(session, store, {
        shareAtStore: true,
        note: NOTE,
        storeDiscountCodes: codes,
      }).expect(200);
      expect(body.stores[0]).toMatchObject({
        ...{ shareAtStore: true, storeDiscountCodes: codes },
        handoff: { carries: ['email', 'postalCode', 'discountCodes', 'note'], warnings: [] },
      });
      const { handoff } = await placed(body);
      expect(handoff.handoff.carries).toEqual(['email', 'postalCode', 'discountCodes', 'note']);
      const to = (await followed(handoff.continueUrl))!;
      expect(understoodBy('shopify', to)).toMatchObject({
        ...{ goods: { 4001: 1 }, email: CONTACT.email, postcode: ADDRESS.postalCode, codes, note: NOTE },
      });
      const rows = [
        ...(await sql(muse, `SELECT to_jsonb(h) - 'items' AS row FROM handoffs h WHERE session_id = $1`, [session.id])),
        ...(await sql(muse, `SELECT to_jsonb(p) AS row FROM placements p WHERE session_id = $1`, [session.id])),
        ...(await sql(muse, `SELECT payload AS row FROM events WHERE aggregate_id = $1`, [session.id])),
      ];
      expect(rows.length).toBeGreaterThan(3);
      const kept = JSON.stringify(rows);
      for (const secret of [CONTACT.email, 'ana.perez', ADDRESS.postalCode, 'ring'])
        for (const form of [secret, encodeURIComponent(secret)]) expect(kept).not.toContain(form);
    });

    it('tells nothing that they did not agree to, or took back', async () => {
      const codes = ['WELCOME10'];
      await setStore(session, store, { shareAtStore: true, note: NOTE, storeDiscountCodes: codes }).expect(200);
      const { body } = await setStore(session, store, { shareAtStore: false }).expect(200);
      expect(body.stores[0].handoff.warnings).toMatchObject([
        { code: 'discount_not_carried', detail: expect.stringContaining('WELCOME10') },
      ]);
      const { handoff } = await placed(body);
      expect(handoff.handoff).toMatchObject({ carries: [], warnings: [{ code: 'discount_not_carried' }] });
      expect(understoodBy('shopify', (await followed(handoff.continueUrl))!)).toMatchObject({
        ...{ email: undefined, postcode: undefined, note: undefined, codes: [] },
      });
    });

    it('is refused in a sealed checkout, and forgotten when one becomes that', async () => {
      await setStore(session, store, { shareAtStore: true }).expect(200);
      await shopper
        .put(`/checkout/sessions/${session.id}/shipping`, { address: ADDRESS, contact: CONTACT, sealed: true })
        .expect(200);
      const { body } = await shopper.get(`/checkout/sessions/${session.id}`).expect(200);
      expect(body).toMatchObject({ sealed: true, stores: [{ shareAtStore: false }] });
      const { body: problem } = await setStore(session, store, { shareAtStore: true }).expect(422);
      expect(problem.errors).toMatchObject([{ pointer: '/shareAtStore' }]);
    });

    it('tells nothing of one who has asked for privacy since', async () => {
      const idle = await startApp({ MUSE_ROLE: 'api' });
      const ana = await customer(idle);
      const partner = await openPartner(idle, { platform: 'shopify' });
      await addDescribed(ana, partner, { productUrl: `https://${partner.hosts[0]}/products/a?variant=4001` });
      const theirs = await readySession(ana);
      const at = `/checkout/sessions/${theirs.id}/stores/${partner.id}`;
      await ana.put(at, { shareAtStore: true, note: NOTE }).expect(200);
      await place(ana, theirs).expect(202);
      await sql(idle, `UPDATE users SET privacy = 'paranoid' WHERE id = $1`, [ana.id]);
      const [placement] = await sql(idle, 'SELECT id FROM placements WHERE session_id = $1', [theirs.id]);
      await idle.app.get(PlacementRunner, { strict: false }).runOnce(placement.id);
      const [handoff] = await sql(idle, 'SELECT carries, sealed_url, kind FROM handoffs WHERE session_id = $1', [
        theirs.id,
      ]);
      expect(handoff).toEqual({ kind: 'cart', carries: [], sealed_url: null });
    });

    it('is theirs alone to decide, and yes or no', async () => {
      const stranger = await customer(muse);
      await stranger.put(`/checkout/sessions/${session.id}/stores/${store.id}`, { shareAtStore: true }).expect(404);
      await muse.http
        .put(`${API}/checkout/sessions/${session.id}/stores/${store.id}`)
        .send({ shareAtStore: true })
        .expect(401);
      for (const shareAtStore of ['yes', 1, {}, 'true']) await setStore(session, store, { shareAtStore }).expect(400);
    });
  });

  describe('by a template that an admin gives', () => {
    it('may name what it takes, how many products, and what it cannot do', async () => {
      const host = `${randomUUID().slice(0, 8)}.example`;
      const cartLink = {
        ...{ template: `https://${host}/add?{items}`, item: 'id{n}={sku}&q{n}={quantity}&s{n}={size}', separator: '&' },
        ...{
          takes: { email: 'mail', note: 'remark[text]' },
          warnings: ['needs_sign_in'],
          onePerLink: false,
          maxCodes: 1,
        },
      };
      const store = await open({ hosts: [host], url: `https://${host}`, cartLink });
      expect(store.cartLink).toEqual(cartLink);
      await addDescribed(shopper, store, { productSku: 'A', size: 'M', quantity: 2 });
      const session = await readySession(shopper);
      const { body } = await setStore(session, store, { shareAtStore: true, note: 'Hi' }).expect(200);
      expect(body.stores[0].handoff).toMatchObject({
        warnings: [{ code: 'needs_sign_in' }],
        carries: ['email', 'note'],
      });
      const to = new URL((await followed((await placed(body)).handoff.continueUrl))!);
      expect(Object.fromEntries(to.searchParams)).toEqual({
        ...{ id1: 'A', q1: '2', s1: 'M', mail: CONTACT.email, 'remark[text]': 'Hi' },
      });
    });

    it('is refused where it says what no link can mean', async () => {
      const host = `${randomUUID().slice(0, 8)}.example`;
      const good = { template: `https://${host}/{items}`, item: '{sku}:{quantity}', separator: ',' };
      for (const more of [
        { takes: { email: 'a=b&c' } },
        { takes: { phone: 'tel' } },
        { takes: ['email'] },
        { warnings: ['variant_unknown'] },
        { warnings: 'empties_cart' },
        { onePerLink: 'yes' },
        { maxCodes: -1 },
        { item: '{sku}:{quantity}:{price}' },
      ]) {
        const { status } = await admin.post('/admin/stores', {
          ...{ name: 'Shop', currency: 'USD', country: 'US', tier: 'redirect', url: `https://${host}`, hosts: [host] },
          cartLink: { ...good, ...more },
        });
        expect([JSON.stringify(more), [400, 422].includes(status)]).toEqual([JSON.stringify(more), true]);
      }
    });
  });
});
