import { randomUUID } from 'node:crypto';
import { OneTimeTokens, type OneTimePurpose } from '../../src/identity';
import { SignInThrottle } from '../../src/identity/access/sign-in-throttle';
import { Database } from '../../src/platform/database';
import { Counters } from '../../src/platform/http';
import { startApp, type RunningApp } from '../support/app';
import { API, ADDRESS, sql, statusesOf, type Body } from '../support/shopper';

const PASSWORD = 'a long passphrase';
const ANOTHER = 'una tarde de lluvia';

interface Account {
  id: string;
  email: string;
  headers: Record<string, string>;
  refreshToken: string;
}

describe('Credentials', () => {
  let muse: RunningApp;
  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api', RATE_LIMIT_FACTOR: '1', TRUSTED_PROXIES: '127.0.0.1' });
  });
  afterEach(() => sql(muse, 'TRUNCATE rate_counters, sign_in_attempts'));

  /** As if from an address of its own. */
  const post = (path: string, body: object = {}, from = '203.0.113.1') =>
    muse.http.post(`${API}/auth/${path}`).set('x-forwarded-for', from).send(body);
  const login = (email: string, password = PASSWORD, from?: string) => post('login', { email, password }, from);
  const refresh = (refreshToken: string) => post('refresh', { refreshToken });
  const register = async (from?: string): Promise<Account> => {
    const email = `u-${randomUUID()}@example.com`;
    const { body } = await post('register', { email, password: PASSWORD, displayName: 'Ana Pérez' }, from).expect(201);
    const headers = { authorization: `Bearer ${body.accessToken}` };
    return { id: body.user.id, email, headers, refreshToken: body.refreshToken };
  };
  const me = async ({ headers }: Account): Promise<Body> =>
    (await muse.http.get(`${API}/me`).set(headers).expect(200)).body;
  const link = ({ id }: Account, purpose: OneTimePurpose) => {
    const tokens = muse.app.get(OneTimeTokens, { strict: false });
    return muse.app.get(Database, { strict: false }).transaction((tx) => tokens.issue(tx, id, purpose));
  };
  const events = async ({ id }: Account, type: string): Promise<Body[]> =>
    sql(muse, `SELECT payload FROM events WHERE aggregate_id = $1 AND type = $2`, [id, `identity.${type}`]);

  describe('of an address', () => {
    it('are proved by the mailed link, once', async () => {
      const ana = await register();
      expect((await me(ana)).emailVerified).toBe(false);
      const token = await link(ana, 'verify_email');
      await post('verify-email', { token }).expect(204);
      expect((await me(ana)).emailVerified).toBe(true);
      expect((await post('verify-email', { token }).expect(422)).body.code).toBe('link_invalid');
      expect(await events(ana, 'email_verified')).toHaveLength(1);
    });

    it('are not proved by an unknown, expired or replaced link, nor by one for a password', async () => {
      const ana = await register();
      const replaced = await link(ana, 'verify_email');
      const expired = await link(ana, 'verify_email');
      await sql(muse, `UPDATE one_time_tokens SET expires_at = now() WHERE user_id = $1`, [ana.id]);
      const forPassword = await link(ana, 'reset_password');
      for (const token of [replaced, expired, forPassword, `mo_${'A'.repeat(43)}`, 'garbage']) {
        expect((await post('verify-email', { token }).expect(422)).body.code).toBe('link_invalid');
      }
      expect((await me(ana)).emailVerified).toBe(false);
    });

    it('are asked for again by who is signed in, five times an hour, until they are proved', async () => {
      const ana = await register();
      const ask = () => muse.http.post(`${API}/auth/verify-email/request`).set(ana.headers);
      const answers = await Promise.all(Array.from({ length: 8 }, ask));
      expect(statusesOf(answers)).toEqual([202, 202, 202, 202, 202, 429, 429, 429]);
      expect(await events(ana, 'verification_requested')).toHaveLength(5);
      await post('verify-email', { token: await link(ana, 'verify_email') }).expect(204);
      await sql(muse, 'TRUNCATE rate_counters');
      await ask().expect(202);
      expect(await events(ana, 'verification_requested')).toHaveLength(5);
      await muse.http.post(`${API}/auth/verify-email/request`).expect(401);
    });
  });

  describe('that were forgotten', () => {
    it('answer the same, in the same time, whether there is such an account or not', async () => {
      const ana = await register();
      interface Timed {
        ms: number;
        answer: { status: number; body: Body; type: string | undefined };
      }
      const timed = async (email: string): Promise<Timed> => {
        const began = performance.now();
        const { status, body, headers } = await post('forgot-password', { email });
        return { ms: performance.now() - began, answer: { status, body, type: headers['content-type'] } };
      };
      const asked: (readonly [Timed, Timed])[] = [];
      for (let n = 0; n < 3; n++) {
        asked.push([await timed(ana.email.toUpperCase()), await timed('nobody@example.com')] as const);
      }
      const [known, unknown] = asked[0]!;
      expect(known.answer).toEqual(unknown.answer);
      expect(known.answer.status).toBe(202);
      for (const { ms } of asked.flat()) expect(ms).toBeGreaterThanOrEqual(395);
      const quickest = (which: 0 | 1) => Math.min(...asked.map((pair) => pair[which].ms));
      expect(Math.abs(quickest(0) - quickest(1))).toBeLessThan(200);
      expect(await events(ana, 'password_reset_requested')).toEqual(Array.from({ length: 3 }, () => ({ payload: {} })));
    });

    it('reach the owner whatever strangers ask for: at most 20 mails an hour from all strange networks', async () => {
      const ana = await register('198.51.100.1');
      for (let network = 1; network <= 6; network++) {
        const ask = () => post('forgot-password', { email: ana.email }, `203.0.113.${network}`).expect(202);
        await Promise.all(Array.from({ length: 6 }, ask));
      }
      expect(await events(ana, 'password_reset_requested')).toHaveLength(20);
      await post('forgot-password', { email: ana.email }, '198.51.100.1').expect(202);
      expect(await events(ana, 'password_reset_requested')).toHaveLength(21);
    });

    it('send one account no more than five mails an hour to one network, and say nothing of it', async () => {
      const ana = await register();
      const answers = await Promise.all(Array.from({ length: 8 }, () => post('forgot-password', { email: ana.email })));
      expect(new Set(statusesOf(answers))).toEqual(new Set([202]));
      expect(await events(ana, 'password_reset_requested')).toHaveLength(5);
    });

    it('are set anew by the mailed link, which ends every sign-in and leaves sealed data readable', async () => {
      const ana = await register();
      const phone = (await login(ana.email).expect(200)).body;
      await muse.http.post(`${API}/me/addresses`).set(ana.headers).send(ADDRESS).expect(201);
      const [token, verify] = [await link(ana, 'reset_password'), await link(ana, 'verify_email')];
      await post('reset-password', { token, password: ANOTHER }).expect(204);
      for (const refreshToken of [ana.refreshToken, phone.refreshToken]) await refresh(refreshToken).expect(401);
      await login(ana.email).expect(401);
      const again = (await login(ana.email, ANOTHER).expect(200)).body;
      const headers = { authorization: `Bearer ${again.accessToken}` };
      const book = await muse.http.get(`${API}/me/addresses`).set(headers).expect(200);
      expect(book.body.data).toMatchObject([{ line1: ADDRESS.line1 }]);
      // Whoever had the mail has the address.
      expect((await me({ ...ana, headers })).emailVerified).toBe(true);
      expect(await events(ana, 'password_changed')).toEqual([{ payload: { by: 'reset' } }]);
      await post('reset-password', { token, password: PASSWORD }).expect(422);
      await post('verify-email', { token: verify }).expect(204);
    });

    it('are set by one of several that come with the same link at once', async () => {
      const ana = await register();
      const token = await link(ana, 'reset_password');
      const passwords = Array.from({ length: 6 }, (_, n) => `una tarde de lluvia ${n}`);
      const answers = await Promise.all(passwords.map((password) => post('reset-password', { token, password })));
      expect(statusesOf(answers)).toEqual([204, 422, 422, 422, 422, 422]);
      const won = passwords[answers.findIndex(({ status }) => status === 204)];
      await login(ana.email, won).expect(200);
      expect(await events(ana, 'password_changed')).toHaveLength(1);
    });

    it('are not set by a link that is expired, replaced or for an address, nor to a bad password, which leaves it usable', async () => {
      const ana = await register();
      const replaced = await link(ana, 'reset_password');
      const expired = await link(ana, 'reset_password');
      await sql(muse, `UPDATE one_time_tokens SET expires_at = now() WHERE user_id = $1`, [ana.id]);
      const forAddress = await link(ana, 'verify_email');
      for (const token of [replaced, expired, forAddress, 'garbage']) {
        const { body } = await post('reset-password', { token, password: ANOTHER }).expect(422);
        expect(body.code).toBe('link_invalid');
      }
      const token = await link(ana, 'reset_password');
      const refused = await post('reset-password', { token, password: 'password123' }).expect(422);
      expect(refused.body).toMatchObject({
        code: 'password_refused',
        reason: 'too_common',
        errors: [{ pointer: '/password' }],
      });
      await post('reset-password', { token, password: 'short' }).expect(400);
      await post('reset-password', { token, password: ANOTHER }).expect(204);
    });

    it('leave a closed account closed', async () => {
      const ana = await register();
      const token = await link(ana, 'reset_password');
      await muse.http.delete(`${API}/me`).set(ana.headers).expect(200);
      await post('reset-password', { token, password: ANOTHER }).expect(422);
      await post('forgot-password', { email: ana.email }).expect(202);
      expect(await events(ana, 'password_reset_requested')).toEqual([]);
    });
  });

  describe('that are changed', () => {
    const change = (who: Account, currentPassword: string, newPassword: string, from = '203.0.113.1') =>
      muse.http
        .put(`${API}/me/password`)
        .set({ ...who.headers, 'x-forwarded-for': from })
        .send({ currentPassword, newPassword });

    it('need the present one, and end every other sign-in', async () => {
      const ana = await register();
      expect((await change(ana, 'wrong passphrase', ANOTHER).expect(422)).body.code).toBe('password_wrong');
      await change(ana, PASSWORD, 'anaperez123').expect(422);
      const { body } = await change(ana, PASSWORD, ANOTHER).expect(200);
      await refresh(ana.refreshToken).expect(401);
      await refresh(body.refreshToken).expect(200);
      await login(ana.email).expect(401);
      await login(ana.email, ANOTHER).expect(200);
      expect(await events(ana, 'password_changed')).toEqual([{ payload: { by: 'change' } }]);
    });

    it('are changed by one of several that change it at once', async () => {
      const ana = await register();
      const answers = await Promise.all([1, 2, 3].map((n) => change(ana, PASSWORD, `${ANOTHER} ${n}`)));
      expect(statusesOf(answers)).toEqual([200, 422, 422]);
    });

    it('that are refused take no attempts to sign in', async () => {
      const ana = await register();
      for (let n = 0; n < 12; n++) {
        expect((await change(ana, PASSWORD, 'anaperez123').expect(422)).body.code).toBe('password_refused');
      }
      expect(await sql(muse, 'SELECT 1 FROM sign_in_attempts')).toEqual([]);
      await change(ana, PASSWORD, ANOTHER).expect(200);
    });

    it('are not guessed at by way of a stolen access token', async () => {
      const ana = await register();
      const answers = await Promise.all(Array.from({ length: 20 }, () => change(ana, 'wrong passphrase', ANOTHER)));
      expect(answers.filter(({ status }) => status === 422)).toHaveLength(10);
      expect((await change(ana, PASSWORD, ANOTHER).expect(429)).body.code).toBe('sign_in_throttled');
    });
  });

  it('are signed in with, and end the guest, even where the attempt cannot be given back', async () => {
    const ana = await register();
    const { body } = await muse.http.post(`${API}/guests`).expect(201);
    const guest = { authorization: `Bearer ${body.accessToken}` };
    const giveBack = jest.spyOn(muse.app.get(Counters, { strict: false }), 'giveBack');
    giveBack.mockRejectedValueOnce(new Error('no connection'));
    await login(ana.email).set(guest).expect(200);
    expect(giveBack).toHaveBeenCalledTimes(1);
    giveBack.mockRestore();
    await muse.http.get(`${API}/cart`).set(guest).expect(401);
  });

  it('end everywhere at once', async () => {
    const ana = await register();
    const phone = (await login(ana.email).expect(200)).body;
    const other = await register();
    await muse.http.post(`${API}/auth/logout-everywhere`).expect(401);
    await muse.http.post(`${API}/auth/logout-everywhere`).set(ana.headers).expect(204);
    for (const refreshToken of [ana.refreshToken, phone.refreshToken]) await refresh(refreshToken).expect(401);
    await refresh(other.refreshToken).expect(200);
    await login(ana.email).expect(200);
  });

  it('that are too weak are refused, saying why', async () => {
    const ask = (password: string) =>
      post('register', { email: `${randomUUID()}@example.com`, password, displayName: 'Ana Pérez' });
    const reasonOf = async (password: string) => (await ask(password).expect(422)).body.reason;
    expect(await reasonOf('kX9#vPq2L')).toBe('too_short');
    for (const password of ['password1234', 'qwertyuiop', 'AnaPerez12', 'musemusemuse']) {
      expect([password, await reasonOf(password)]).toEqual([password, 'too_common']);
    }
    const long = 'пароль для магазина '.repeat(10);
    await ask(long).expect(201);
    await ask('x'.repeat(257)).expect(400);
  });

  describe('that are guessed', () => {
    const wrong = (email: string, from?: string) => login(email, 'wrong passphrase', from);
    const many = (count: number, email: string, from?: string) =>
      Promise.all(Array.from({ length: count }, () => wrong(email, from)));
    const later = (seconds: number) =>
      sql(muse, `UPDATE sign_in_attempts SET last_at = last_at - make_interval(secs => $1)`, [seconds]);
    const throttled = (answer: { status: number; body: Body; headers: Record<string, string> }): number => {
      expect([answer.status, answer.body.code]).toEqual([429, 'sign_in_throttled']);
      return Number(answer.headers['retry-after']);
    };

    it('are looked at exactly ten times, however many come at once, and the same for an unknown account', async () => {
      const ana = await register();
      for (const email of [ana.email, 'nobody@example.com']) {
        const answers = await many(50, email);
        expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
        expect(answers.filter(({ status }) => status === 429)).toHaveLength(40);
        expect(new Set(answers.filter(({ status }) => status === 401).map(({ body }) => body.code))).toEqual(
          new Set(['invalid_credentials']),
        );
        await sql(muse, 'TRUNCATE rate_counters');
      }
      // The right one has to wait as well, and no header helps.
      throttled(await login(ana.email));
    });

    it('wait longer each time, a quarter of an hour at most, and no longer once they were right', async () => {
      const ana = await register();
      await many(10, ana.email);
      const waits: number[] = [];
      for (let n = 0; n < 7; n++) {
        const wait = throttled(await wrong(ana.email));
        waits.push(wait);
        await later(wait + 1);
        await wrong(ana.email).expect(401);
      }
      // Less what has passed since, on a machine that may be slow.
      [30, 60, 120, 240, 480, 900, 900].forEach((seconds, n) => {
        expect(waits[n]).toBeLessThanOrEqual(seconds);
        expect(waits[n]).toBeGreaterThan(seconds - 15);
      });
      await later(901);
      await login(ana.email).expect(200);
      expect(statusesOf(await many(5, ana.email))).toEqual([401, 401, 401, 401, 401]);
    });

    it('do not keep the owner out: neither by one address nor by very many', async () => {
      const home = '203.0.113.77';
      const ana = await register(home);
      await many(20, ana.email, '198.51.100.1');
      throttled(await login(ana.email, PASSWORD, '198.51.100.1'));
      await login(ana.email, PASSWORD, home).expect(200);
      for (let n = 0; n < 11; n++) await many(10, ana.email, `198.51.100.${n + 2}`);
      // A hundred from addresses that were never theirs: others have to wait, wherever they are.
      throttled(await wrong(ana.email, '192.0.2.1'));
      await login(ana.email, PASSWORD, home).expect(200);
      // That forgot the attempts; so once more, and the owner is away from home.
      for (let n = 0; n < 11; n++) await many(10, ana.email, `198.51.100.${n + 20}`);
      throttled(await login(ana.email, PASSWORD, '192.0.2.9'));
      const token = await link(ana, 'reset_password');
      await post('reset-password', { token, password: ANOTHER }, '192.0.2.9').expect(204);
      for (let n = 0; n < 11; n++) await many(10, ana.email, `198.51.100.${n + 40}`);
      await login(ana.email, ANOTHER, '192.0.2.9').expect(200);
    });

    it('are counted by address over all accounts, and who signs in does not count', async () => {
      const ana = await register();
      const from = '203.0.113.50';
      for (let n = 0; n < 3; n++) await login(ana.email, PASSWORD, from).expect(200);
      let through = 0;
      for (let n = 0; n < 110; n++) {
        const answer = await wrong(`n${n}@example.com`, from);
        if (answer.status === 401) through++;
        else expect([answer.status, answer.body.code, answer.body.limit]).toEqual([429, 'rate_limited', 'sign-ins']);
      }
      // One comes back every 36 s.
      expect(through).toBeGreaterThanOrEqual(100);
      expect(through).toBeLessThanOrEqual(103);
      expect(await events(ana, 'registered')).toHaveLength(1);
    });

    it('take the same time for an unknown account', async () => {
      const ana = await register();
      // The quickest of nine each, in turn: whatever else the machine does only makes some slower.
      const quickest = { known: Infinity, unknown: Infinity };
      for (let n = 0; n < 9; n++) {
        for (const [who, email] of [
          ['known', ana.email],
          ['unknown', 'nobody@example.com'],
        ] as const) {
          const began = performance.now();
          await wrong(email).expect(401);
          quickest[who] = Math.min(quickest[who], performance.now() - began);
        }
      }
      const { known, unknown } = quickest;
      expect(Math.max(known, unknown) / Math.min(known, unknown)).toBeLessThan(2);
    });

    it('are forgotten after a day, and addresses after 90', async () => {
      const ana = await register();
      await wrong(ana.email);
      await later(86_401);
      await sql(muse, `UPDATE known_addresses SET last_seen_at = now() - interval '91 days' WHERE user_id = $1`, [
        ana.id,
      ]);
      await muse.app.get(SignInThrottle, { strict: false }).sweep();
      expect(await sql(muse, 'SELECT 1 FROM sign_in_attempts')).toEqual([]);
      expect(await sql(muse, 'SELECT 1 FROM known_addresses WHERE user_id = $1', [ana.id])).toEqual([]);
    });
  });

  describe('that somebody else has had', () => {
    const makeKey = ({ headers }: Pick<Account, 'headers'>) =>
      muse.http
        .post(`${API}/me/api-keys`)
        .set(headers)
        .send({ name: 'Intruder', scopes: ['orders:read'] });
    const ordersBy = (token: string) => muse.http.get(`${API}/orders`).set({ authorization: `Bearer ${token}` });
    /** What an access token must not do any more once the credentials are others. */
    const refusedEverywhere = async ({ headers, id }: Account) => {
      const keyId = randomUUID();
      const answers = [
        await makeKey({ headers }),
        await muse.http.post(`${API}/me/api-keys/${keyId}/rotate`).set(headers).send({ graceSeconds: 0 }),
        await muse.http.delete(`${API}/me/api-keys/${keyId}`).set(headers),
        await muse.http.get(`${API}/me`).set(headers),
        await muse.http.patch(`${API}/me`).set(headers).send({ displayName: 'Mallory' }),
        await muse.http.post(`${API}/me/addresses`).set(headers).send(ADDRESS),
        await muse.http.put(`${API}/me/addresses/${keyId}`).set(headers).send(ADDRESS),
        await muse.http.delete(`${API}/me/addresses/${keyId}`).set(headers),
        await muse.http.post(`${API}/auth/verify-email/request`).set(headers),
        await muse.http.post(`${API}/auth/logout-everywhere`).set(headers),
        await muse.http.delete(`${API}/me`).set(headers),
      ];
      expect(answers.map(({ status, body }) => `${status} ${body.code}`)).toEqual(
        answers.map(() => '401 unauthenticated'),
      );
      const left = 'SELECT display_name AS name, disabled_at AS closed FROM users WHERE id = $1';
      expect(await sql(muse, left, [id])).toEqual([{ name: 'Ana Pérez', closed: null }]);
    };
    const proved = async (): Promise<Account> => {
      const ana = await register();
      await post('verify-email', { token: await link(ana, 'verify_email') }).expect(204);
      return ana;
    };

    it('make no API key before the address is proved', async () => {
      const mallory = await register();
      expect((await makeKey(mallory).expect(403)).body.code).toBe('address_unproven');
      await post('verify-email', { token: await link(mallory, 'verify_email') }).expect(204);
      await makeKey(mallory).expect(201);
    });

    it('are worth nothing after a reset: API keys, sign-ins and access tokens end', async () => {
      const ana = await proved();
      const keys = [(await makeKey(ana).expect(201)).body, (await makeKey(ana).expect(201)).body];
      for (const { token } of keys) await ordersBy(token).expect(200);
      await post('reset-password', { token: await link(ana, 'reset_password'), password: ANOTHER }).expect(204);
      for (const { token } of keys) await ordersBy(token).expect(401);
      expect(await sql(muse, 'SELECT 1 FROM api_keys WHERE user_id = $1', [ana.id])).toEqual([]);
      expect(await events(ana, 'api_key_ended')).toHaveLength(2);
      await refusedEverywhere(ana);
      const again = (await login(ana.email, ANOTHER).expect(200)).body;
      await makeKey({ headers: { authorization: `Bearer ${again.accessToken}` } }).expect(201);
    });

    it('leave no API key behind that was asked for while the password was reset', async () => {
      const ana = await proved();
      const token = await link(ana, 'reset_password');
      await Promise.all([
        post('reset-password', { token, password: ANOTHER }).expect(204),
        ...Array.from({ length: 8 }, () => makeKey(ana)),
      ]);
      expect(await sql(muse, 'SELECT 1 FROM api_keys WHERE user_id = $1', [ana.id])).toEqual([]);
    });

    it('open nothing of the account after the password is changed, in the same second too; its keys and new tokens do', async () => {
      const ana = await proved();
      const key = (await makeKey(ana).expect(201)).body;
      const change = { currentPassword: PASSWORD, newPassword: ANOTHER };
      const changed = (await muse.http.put(`${API}/me/password`).set(ana.headers).send(change).expect(200)).body;
      await refusedEverywhere(ana);
      await ordersBy(key.token).expect(200);
      const headers = { authorization: `Bearer ${changed.accessToken}` };
      await me({ ...ana, headers });
      const { body } = await refresh(changed.refreshToken).expect(200);
      await me({ ...ana, headers: { authorization: `Bearer ${body.accessToken}` } });
    });

    it('open nothing of the account after signing out everywhere; its keys go on', async () => {
      const ana = await proved();
      const key = (await makeKey(ana).expect(201)).body;
      await muse.http.post(`${API}/auth/logout-everywhere`).set(ana.headers).expect(204);
      await refusedEverywhere(ana);
      await ordersBy(key.token).expect(200);
      await me({
        ...ana,
        headers: { authorization: `Bearer ${(await login(ana.email).expect(200)).body.accessToken}` },
      });
    });
  });

  describe('that are refreshed', () => {
    it('end 90 days after the sign-in, however often', async () => {
      const ana = await register();
      await sql(
        muse,
        `UPDATE refresh_tokens SET expires_at = now() + interval '1 hour', family_expires_at = now() + interval '2 hours' WHERE user_id = $1`,
        [ana.id],
      );
      const next = (await refresh(ana.refreshToken).expect(200)).body;
      const [{ left }] = (await sql(
        muse,
        `SELECT round(extract(epoch FROM expires_at - now()) / 60)::int AS left FROM refresh_tokens WHERE user_id = $1 AND used_at IS NULL`,
        [ana.id],
      )) as [Body];
      expect(left).toBe(120);
      await sql(
        muse,
        `UPDATE refresh_tokens SET expires_at = now() - interval '1 second', family_expires_at = now() - interval '1 second' WHERE user_id = $1`,
        [ana.id],
      );
      await refresh(next.refreshToken).expect(401);
      await expect(
        sql(muse, `UPDATE refresh_tokens SET expires_at = family_expires_at + interval '1 second' WHERE user_id = $1`, [
          ana.id,
        ]),
      ).rejects.toThrow('refresh_tokens_end_with_their_family');
    });

    it('by two tabs at once: one gets through, and the family ends, as it would for a thief', async () => {
      const ana = await register();
      const answers = await Promise.all([refresh(ana.refreshToken), refresh(ana.refreshToken)]);
      expect(statusesOf(answers)).toEqual([200, 401]);
      const won = answers.find(({ status }) => status === 200)!.body;
      await refresh(won.refreshToken).expect(401);
      expect(await events(ana, 'refresh_token_reused')).toHaveLength(1);
      await login(ana.email).expect(200);
    });
  });
});
