import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import { makeKeyPair } from '../support/sealed';
import { makeUser, signIn } from '../support/sellers';
import {
  ADDRESS,
  API,
  addVariant,
  checkoutToPlaced,
  customer,
  guest,
  shopperOf,
  sql,
  statusesOf,
  type Body,
  type Shopper,
} from '../support/shopper';

describe('Published keys', () => {
  let muse: RunningApp;
  let shop: Shop;
  let user: Shopper;

  beforeAll(async () => {
    muse = await startApp();
  });
  beforeEach(async () => {
    [shop, user] = [await openShop(muse), await customer(muse)];
  });

  const ofStore = () => `/merchant/stores/${shop.storeId}/keys`;
  const keysOf = async (who: Shopper, at: string): Promise<Body[]> => (await who.get(at).expect(200)).body.keys;

  it.each(['P-256', 'X25519'] as const)('of %s are shown to everybody, without what is private', async (crv) => {
    const { jwk } = await makeKeyPair(crv);
    const { body } = await shop.merchant.put(ofStore(), { jwk, kid: '2026-11' }).expect(200);
    expect(body).toMatchObject({ ...jwk, kid: '2026-11', alg: 'ECDH-ES+A256KW', use: 'enc', active: true });
    const shown = await muse.http.get(`${API}/stores/${shop.storeId}/keys`).expect(200);
    expect(shown.body.keys).toEqual([body]);
  });

  it('are retired by the next one and stay listed, the active one first; each change is an event', async () => {
    const kids: string[] = [];
    for (let n = 0; n < 3; n++)
      kids.push((await user.put('/me/keys', { jwk: (await makeKeyPair()).jwk }).expect(200)).body.kid);
    const keys = await keysOf(user, '/me/keys');
    expect(keys.map(({ kid, active, retiredAt }) => [kid, active, retiredAt === null])).toEqual([
      [kids[2], true, true],
      [kids[1], false, false],
      [kids[0], false, false],
    ]);
    await user.delete('/me/keys').expect(204);
    await user.delete('/me/keys').expect(204);
    expect((await keysOf(user, '/me/keys')).every(({ active }) => !active)).toBe(true);
    const told = await sql(
      muse,
      `SELECT payload FROM events WHERE type = 'identity.key_changed' AND aggregate_id = $1 ORDER BY id`,
      [user.id],
    );
    expect(told.map(({ payload }) => payload)).toEqual(
      [...kids, null].map((kid) => ({ subjectKind: 'user', subjectId: user.id, kid })),
    );
  });

  it('mean one key for ever: the same again changes nothing, another under its kid is refused', async () => {
    const [one, other] = [await makeKeyPair(), await makeKeyPair()];
    const first = (await user.put('/me/keys', { jwk: one.jwk, kid: 'a' }).expect(200)).body;
    expect((await user.put('/me/keys', { jwk: one.jwk, kid: 'a' }).expect(200)).body).toEqual(first);
    expect((await user.put('/me/keys', { jwk: other.jwk, kid: 'a' }).expect(409)).body.code).toBe('key_id_taken');
    await user.put('/me/keys', { jwk: other.jwk, kid: 'b' }).expect(200);
    expect((await user.put('/me/keys', { jwk: one.jwk, kid: 'a' }).expect(409)).body.code).toBe('key_id_taken');
    // Another owner names keys as they like.
    await shop.merchant.put(ofStore(), { jwk: one.jwk, kid: 'a' }).expect(200);
  });

  it('that are published at once leave one active, and lose none', async () => {
    const pairs = await Promise.all(Array.from({ length: 6 }, () => makeKeyPair()));
    const answers = await Promise.all(pairs.map(({ jwk }) => shop.merchant.put(ofStore(), { jwk })));
    expect(statusesOf(answers)).toEqual(Array(6).fill(200));
    const keys = await keysOf(shop.merchant, ofStore());
    expect(keys).toHaveLength(6);
    expect(keys.filter(({ active }) => active)).toHaveLength(1);
  });

  it('are fifty at most', async () => {
    await sql(
      muse,
      `INSERT INTO public_keys (subject_kind, subject_id, kid, jwk, retired_at) SELECT 'user', $1, 'k' || n, '{"crv": "P-256"}', now() FROM generate_series(1, 50) n`,
      [user.id],
    );
    const refused = await user.put('/me/keys', { jwk: (await makeKeyPair()).jwk }).expect(409);
    expect(refused.body.code).toBe('key_limit_reached');
  });

  it('are refused with anything private, or where they are no keys; nothing is kept', async () => {
    const { jwk } = await makeKeyPair();
    for (const wrong of [
      ...[{ ...jwk, d: jwk['x'] }, { ...jwk, crv: 'P-384' }, { ...jwk, x: 'AAAA' }, { ...jwk, use: 'sig' }, {}],
      { kty: 'oct', k: 'AAAA' },
    ]) {
      const { body } = await user.put('/me/keys', { jwk: wrong }).expect(400);
      expect(body.errors[0].pointer).toBe('/jwk');
    }
    for (const body of [{ jwk: 'key' }, { jwk, kid: 'two words' }, { jwk, more: 1 }, {}])
      await user.put('/me/keys', body).expect(400);
    expect(await keysOf(user, '/me/keys')).toEqual([]);
    await expect(
      sql(
        muse,
        `INSERT INTO public_keys (subject_kind, subject_id, kid, jwk) VALUES ('user', $1, 'k', '{"crv": "P-256", "d": "x"}')`,
        [user.id],
      ),
    ).rejects.toThrow('public_keys_are_public');
  });

  it('are published by whoever runs the store, and by nobody else', async () => {
    const { jwk } = await makeKeyPair();
    const other = await openShop(muse);
    for (const who of [other.merchant, user]) {
      await who.put(ofStore(), { jwk }).expect(404);
      await who.get(ofStore()).expect(404);
      await who.delete(ofStore()).expect(404);
    }
    const stranger = await guest(muse);
    for (const at of [ofStore(), '/me/keys']) {
      await stranger.put(at, { jwk }).expect(403);
      await muse.http.put(`${API}${at}`).send({ jwk }).expect(401);
    }
    await muse.http.get(`${API}/stores/${randomUUID()}/keys`).expect(404);
    const partner = await openPartner(muse);
    const admin = await makeUser(muse, 'admin');
    const asAdmin = shopperOf(muse, admin.id, await signIn(muse, admin));
    await asAdmin.put(`/merchant/stores/${partner.id}/keys`, { jwk }).expect(200);
  });

  it('of a buyer are shown to the merchant of the order, with each change', async () => {
    const [first, second] = [await makeKeyPair(), await makeKeyPair()];
    await addVariant(user, shop.variantIds[0]);
    const { stores } = await checkoutToPlaced(user);
    const at = `/merchant/stores/${shop.storeId}/orders/${stores[0].order.id}/buyer-keys`;
    expect(await keysOf(shop.merchant, at)).toEqual([]);
    await user.put('/me/keys', { jwk: first.jwk, kid: 'a' }).expect(200);
    await user.put('/me/keys', { jwk: second.jwk, kid: 'b' }).expect(200);
    const shown = await keysOf(shop.merchant, at);
    expect(shown.map(({ kid, active }) => [kid, active])).toEqual([
      ['b', true],
      ['a', false],
    ]);
    await (await openShop(muse)).merchant.get(at).expect(404);
    await shop.merchant.get(at.replace(stores[0].order.id, randomUUID())).expect(404);
  });

  it('go with the account', async () => {
    await user.put('/me/keys', { jwk: (await makeKeyPair()).jwk }).expect(200);
    await user.delete('/me').expect(200);
    expect(await sql(muse, 'SELECT 1 FROM public_keys WHERE subject_id = $1', [user.id])).toEqual([]);
  });
});

describe('A user who asks for privacy', () => {
  let muse: RunningApp;

  beforeAll(async () => {
    muse = await startApp();
  });

  const change = (user: Shopper, body: object) => muse.http.patch(`${API}/me`).set(user.headers).send(body);

  it('has no address book from then on, and may have one again', async () => {
    const user = await customer(muse);
    await user.post('/me/addresses', ADDRESS).expect(201);
    expect((await change(user, { privacy: 'paranoid' }).expect(200)).body.privacy).toBe('paranoid');
    expect((await user.get('/me/addresses').expect(200)).body.data).toEqual([]);
    expect((await user.post('/me/addresses', ADDRESS).expect(409)).body.code).toBe('address_book_closed');
    expect((await change(user, { displayName: 'Z' }).expect(200)).body.privacy).toBe('paranoid');
    expect((await change(user, { privacy: 'standard' }).expect(200)).body.privacy).toBe('standard');
    await user.post('/me/addresses', ADDRESS).expect(201);
    await change(user, { privacy: 'secret' }).expect(400);
  });

  it('keeps no address however the two come at once', async () => {
    const user = await customer(muse);
    await Promise.all([
      ...Array.from({ length: 4 }, () => user.post('/me/addresses', ADDRESS)),
      change(user, { privacy: 'paranoid' }),
    ]);
    expect((await user.get('/me/addresses').expect(200)).body.data).toEqual([]);
  });
});
