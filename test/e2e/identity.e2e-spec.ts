import { JwtService } from '@nestjs/jwt';
import { randomUUID } from 'node:crypto';
import { startApp, type RunningApp } from '../support/app';

const API = '/api/v1';
const PASSWORD = 'a long passphrase';
const caracas = { name: 'Ana', line1: 'Av. Bolívar 1', city: 'Caracas', country: 'VE' };

interface Session {
  user: { id: string; email: string; displayName: string | null; roles: string[]; privacy: string };
  accessToken: string;
  refreshToken: string;
  expiresIn: number;
}

describe('Accounts over HTTP', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({ MUSE_ROLE: 'api' });
  });

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const email = () => `u-${randomUUID()}@example.com`;
  const register = async (address = email()): Promise<Session> => {
    const body = { email: address, password: PASSWORD, displayName: 'Ana' };
    return (await app.http.post(`${API}/auth/register`).send(body).expect(201)).body as Session;
  };
  const guest = async () =>
    (await app.http.post(`${API}/guests`).expect(201)).body as {
      guest: { id: string };
      accessToken: string;
      expiresAt: string;
    };
  const refresh = (refreshToken: string) => app.http.post(`${API}/auth/refresh`).send({ refreshToken });

  it('opens an account and shows it', async () => {
    const address = email();
    const { user, accessToken, refreshToken, expiresIn } = await register(address);
    expect(user).toEqual({ id: user.id, email: address, displayName: 'Ana', roles: ['shopper'], privacy: 'standard' });
    expect([expiresIn, refreshToken]).toEqual([600, expect.stringMatching(/^mr_/)]);
    const me = await app.http.get(`${API}/me`).set(bearer(accessToken)).expect(200);
    expect(me.body).toEqual({
      ...user,
      ...{ emailVerified: false, affiliateLinks: true },
      locale: 'en',
      currency: null,
      createdAt: expect.stringMatching(/Z$/) as string,
    });
  });

  it('opens one account per address, whatever its case and however many ask at once', async () => {
    const address = email();
    const ask = (e: string) => app.http.post(`${API}/auth/register`).send({ email: e, password: PASSWORD });
    const [start, ...rest] = address;
    const answers = await Promise.all(
      [address, address.toUpperCase(), [start!.toUpperCase(), ...rest].join('')].map(ask),
    );
    expect(answers.map((a) => a.status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    // By itself: the document takes no address with spaces around it, so it must not be the one that opens the account.
    expect((await ask(` ${address} `)).status).toBe(409);
    expect(answers.find((a) => a.status === 409)!.body).toMatchObject({ code: 'email_taken', status: 409 });
    await app.http.post(`${API}/auth/login`).send({ email: address.toUpperCase(), password: PASSWORD }).expect(200);
  });

  it('answers the same for a wrong password and for an unknown account', async () => {
    const { user } = await register();
    const ask = (e: string) => app.http.post(`${API}/auth/login`).send({ email: e, password: 'wrong passphrase' });
    const answers = await Promise.all([ask(user.email), ask(email())]);
    const [known, unknown] = answers.map(({ status, body, headers }) => {
      const rest = { ...(body as object), requestId: 'another each time' };
      return { status, rest, scheme: headers['www-authenticate'] };
    });
    expect(known).toEqual(unknown);
    expect(known).toMatchObject({ status: 401, rest: { code: 'invalid_credentials' }, scheme: 'Bearer' });
  });

  it('names every wrong field by its pointer and refuses unknown ones', async () => {
    const answer = await app.http
      .post(`${API}/auth/register`)
      .send({ email: 'nope', password: 'short', roles: ['admin'] });
    expect(answer.status).toBe(400);
    const { errors } = answer.body as { errors: { pointer: string }[] };
    expect([...new Set(errors.map((e) => e.pointer))].toSorted()).toEqual(['/email', '/password', '/roles']);
  });

  it('takes long passwords of any script', async () => {
    const [address, password] = [email(), 'пароль🔑 '.repeat(20)];
    await app.http.post(`${API}/auth/register`).send({ email: address, password }).expect(201);
    await app.http.post(`${API}/auth/login`).send({ email: address, password }).expect(200);
  });

  describe('refresh tokens', () => {
    it('work once, and a second use ends the whole family', async () => {
      const first = await register();
      const second = (await refresh(first.refreshToken).expect(200)).body as Session;
      expect(second.user.id).toBe(first.user.id);
      await refresh(first.refreshToken).expect(401);
      const ended = await refresh(second.refreshToken).expect(401);
      expect(ended.body).toMatchObject({ code: 'refresh_token_invalid' });
    });

    it('let one of many uses at the same moment through at most', async () => {
      for (let round = 0; round < 3; round++) {
        const { refreshToken } = await register();
        const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(refreshToken)));
        const through = answers.filter((a) => a.status === 200);
        expect(through).toHaveLength(1);
        // The others were a second use: whoever got through is out as well.
        await refresh((through[0]!.body as Session).refreshToken).expect(401);
      }
    });

    it('of other sign-ins live on', async () => {
      const first = await register();
      const body = { email: first.user.email, password: PASSWORD };
      const second = (await app.http.post(`${API}/auth/login`).send(body).expect(200)).body as Session;
      await app.http.post(`${API}/auth/logout`).send({ refreshToken: first.refreshToken }).expect(204);
      await app.http.post(`${API}/auth/logout`).send({ refreshToken: 'mr_unknown' }).expect(204);
      await refresh(first.refreshToken).expect(401);
      await refresh(second.refreshToken).expect(200);
    });
  });

  describe('access', () => {
    it('needs a token, and says so by RFC 6750', async () => {
      const none = await app.http.get(`${API}/me`);
      expect([none.status, none.headers['www-authenticate'], none.headers['content-type']]).toEqual([
        401,
        'Bearer',
        'application/problem+json; charset=utf-8',
      ]);
      expect(none.body).toMatchObject({ code: 'unauthenticated' });
    });

    it('takes no token that is expired, foreign, unsigned, of another kind, or garbage', async () => {
      const { user } = await register();
      const claims = { sub: user.id, roles: ['shopper', 'admin'], privacy: 'standard', typ: 'access' };
      const ours = app.app.get(JwtService, { strict: false });
      const foreign = new JwtService({ secret: 'x'.repeat(40), signOptions: { issuer: 'muse' } });
      const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
      const unsigned = `${encode({ alg: 'none', typ: 'JWT' })}.${encode({ ...claims, iss: 'muse', exp: 4e9 })}.`;
      const tokens = [
        ours.sign(claims, { expiresIn: -1 }),
        ours.sign({ ...claims, typ: 'other' }),
        ours.sign(claims, { algorithm: 'HS512' }),
        foreign.sign(claims),
        unsigned,
        'garbage',
        'mg_garbage',
        `mg_${'A'.repeat(43)}`,
      ];
      for (const token of tokens) {
        const answer = await app.http.get(`${API}/me`).set(bearer(token));
        expect([token, answer.status, answer.headers['www-authenticate']]).toEqual([
          token,
          401,
          'Bearer error="invalid_token"',
        ]);
      }
      for (const authorization of ['Bearer', 'Bearer ', 'Basic dTpw', '']) {
        await app.http.get(`${API}/me`).set({ authorization }).expect(401);
      }
    });

    it('is for users where a guest has no business, and for admins where a shopper has none', async () => {
      const { accessToken } = await guest();
      expect((await app.http.get(`${API}/me`).set(bearer(accessToken)).expect(403)).body).toMatchObject({
        code: 'forbidden',
      });
      const user = await register();
      const rate = { base: 'USD', quote: 'VES', rate: '36.5' };
      for (const token of [accessToken, user.accessToken]) {
        await app.http.post(`${API}/admin/exchange-rates`).set(bearer(token)).send(rate).expect(403);
      }
    });

    it('is granted to each of two applications by its own keys only', async () => {
      const other = await startApp({ MUSE_ROLE: 'api' });
      const { accessToken } = await register();
      const { accessToken: guestToken } = await guest();
      await app.http.get(`${API}/me`).set(bearer(accessToken)).expect(200);
      await other.http.get(`${API}/me`).set(bearer(accessToken)).expect(401);
      await other.http.get(`${API}/me`).set(bearer(guestToken)).expect(401);
      await app.http.get(`${API}/me`).set(bearer(guestToken)).expect(403);
      await other.close();
    });
  });

  describe('my account', () => {
    it('changes what is named and leaves the rest; null clears', async () => {
      const { accessToken } = await register();
      const patch = async (body: object) =>
        (await app.http.patch(`${API}/me`).set(bearer(accessToken)).send(body).expect(200)).body as Record<
          string,
          unknown
        >;
      expect(await patch({ currency: 'VES' })).toMatchObject({ displayName: 'Ana', currency: 'VES' });
      expect(await patch({ displayName: null })).toMatchObject({ displayName: null, currency: 'VES' });
      expect(await patch({})).toMatchObject({ displayName: null, currency: 'VES' });
      await app.http
        .patch(`${API}/me`)
        .set(bearer(accessToken))
        .send({ roles: ['admin'] })
        .expect(400);
    });

    it('closes at once and for good', async () => {
      const { user, accessToken, refreshToken } = await register();
      await app.http.post(`${API}/me/addresses`).set(bearer(accessToken)).send(caracas).expect(201);
      await app.http.delete(`${API}/me`).set(bearer(accessToken)).expect(200);
      await app.http.get(`${API}/me`).set(bearer(accessToken)).expect(401);
      await app.http.delete(`${API}/me`).set(bearer(accessToken)).expect(401);
      await app.http.post(`${API}/me/addresses`).set(bearer(accessToken)).send(caracas).expect(401);
      await refresh(refreshToken).expect(401);
      await app.http.post(`${API}/auth/login`).send({ email: user.email, password: PASSWORD }).expect(401);
      await register(user.email);
    });
  });

  describe('address book', () => {
    const book = (token: string) => ({
      list: async (query = '') =>
        (await app.http.get(`${API}/me/addresses${query}`).set(bearer(token)).expect(200)).body as {
          data: { id: string; isDefault: boolean; city: string }[];
          nextCursor: string | null;
        },
      add: async (body: object) =>
        (await app.http.post(`${API}/me/addresses`).set(bearer(token)).send(body).expect(201)).body as {
          id: string;
          isDefault: boolean;
        },
    });

    it('keeps several addresses and exactly one default', async () => {
      const { accessToken } = await register();
      const { add, list } = book(accessToken);
      const first = await add(caracas);
      const second = await add({ ...caracas, city: 'Maracaibo' });
      const third = await add({ ...caracas, city: 'Valencia', isDefault: true });
      expect([first.isDefault, second.isDefault, third.isDefault]).toEqual([true, false, true]);
      const defaults = async () => (await list()).data.filter((a) => a.isDefault).map((a) => a.id);
      expect(await defaults()).toEqual([third.id]);
      const url = (id: string) => `${API}/me/addresses/${id}`;
      const replaced = await app.http
        .put(url(first.id))
        .set(bearer(accessToken))
        .send({ ...caracas, line2: 'Piso 2', isDefault: true });
      expect(replaced.body).toMatchObject({ id: first.id, line2: 'Piso 2', isDefault: true, region: null, lat: null });
      expect(await defaults()).toEqual([first.id]);
      await app.http.delete(url(first.id)).set(bearer(accessToken)).expect(204);
      expect(await defaults()).toEqual([third.id]);
    });

    it('is listed by pages', async () => {
      const { accessToken } = await register();
      const { add, list } = book(accessToken);
      const ids: string[] = [];
      for (let n = 0; n < 5; n++) ids.push((await add(caracas)).id);
      const first = await list('?limit=3');
      const rest = await list(`?limit=3&cursor=${first.nextCursor}`);
      expect([...first.data, ...rest.data].map((a) => a.id)).toEqual(ids);
      expect(rest.nextCursor).toBeNull();
      await app.http.get(`${API}/me/addresses?cursor=x`).set(bearer(accessToken)).expect(400);
    });

    it('is nobody else’s', async () => {
      const [owner, other] = [await register(), await register()];
      const { id } = await book(owner.accessToken).add(caracas);
      const ask = (method: 'put' | 'delete', address: string) =>
        app.http[method](`${API}/me/addresses/${address}`)
          .set(bearer(other.accessToken))
          .send(method === 'put' ? caracas : undefined);
      for (const method of ['put', 'delete'] as const) {
        const [foreign, unknown] = [await ask(method, id), await ask(method, randomUUID())];
        const detail = (answer: { body: unknown }) => (answer.body as { detail: string }).detail;
        expect([foreign.status, detail(foreign)]).toEqual([404, detail(unknown)]);
      }
      expect((await book(other.accessToken).list()).data).toEqual([]);
      expect((await book(owner.accessToken).list()).data).toHaveLength(1);
    });

    it('says by pointer what an address lacks for its country', async () => {
      const { accessToken } = await register();
      const answer = await app.http
        .post(`${API}/me/addresses`)
        .set(bearer(accessToken))
        .send({ ...caracas, country: 'US', lat: 200 });
      expect(answer.status).toBe(400);
      const { errors } = answer.body as { errors: { pointer: string; detail: string }[] };
      expect(errors).toEqual(
        expect.arrayContaining([
          { pointer: '/region', detail: 'region is required in US' },
          { pointer: '/postalCode', detail: 'postalCode is required in US' },
          { pointer: '/lat', detail: expect.any(String) as string },
        ]),
      );
    });

    it('adds once for one Idempotency-Key', async () => {
      const { accessToken } = await register();
      const add = () =>
        app.http
          .post(`${API}/me/addresses`)
          .set({ ...bearer(accessToken), 'idempotency-key': 'one' })
          .send(caracas);
      const first = await add().expect(201);
      const again = await add().expect(201);
      expect(again.body).toEqual(first.body);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect((await book(accessToken).list()).data).toHaveLength(1);
    });
  });
});
