import { startApp, type RunningApp } from '../support/app';
import { openPartner } from '../support/market';
import { makeUser, signIn } from '../support/sellers';
import {
  CONTACT,
  addDescribed,
  begin,
  checkoutToPlaced,
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

const AWIN = { network: 'awin', parameters: { merchantId: '6220', publisherId: '45628' } };
const AMAZON = { network: 'amazon', parameters: { tag: 'muse-20' } };

describe('Affiliate links', () => {
  let muse: RunningApp;
  let admin: Shopper;
  let shopper: Shopper;
  let store: { id: string; name: string; hosts: string[] };
  let page: string;

  beforeAll(async () => {
    muse = await startApp();
    const user = await makeUser(muse, 'admin');
    admin = shopperOf(muse, user.id, await signIn(muse, user));
  });
  beforeEach(async () => {
    shopper = await customer(muse);
    store = await openPartner(muse);
    page = `https://${store.hosts[0]}/p/a?b=1&c=%C3%B1`;
  });

  const programme = (body: object = AWIN) => admin.put(`/admin/stores/${store.id}/affiliate-programme`, body);
  const end = () => admin.delete(`/admin/stores/${store.id}/affiliate-programme`);
  const add = (productUrl = page) => addDescribed(shopper, store, { productUrl });
  const handOff = async (): Promise<Body> => {
    await add();
    return (await checkoutToPlaced(shopper)).stores[0];
  };
  const shown = async ({ handoffId }: Body): Promise<Body> =>
    (await shopper.get(`/handoffs/${handoffId}`).expect(200)).body;
  /** As the network reads it: where it sends the shopper on to, and what it is told. */
  const atAwin = (link: string | null) => {
    const { origin, pathname, searchParams } = new URL(link!);
    expect(origin + pathname).toBe('https://www.awin1.com/cread.php');
    return Object.fromEntries(searchParams);
  };
  const patch = (path: string, body: object) => muse.http.patch(`/api/v1${path}`).set(shopper.headers).send(body);

  it('wrap what leads to the store, with the click id of the hand-off, and say so before and beside it', async () => {
    await programme().expect(200);
    await add();
    const session = await begin(shopper);
    const note = expect.stringContaining(`Muse may earn a commission from ${store.name}`);
    expect(session.stores[0]).toMatchObject({ affiliateDisclosure: note });
    expect(session.disclosures.map(({ code }: Body) => code)).toEqual([
      ...['separate_sellers', 'finish_at_store', 'affiliate_link'],
    ]);
    const again = (await shopper.get(`/checkout/sessions/${session.id}`).expect(200)).body;
    expect(again.stores[0].affiliateDisclosure).toEqual(session.stores[0].affiliateDisclosure);
    await place(shopper, session).expect(202);
    const [there] = (await settled(shopper, session.id)).stores;
    expect(there).toMatchObject({ status: 'continue_at_store', affiliateDisclosure: note });
    const clickId = new URL(there.continueUrl).pathname.split('/')[2];
    const told = { awinmid: '6220', awinaffid: '45628', clickref: clickId, ued: page };
    expect(atAwin(await followed(there.continueUrl))).toEqual(told);
    expect(atAwin(await followed(there.handoff.productLinks[0].url))).toEqual(told);
    expect(await shown(there)).toMatchObject({ opens: 2, affiliateDisclosure: note });
  });

  it('speak the shopper’s language', async () => {
    await programme().expect(200);
    await patch('/me', { locale: 'es' }).expect(200);
    const there = await handOff();
    expect(there.affiliateDisclosure).toContain('Muse puede recibir una comisión');
    expect((await shown(there)).affiliateDisclosure).toBe(there.affiliateDisclosure);
  });

  it('are none where the store has no programme', async () => {
    const there = await handOff();
    expect(there.affiliateDisclosure).toBeNull();
    expect(await followed(there.continueUrl)).toBe(page);
    expect((await shown(there)).affiliateDisclosure).toBeNull();
  });

  it('are none for whoever turned them off: from then on, for what waits already too, and back again', async () => {
    await programme().expect(200);
    const there = await handOff();
    expect((await patch('/me', { affiliateLinks: false }).expect(200)).body.affiliateLinks).toBe(false);
    expect((await shopper.get('/me').expect(200)).body.affiliateLinks).toBe(false);
    expect(await followed(there.continueUrl)).toBe(page);
    expect((await shown(there)).affiliateDisclosure).toBeNull();
    await add();
    const session = await begin(shopper);
    expect(session.stores[0].affiliateDisclosure).toBeNull();
    await place(shopper, session).expect(202);
    const [second] = (await settled(shopper, session.id)).stores;
    expect(second.affiliateDisclosure).toBeNull();
    await patch('/me', { affiliateLinks: true }).expect(200);
    // What was built without one has none.
    expect(await followed(second.continueUrl)).toBe(page);
    expect(await followed(there.continueUrl)).toContain('awin1.com');
  });

  it('are turned off for one hand-off by whoever has no account', async () => {
    await programme().expect(200);
    shopper = await guest(muse);
    const there = await handOff();
    expect(await followed(there.continueUrl)).toContain('awin1.com');
    const { body } = await patch(`/handoffs/${there.handoffId}`, { affiliateLink: false }).expect(200);
    expect(body).toMatchObject({ id: there.handoffId, affiliateDisclosure: null });
    expect(await followed(there.continueUrl)).toBe(page);
    await patch(`/handoffs/${there.handoffId}`, { affiliateLink: true }).expect(200);
    expect(await followed(there.continueUrl)).toContain('awin1.com');
    for (const wrong of [{}, { affiliateLink: 'no' }, { affiliateLink: null }, { affiliateLink: false, other: 1 }])
      await patch(`/handoffs/${there.handoffId}`, wrong).expect(400);
    shopper = await guest(muse);
    await patch(`/handoffs/${there.handoffId}`, { affiliateLink: false }).expect(404);
  });

  it('are none for whoever buys unseen', async () => {
    await programme().expect(200);
    await patch('/me', { privacy: 'paranoid' }).expect(200);
    await add();
    const session = (await shopper.post('/checkout/sessions', {}).expect(201)).body;
    expect(session).toMatchObject({ sealed: true, stores: [{ affiliateDisclosure: null }] });
    await place(shopper, session).expect(202);
    const [there] = (await settled(shopper, session.id)).stores;
    expect(there).toMatchObject({ status: 'continue_at_store', affiliateDisclosure: null });
    expect(await followed(there.continueUrl)).toBe(page);
    const [row] = await sql(muse, 'SELECT affiliate_targets FROM handoffs WHERE id = $1', [there.handoffId]);
    expect(row.affiliate_targets).toBeNull();
  });

  it('are none where the shopper tells the store of themselves: that goes to nobody else', async () => {
    const host = store.hosts[0]!;
    await programme().expect(200);
    await sql(muse, `UPDATE stores SET platform = 'shopify', cart_link = NULL WHERE id = $1`, [store.id]);
    const productUrl = `https://${host}/products/a?variant=4001`;
    await addDescribed(shopper, store, { productUrl });
    const session = await readySession(shopper);
    expect(session.stores[0].affiliateDisclosure).toContain('commission');
    const { body } = await shopper
      .put(`/checkout/sessions/${session.id}/stores/${store.id}`, { shareAtStore: true })
      .expect(200);
    expect(body.stores[0]).toMatchObject({ shareAtStore: true, affiliateDisclosure: null });
    await place(shopper, body).expect(202);
    const [there] = (await settled(shopper, session.id)).stores;
    expect(there.affiliateDisclosure).toBeNull();
    for (const link of [there.continueUrl, there.handoff.productLinks[0].url])
      expect(new URL((await followed(link))!).host).toBe(host);
    expect(decodeURIComponent((await followed(there.continueUrl))!)).toContain(CONTACT.email);
    // A link that was changed in the row is no link any more.
    await sql(muse, `UPDATE handoffs SET sealed_url = jsonb_set(sealed_url, '{ct}', '"AAAA"') WHERE id = $1`, [
      there.handoffId,
    ]);
    expect(await followed(there.continueUrl)).toBeNull();
  });

  it('lead straight to the store once the programme has ended, or another took its place', async () => {
    await programme().expect(200);
    const there = await handOff();
    await end().expect(204);
    expect(await followed(there.continueUrl)).toBe(page);
    expect((await shown(there)).affiliateDisclosure).toBeNull();
    await programme(AMAZON).expect(200);
    expect(await followed(there.continueUrl)).toBe(page);
    const next = await handOff();
    const clickId = new URL(next.continueUrl).pathname.split('/')[2];
    expect(await followed(next.continueUrl)).toBe(`${page}&tag=muse-20&ascsubtag=${clickId}`);
  });

  it('leave alone what is on no host of the store, and a session that began before is not surprised', async () => {
    await add();
    const session = await readySession(shopper);
    expect(session.stores[0].affiliateDisclosure).toBeNull();
    await programme().expect(200);
    const now = (await shopper.get(`/checkout/sessions/${session.id}`).expect(200)).body;
    expect(now.stores[0].affiliateDisclosure).toContain('commission');
    await sql(muse, `UPDATE stores SET hosts = '{elsewhere.example}' WHERE id = $1`, [store.id]);
    await place(shopper, session).expect(202);
    const [there] = (await settled(shopper, session.id)).stores;
    expect(there.affiliateDisclosure).toBeNull();
    expect(new URL((await followed(there.continueUrl))!).host).toBe(store.hosts[0]);
  });

  describe('are set up by an admin', () => {
    const active = async () => {
      const { body } = await admin.get(`/admin/stores/${store.id}/affiliate-programmes`).expect(200);
      return body.data.filter(({ endedAt }: Body) => endedAt === null);
    };

    it('for the networks that Muse knows, each with what it asks for', async () => {
      const { body } = await admin.get('/admin/affiliate-networks').expect(200);
      expect(body.data.map(({ id }: Body) => id)).toEqual([
        ...['rakuten', 'cj', 'impact', 'awin', 'shareasale', 'skimlinks', 'sovrn', 'amazon'],
      ]);
      for (const { id, parameters } of body.data) {
        const values = Object.fromEntries(parameters.map(({ name, example }: Body) => [name, example]));
        const { body: made } = await programme({ network: id, parameters: values }).expect(200);
        expect(made).toMatchObject({ network: id, parameters: values, endedAt: null, madeBy: admin.id });
        expect(decodeURIComponent(made.sample)).toContain(`https://${store.hosts[0]}/`);
        expect(await active()).toMatchObject([{ id: made.id }]);
      }
    });

    it('one at a time, and not anew where nothing is new, however many do so at once', async () => {
      const made = await Promise.all(Array.from({ length: 6 }, (_, n) => programme(n % 2 ? AWIN : AMAZON)));
      expect(made.map(({ status }) => status)).toEqual(Array(6).fill(200));
      expect(await active()).toHaveLength(1);
      const { body: first } = await programme(AWIN).expect(200);
      expect((await programme(AWIN).expect(200)).body.id).toBe(first.id);
      await end().expect(204);
      await end().expect(404);
      expect(await active()).toEqual([]);
      expect((await sql(muse, 'SELECT affiliated FROM stores WHERE id = $1', [store.id]))[0].affiliated).toBe(false);
    });

    it.each([
      [{ network: 'awin', parameters: { merchantId: '6220' } }, 422],
      [{ network: 'awin', parameters: { ...AWIN.parameters, publisherId: '4 5' } }, 422],
      [{ network: 'awin', parameters: { ...AWIN.parameters, publisherId: 45628 } }, 422],
      [{ network: 'awin', parameters: { ...AWIN.parameters, other: 'x' } }, 422],
      [{ network: 'impact', parameters: { host: 'localhost', partnerId: '1', adId: '2', campaignId: '3' } }, 422],
      [{ network: 'nobody', parameters: {} }, 400],
      [{ network: 'awin' }, 400],
      [{ network: 'awin', parameters: [] }, 400],
      [{ ...AWIN, more: 1 }, 400],
    ])('not by %j', async (body, status) => {
      await programme(body).expect(status);
      expect(await active()).toEqual([]);
    });

    it('for partner stores alone', async () => {
      const [merchants] = await sql(muse, `SELECT id FROM stores WHERE kind = 'merchant' LIMIT 1`);
      const unknown = '01890000-0000-7000-8000-000000000000';
      for (const id of [unknown, ...(merchants ? [merchants.id] : [])])
        await admin.put(`/admin/stores/${id}/affiliate-programme`, AWIN).expect(404);
      await shopper.put(`/admin/stores/${store.id}/affiliate-programme`, AWIN).expect(403);
    });
  });
});
