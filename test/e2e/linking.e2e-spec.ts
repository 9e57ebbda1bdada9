import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StoreAccounts } from '../../src/store-integrations';
import { startApp, type RunningApp } from '../support/app';
import { afterFile } from '../support/cleanup';
import { assertNone, leaksOfDatabase } from '../support/leaks';
import { answerOf, beginLink, complete, connect, consentOf, link, type ConnectedStore } from '../support/linking';
import { openPartner } from '../support/market';
import { startOAuth, type OAuthDouble } from '../support/oauth-double';
import { API, customer, eventually, guest, sql, statusesOf, type Body, type Shopper } from '../support/shopper';

const TABLES = ['store_accounts', 'store_secrets', 'store_links', 'store_revocations'];

describe('Linking an account at a store', () => {
  let oauth: OAuthDouble;
  let muse: RunningApp;
  let store: ConnectedStore;
  let ana: Shopper;
  let bo: Shopper;

  beforeAll(async () => {
    oauth = await startOAuth();
    muse = await startApp({ SANDBOX_ORIGINS: oauth.url });
    store = await connect(muse, oauth);
    [ana, bo] = [await customer(muse), await customer(muse)];
  }, 60_000);
  beforeEach(() => {
    Object.assign(oauth.behaviour, {
      iss: 'right',
      tokenFaults: [],
      revocationFaults: [],
      metadata: {},
      tokens: {},
      slowMs: 0,
    });
  });
  afterAll(async () => assertNone(await leaksOfDatabase(muse.database)));

  const codeOf = ({ status, body }: { status: number; body: Body }) => [status, body.code ?? body.status];
  const eventsOf = async (type: string): Promise<Body[]> =>
    sql(muse, 'SELECT aggregate_id, payload FROM events WHERE type = $1 ORDER BY id', [type]);
  const rowsOf = async (userId: string): Promise<number[]> =>
    Promise.all(
      ['store_accounts', 'store_links', 'store_consents'].map(
        async (table) => (await sql(muse, `SELECT 1 FROM ${table} WHERE user_id = $1`, [userId])).length,
      ),
    );

  it('lets Muse use it, and says what is kept of it and since when', async () => {
    const linked = await link(ana, oauth, store.id);
    expect(linked).toEqual({
      store: { id: store.id, name: expect.any(String) },
      ...{ status: 'linked', scopes: ['orders:read'], stored: ['access_token', 'refresh_token'] },
      ...{ linkedAt: expect.any(String), lastUsedAt: null, kind: 'oauth', signIn: null },
      consent: { version: await consentOf(ana), givenAt: expect.any(String) },
    });
    expect((await ana.get('/integrations').expect(200)).body).toMatchObject({ data: [linked], nextCursor: null });
    expect((await ana.get(`/integrations/${store.id}`).expect(200)).body).toEqual(linked);
    expect((await bo.get('/integrations').expect(200)).body.data).toEqual([]);
    await bo.get(`/integrations/${store.id}`).expect(404);
    expect(await eventsOf('store_account.linked')).toEqual([
      { aggregate_id: expect.any(String), payload: { storeId: store.id, userId: ana.id } },
    ]);
  });

  it('asks the store by PKCE, for the scopes of the connection, and keeps of the request what opens nothing', async () => {
    const url = new URL(await beginLink(ana, store.id));
    const { state, code_challenge: challenge, ...rest } = answerOf(url);
    expect(`${url.origin}${url.pathname}`).toBe(`${oauth.url}/authorize`);
    expect(rest).toEqual({
      ...{ response_type: 'code', client_id: 'muse', scope: 'orders:read', code_challenge_method: 'S256' },
      redirect_uri: `${muse.config.PUBLIC_URL}${API}/integrations/callback`,
    });
    expect([state, challenge]).toEqual([expect.stringMatching(/^ms_[\w-]{43}$/), expect.stringMatching(/^[\w-]{43}$/)]);
    const [row] = await sql(muse, 'SELECT state_hash, verifier FROM store_links ORDER BY id DESC LIMIT 1');
    expect(row.state_hash.equals(createHash('sha256').update(state!).digest())).toBe(true);
    expect(Object.keys(row.verifier).sort()).toEqual(['ct', 'iv', 'k', 'tag', 'v']);
  });

  it('begins once for the same key', async () => {
    const body = { consent: await consentOf(ana) };
    const key = { 'idempotency-key': randomUUID() };
    const [first, again] = [
      await ana.post(`/integrations/${store.id}/link`, body, key).expect(201),
      await ana.post(`/integrations/${store.id}/link`, body, key).expect(201),
    ];
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  describe('by way of the browser', () => {
    it('leads back to the page that began it, with the answer behind a #', async () => {
      const page = 'http://localhost:5173/linked?tab=2';
      const back = await oauth.visit(await beginLink(ana, store.id, { returnTo: page }));
      expect(`${back.origin}${back.pathname}`).toBe(`${muse.config.PUBLIC_URL}${API}/integrations/callback`);
      const { headers } = await muse.http.get(`${back.pathname}${back.search}`).expect(303);
      const [to, fragment] = headers['location']!.split('#') as [string, string];
      expect(to).toBe(page);
      expect(Object.fromEntries(new URLSearchParams(fragment))).toEqual(answerOf(back));
      expect([headers['referrer-policy'], headers['cache-control']]).toEqual(['no-referrer', 'no-store']);
      // Nothing is linked by that: whoever holds the browser may be anybody.
      expect((await sql(muse, `SELECT status FROM store_links ORDER BY id DESC LIMIT 1`))[0].status).toBe('begun');
    });

    it('leads to a page of ours where none was named', async () => {
      const back = await oauth.visit(await beginLink(ana, store.id));
      const { headers } = await muse.http.get(`${back.pathname}${back.search}`).expect(303);
      const [to, fragment] = headers['location']!.split('#') as [string, string];
      expect(to).toBe(`${muse.config.PUBLIC_URL}/m/linked`);
      expect(Object.fromEntries(new URLSearchParams(fragment))).toEqual(answerOf(back));
      const { text } = await muse.http.get('/m/linked').expect(200);
      expect(text).not.toContain('<script');
    });

    it.each([
      'state=ms_' + 'A'.repeat(43),
      'state=x&code=y',
      '',
      'state=a&state=b',
      'state[a]=b&code[]=c',
      'session_state=1&returnTo=https%3A%2F%2Fevil.example',
    ])('leads nowhere else for a state that nobody waits for: %s', async (query) => {
      const { headers } = await muse.http.get(`${API}/integrations/callback?${query}`).expect(303);
      expect(headers['location']).toBe(`${muse.config.PUBLIC_URL}/m/linked#error=link_not_found`);
    });

    it.each([
      'https://evil.example/linked',
      'javascript:alert(1)',
      '//evil.example',
      'https://localhost@evil.example/',
      'http://localhost:5173/linked#code=x',
      'http://user:pass@localhost:5173/',
    ])('is begun for none but our own pages: %s', async (returnTo) => {
      const body = { consent: await consentOf(ana), returnTo };
      const answer = await ana.post(`/integrations/${store.id}/link`, body).expect(422);
      expect([answer.body.code, answer.body.errors[0].pointer]).toEqual(['invalid_field', '/returnTo']);
    });

    it('takes a code of digits, which is nobody’s card', async () => {
      await muse.http.get(`${API}/integrations/callback?state=x&code=4111111111111111`).expect(303);
      const answer = await complete(ana, { state: `ms_${'A'.repeat(43)}`, code: '4111111111111111' });
      expect(answer.status).toBe(404);
    });
  });

  it('is finished by whoever began it, and by nobody for them', async () => {
    const answer = answerOf(await oauth.visit(await beginLink(ana, store.id)));
    const calls = oauth.calls.authorization_code;
    const [theirs, unknown] = [
      await complete(bo, answer),
      await complete(bo, { ...answer, state: `ms_${'A'.repeat(43)}` }),
    ];
    expect(codeOf(theirs)).toEqual([404, 'not_found']);
    expect(theirs.body.detail).toBe(unknown.body.detail);
    expect(oauth.calls.authorization_code).toBe(calls);
    await bo.get(`/integrations/${store.id}`).expect(404);
    await complete(ana, answer).expect(200);
  });

  it('does not let another’s code into one’s own link', async () => {
    const [mine, theirs] = [
      answerOf(await oauth.visit(await beginLink(ana, store.id))),
      answerOf(await oauth.visit(await beginLink(bo, store.id))),
    ];
    const answer = await complete(ana, { ...mine, code: theirs['code'] });
    expect([answer.status, answer.body.code, answer.body.reason]).toEqual([409, 'link_refused', 'invalid_grant']);
  });

  it('is finished once, however often it is tried', async () => {
    const answer = answerOf(await oauth.visit(await beginLink(ana, store.id)));
    const before = oauth.calls.authorization_code;
    oauth.behaviour.slowMs = 300;
    const all = await Promise.all(Array.from({ length: 10 }, () => complete(ana, answer)));
    expect(statusesOf(all)).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    const codes = new Set(all.filter(({ status }) => status === 409).map(({ body }) => body.code));
    expect([...codes].every((code) => ['link_under_way', 'link_used'].includes(code as string))).toBe(true);
    expect(codeOf(await complete(ana, answer))).toEqual([409, 'link_used']);
    expect(oauth.calls.authorization_code).toBe(before + 1);
  });

  it('says the same again for the same key', async () => {
    const answer = answerOf(await oauth.visit(await beginLink(ana, store.id)));
    const [before, key] = [oauth.calls.authorization_code, randomUUID()];
    const first = await complete(ana, answer, key).expect(200);
    const again = await complete(ana, answer, key).expect(200);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(oauth.calls.authorization_code).toBe(before + 1);
    expect(codeOf(await complete(ana, { ...answer, code: 'other' }, key))).toEqual([422, 'idempotency_key_reused']);
  });

  it('leaves one account where two tabs have linked one each', async () => {
    const [one, other] = [
      answerOf(await oauth.visit(await beginLink(ana, store.id))),
      answerOf(await oauth.visit(await beginLink(ana, store.id))),
    ];
    const both = await Promise.all([complete(ana, one), complete(ana, other)]);
    expect(statusesOf(both)).toEqual([200, 200]);
    expect((await ana.get('/integrations').expect(200)).body.data).toHaveLength(1);
    expect(await sql(muse, 'SELECT 1 FROM store_consents WHERE user_id = $1', [ana.id])).toHaveLength(1);
  });

  it('is over after ten minutes', async () => {
    const back = await oauth.visit(await beginLink(ana, store.id));
    await sql(muse, `UPDATE store_links SET expires_at = now() WHERE user_id = $1`, [ana.id]);
    expect(codeOf(await complete(ana, answerOf(back)))).toEqual([409, 'link_expired']);
    const { headers } = await muse.http.get(`${back.pathname}${back.search}`).expect(303);
    expect(headers['location']).toContain('error=link_not_found');
  });

  it.each(['wrong', 'missing'] as const)('does not take an answer whose server is %s', async (iss) => {
    const [before, authorizationUrl] = [oauth.calls.authorization_code, await beginLink(ana, store.id)];
    oauth.behaviour.iss = iss;
    const answer = answerOf(await oauth.visit(authorizationUrl));
    expect(codeOf(await complete(ana, answer))).toEqual([409, 'link_refused']);
    // Put right afterwards it is of no use any more.
    expect(codeOf(await complete(ana, { ...answer, iss: oauth.url }))).toEqual([409, 'link_used']);
    expect(oauth.calls.authorization_code).toBe(before);
  });

  it('is refused where the shopper does not agree there', async () => {
    const back = await oauth.visit(await beginLink(bo, store.id), false);
    expect(codeOf(await complete(bo, answerOf(back)))).toEqual([409, 'link_denied']);
    expect((await bo.get('/integrations').expect(200)).body.data).toEqual([]);
  });

  it.each([503, 429, 'temporarily_unavailable'])(
    'may be finished again where the store does not answer: %s',
    async (fault) => {
      const answer = answerOf(await oauth.visit(await beginLink(ana, store.id)));
      oauth.behaviour.tokenFaults = [fault];
      const failed = await complete(ana, answer);
      expect([...codeOf(failed), failed.headers['retry-after']]).toEqual([503, 'store_unavailable', '5']);
      // That one took the code before it thought better of it.
      await complete(ana, answer).expect(fault === 'temporarily_unavailable' ? 409 : 200);
    },
  );

  it.each(['invalid_grant', 'invalid_client', 'garbage', '<script>'])(
    'is refused where the store answers %s, and says so by a code',
    async (fault) => {
      const answer = answerOf(await oauth.visit(await beginLink(ana, store.id)));
      oauth.behaviour.tokenFaults = [fault];
      const { status, body } = await complete(ana, answer);
      expect([status, body.code, body.reason]).toEqual([409, 'link_refused', expect.stringMatching(/^[a-z_]+$/)]);
    },
  );

  it.each<[string, object]>([
    ['a line end', { access_token: 'at\r\nx-other: 1' }],
    ['a control character', { refresh_token: 'rt\u0000' }],
    ['no end', { access_token: 'a'.repeat(20_000) }],
  ])('is refused where the store gives a token with %s', async (_, tokens) => {
    const answer = answerOf(await oauth.visit(await beginLink(ana, store.id)));
    oauth.behaviour.tokens = { ...tokens };
    const { status, body } = await complete(ana, answer);
    expect([status, body.code, body.reason]).toEqual([409, 'link_refused', 'token_not_usable']);
  });

  it('keeps of the scopes that a store names those that are any', async () => {
    oauth.behaviour.tokens = { scope: `orders:read x\u0000 "y" ${'z'.repeat(300)} orders:write` };
    expect((await link(await customer(muse), oauth, store.id)).scopes).toEqual(['orders:read', 'orders:write']);
  });

  it('needs the shopper’s leave, for the text as it is now', async () => {
    const answer = await ana.post(`/integrations/${store.id}/link`, { consent: '2001-01' }).expect(422);
    expect(answer.body.code).toBe('consent_outdated');
    await ana.post(`/integrations/${store.id}/link`, {}).expect(400);
    const { body } = await ana.get('/integrations').expect(200);
    expect(body.consent).toEqual({ version: expect.any(String), text: expect.stringContaining('encrypted') });
  });

  it('is for registered shoppers, and stores at which accounts can be linked', async () => {
    const body = { consent: await consentOf(ana) };
    await (await guest(muse)).post(`/integrations/${store.id}/link`, body).expect(403);
    await ana.post(`/integrations/${randomUUID()}/link`, body).expect(404);
    await ana.post(`/integrations/${(await openPartner(muse)).id}/link`, body).expect(404);
    const plain = await openPartner(muse);
    await store.admin.put(`/admin/stores/${plain.id}/connection`, { protocol: 'acp', baseUrl: oauth.url }).expect(200);
    expect(codeOf(await ana.post(`/integrations/${plain.id}/link`, body))).toEqual([409, 'not_linkable']);
  });

  it.each([
    ['knows no PKCE', { code_challenge_methods_supported: ['plain'] }],
    ['says nothing of PKCE', { code_challenge_methods_supported: undefined }],
    ['is called otherwise', { issuer: 'https://other.example' }],
    ['gives out tokens at a private address', { token_endpoint: 'http://127.0.0.1:9/token' }],
    ['sends browsers elsewhere without TLS', { authorization_endpoint: 'http://shop.example/authorize' }],
    ['sends browsers to a script', { authorization_endpoint: 'javascript:alert(1)' }],
  ])('does not begin at a server that %s', async (_, metadata) => {
    const other = await startOAuth({ metadata });
    const { http, close } = await startApp({
      ...{ SANDBOX_ORIGINS: other.url, DATABASE_URL: muse.database, MUSE_ROLE: 'api' },
      ...{ JWT_SECRET: muse.config.JWT_SECRET!, MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY! },
    });
    const partner = await openPartner(muse);
    await http
      .put(`${API}/admin/stores/${partner.id}/connection`)
      .set(store.admin.headers)
      .send({
        ...{ protocol: 'ucp', baseUrl: other.url },
        oauth: { issuer: other.url, clientId: 'muse', clientAuth: 'none', scopes: [] },
      })
      .expect(200);
    const answer = await http
      .post(`${API}/integrations/${partner.id}/link`)
      .set(ana.headers)
      .send({ consent: await consentOf(ana) });
    expect(codeOf(answer)).toEqual([503, 'store_unavailable']);
    await close();
  });

  it('takes metadata from the issuer’s own address only', async () => {
    const elsewhere = createServer((_, response) => {
      response.writeHead(302, { location: `${oauth.url}/.well-known/oauth-authorization-server` }).end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    afterFile(async () => void elsewhere.close());
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const second = await startApp({
      ...{ SANDBOX_ORIGINS: `${url},${oauth.url}`, DATABASE_URL: muse.database, MUSE_ROLE: 'api' },
      ...{ JWT_SECRET: muse.config.JWT_SECRET!, MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY! },
    });
    const partner = await openPartner(muse);
    const setting = { issuer: url, clientId: 'muse', clientAuth: 'none', scopes: [] };
    await second.http
      .put(`${API}/admin/stores/${partner.id}/connection`)
      .set(store.admin.headers)
      .send({ protocol: 'ucp', baseUrl: url, oauth: setting })
      .expect(200);
    const answer = await second.http
      .post(`${API}/integrations/${partner.id}/link`)
      .set(ana.headers)
      .send({ consent: await consentOf(ana) });
    expect(codeOf(answer)).toEqual([503, 'store_unavailable']);
    await second.close();
  });

  it.each(['client_secret_basic', 'client_secret_post'])('proves itself by %s', async (clientAuth) => {
    const secretive = await startOAuth({ clientSecret: 'a-secret-of-muse-0123456789' });
    const second = await startApp({
      ...{ SANDBOX_ORIGINS: secretive.url, DATABASE_URL: muse.database, MUSE_ROLE: 'api' },
      ...{ JWT_SECRET: muse.config.JWT_SECRET!, MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY! },
    });
    const partner = await openPartner(muse);
    const put = (oauthSetting: object) =>
      second.http
        .put(`${API}/admin/stores/${partner.id}/connection`)
        .set(store.admin.headers)
        .send({ protocol: 'ucp', baseUrl: secretive.url, oauth: oauthSetting });
    const setting = { issuer: secretive.url, clientId: 'muse', clientAuth, scopes: [] };
    expect(codeOf(await put(setting))).toEqual([422, 'invalid_field']);
    const connected = await put({ ...setting, clientSecret: 'a-secret-of-muse-0123456789' }).expect(200);
    expect(connected.body.oauth).toMatchObject({ canProveItself: true });
    expect(JSON.stringify(connected.body)).not.toContain('a-secret-of-muse');
    // Left out it stays; for another server it does not.
    await put(setting).expect(200);
    expect(codeOf(await put({ ...setting, clientId: 'other' }))).toEqual([422, 'invalid_field']);
    const { body } = await second.http
      .post(`${API}/integrations/${partner.id}/link`)
      .set(ana.headers)
      .send({ consent: await consentOf(ana) })
      .expect(201);
    const back = await secretive.visit(body.authorizationUrl);
    await second.http.post(`${API}/integrations/link/complete`).set(ana.headers).send(answerOf(back)).expect(200);
    await second.close();
  });

  describe('and taking it back', () => {
    it('destroys all that is kept of it at once, and tells the store', async () => {
      const shopper = await customer(muse);
      await link(shopper, oauth, store.id);
      const [access, revoked] = [oauth.accessTokens.at(-1)!, oauth.revoked.length];
      expect(oauth.holds(access)).toBe(true);
      const { body } = await shopper.delete(`/integrations/${store.id}`).expect(200);
      expect(body).toEqual({ unlinked: [store.id] });
      expect(await rowsOf(shopper.id)).toEqual([0, 0, 1]);
      await eventually(async () => !oauth.holds(access) && oauth.revoked.length === revoked + 2);
      await eventually(async () => (await sql(muse, 'SELECT 1 FROM store_revocations')).length === 0);
      const [consent] = await sql(muse, 'SELECT withdrawn_at FROM store_consents WHERE user_id = $1', [shopper.id]);
      expect(consent.withdrawn_at).not.toBeNull();
      await shopper.get(`/integrations/${store.id}`).expect(404);
      await shopper.delete(`/integrations/${store.id}`).expect(404);
      expect((await eventsOf('store_account.unlinked')).at(-1)).toMatchObject({
        payload: { storeId: store.id, userId: shopper.id },
      });
    });

    it('of all leaves nothing: not the accounts, not the secrets, not what was under way', async () => {
      const shopper = await customer(muse);
      const other = await connect(muse, oauth);
      await link(shopper, oauth, store.id);
      await link(shopper, oauth, other.id);
      await beginLink(shopper, store.id);
      const { body } = await shopper.delete('/integrations').expect(200);
      expect(body.unlinked.sort()).toEqual([store.id, other.id].sort());
      expect(await rowsOf(shopper.id)).toEqual([0, 0, 2]);
      expect((await shopper.get('/integrations').expect(200)).body.data).toEqual([]);
      expect((await shopper.delete('/integrations').expect(200)).body).toEqual({ unlinked: [] });
      await eventually(async () => (await sql(muse, 'SELECT 1 FROM store_revocations')).length === 0);
    });

    it('goes on until the store knows', async () => {
      const shopper = await customer(muse);
      await link(shopper, oauth, store.id);
      const access = oauth.accessTokens.at(-1)!;
      oauth.behaviour.revocationFaults = [503, 503];
      await shopper.delete(`/integrations/${store.id}`).expect(200);
      await eventually(async () => !oauth.holds(access), 20_000);
      await eventually(async () => (await sql(muse, 'SELECT 1 FROM store_revocations')).length === 0);
    }, 40_000);

    it('forgets the tokens after a day though the store never answers', async () => {
      const shopper = await customer(muse);
      await link(shopper, oauth, store.id);
      oauth.behaviour.revocationFaults = Array.from({ length: 100 }, () => 503);
      await shopper.delete(`/integrations/${store.id}`).expect(200);
      expect(await sql(muse, 'SELECT 1 FROM store_revocations')).toHaveLength(1);
      await sql(muse, `UPDATE store_revocations SET made_at = now() - interval '25 hours'`);
      await eventually(async () => (await sql(muse, 'SELECT 1 FROM store_revocations')).length === 0);
    });

    it('wins over a link that is being finished at that moment', async () => {
      const shopper = await customer(muse);
      const answer = answerOf(await oauth.visit(await beginLink(shopper, store.id)));
      oauth.behaviour.slowMs = 500;
      const before = oauth.calls.authorization_code;
      const finishing = complete(shopper, answer).then((answered) => answered);
      await eventually(async () => oauth.calls.authorization_code === before + 1);
      await shopper.delete('/integrations').expect(200);
      expect(codeOf(await finishing)).toEqual([409, 'link_used']);
      expect(await rowsOf(shopper.id)).toEqual([0, 0, 0]);
      await eventually(async () => !oauth.holds(oauth.accessTokens.at(-1)!));
    });

    it('comes with the end of the account at Muse', async () => {
      const shopper = await customer(muse);
      await link(shopper, oauth, store.id);
      await beginLink(shopper, store.id);
      const access = oauth.accessTokens.at(-1)!;
      await shopper.delete('/me').expect(200);
      expect(await rowsOf(shopper.id)).toEqual([0, 0, 0]);
      await eventually(async () => !oauth.holds(access));
    });

    it('comes with the end of the store’s connection, for everybody', async () => {
      const ending = await connect(muse, oauth);
      const shoppers = [await customer(muse), await customer(muse)];
      for (const shopper of shoppers) await link(shopper, oauth, ending.id);
      const tokens = oauth.accessTokens.slice(-2);
      expect((await ending.admin.get(`/admin/stores/${ending.id}/connection`)).body.linkedAccounts).toBe(2);
      await ending.admin.delete(`/admin/stores/${ending.id}/connection`).expect(204);
      await ending.admin.get(`/admin/stores/${ending.id}/connection`).expect(404);
      await ending.admin.delete(`/admin/stores/${ending.id}/connection`).expect(404);
      const body = { consent: await consentOf(ana) };
      await ana.post(`/integrations/${ending.id}/link`, body).expect(404);
      const gone = async () =>
        (await sql(muse, 'SELECT 1 FROM store_connections WHERE store_id = $1', [ending.id])).length === 0;
      await eventually(gone, 30_000);
      for (const shopper of shoppers) expect((await rowsOf(shopper.id))[0]).toBe(0);
      expect(tokens.some((token) => oauth.holds(token))).toBe(false);
    }, 60_000);
  });

  it('stands in the export without what is secret', async () => {
    const shopper = await customer(muse);
    await link(shopper, oauth, store.id);
    await shopper.delete(`/integrations/${store.id}`).expect(200);
    const linked = await link(shopper, oauth, store.id);
    const { body } = await shopper.get('/me/export').expect(200);
    expect(body.linkedStores).toEqual([linked]);
    expect(body.storeConsents).toMatchObject([
      { storeId: store.id, purpose: 'store_account', withdrawnAt: expect.any(String) },
      { storeId: store.id, purpose: 'store_account', withdrawnAt: null },
    ]);
    expect(JSON.stringify(body)).not.toContain(oauth.accessTokens.at(-1)!);
  });

  it('leaves nothing in its tables that a sealed value does not hide', async () => {
    await link(ana, oauth, store.id);
    for (const table of TABLES) {
      const text = JSON.stringify(await sql(muse, `SELECT * FROM ${table}`));
      for (const token of oauth.accessTokens) expect(text).not.toContain(token);
    }
  });

  it('is asked of the store no more often than one shopper may', async () => {
    const narrow = await startApp({
      ...{ SANDBOX_ORIGINS: oauth.url, DATABASE_URL: muse.database, MUSE_ROLE: 'api', RATE_LIMIT_FACTOR: '0.05' },
      ...{ JWT_SECRET: muse.config.JWT_SECRET!, MUSE_MASTER_KEY: muse.config.MUSE_MASTER_KEY! },
    });
    const shopper = await customer(muse);
    const asked = (path: string) => narrow.http.get(`${API}/integrations/${store.id}/${path}`).set(shopper.headers);
    const statuses: number[] = [];
    for (const path of ['addresses', 'instruments', 'addresses', 'instruments'])
      statuses.push((await asked(path)).status);
    expect(statuses).toEqual([404, 404, 404, 429]);
    await narrow.close();
  });

  describe('The connection of a store', () => {
    const put = (body: object) => store.admin.put(`/admin/stores/${store.id}/connection`, body);
    const good = () => ({
      ...{ protocol: 'ucp', baseUrl: oauth.url },
      oauth: { issuer: oauth.url, clientId: 'muse', clientAuth: 'none', scopes: ['orders:read'] },
    });

    it('shows names of secrets, and never the secrets', async () => {
      const secrets = { webhookSecret: 'whispered-1234567890', apiKey: 'murmured-1234567890' };
      const { body } = await put({ ...good(), secrets, options: { guestCheckout: true }, callsPerMinute: 30 }).expect(
        200,
      );
      expect(body).toMatchObject({
        ...{ shared: ['apiKey', 'webhookSecret'], options: { guestCheckout: true }, callsPerMinute: 30 },
        ...{ enabled: true, adapter: null },
      });
      const again = await put({ ...good(), secrets: { apiKey: null } }).expect(200);
      expect(again.body.shared).toEqual(['webhookSecret']);
      for (const text of [body, again.body, await sql(muse, 'SELECT * FROM store_connections')].map((one) =>
        JSON.stringify(one),
      ))
        expect(text).not.toMatch(/whispered|murmured/);
      expect((await put(good()).expect(200)).body.shared).toEqual(['webhookSecret']);
    });

    it('shows what was given for one host to no other', async () => {
      const elsewhere = { ...good(), baseUrl: 'https://elsewhere.example' };
      await put({ ...good(), secrets: { apiKey: 'murmured-1234567890' } }).expect(200);
      expect((await put({ ...good(), baseUrl: `${oauth.url}/shop` }).expect(200)).body.shared).toContain('apiKey');
      expect((await put(elsewhere).expect(200)).body.shared).toEqual([]);
      const anew = { ...good(), secrets: { apiKey: 'murmured-0987654321' } };
      expect((await put(anew).expect(200)).body.shared).toEqual(['apiKey']);
    });

    it.each<[string, object, number]>([
      ['no protocol', { protocol: undefined }, 400],
      ['another protocol', { protocol: 'soap' }, 400],
      ['a private address', { baseUrl: 'https://10.0.0.1' }, 422],
      ['loopback', { baseUrl: 'http://127.0.0.1:1' }, 422],
      ['no TLS', { baseUrl: 'http://shop.example' }, 422],
      ['a query', { baseUrl: 'https://shop.example/?x=1' }, 422],
      ['a port that is none', { baseUrl: 'https://shop.example:0' }, 422],
      ['a secret with a line end', { secrets: { apiKey: 'murmured-1234567890\n' } }, 400],
      ['a secret with a line in it', { secrets: { apiKey: 'murmured\r\nx-admin: 1' } }, 400],
      ['a secret with a blank before it', { secrets: { apiKey: ' murmured-1234567890' } }, 400],
      ['a secret with letters that no header takes', { secrets: { webhookSecret: 'geheimnis-für-muse' } }, 400],
      [
        'a client secret with a line end',
        {
          oauth: {
            ...{ issuer: 'https://a.example', clientId: 'm', clientAuth: 'client_secret_post', scopes: [] },
            clientSecret: 'murmured-1234567890\n',
          },
        },
        400,
      ],
      [
        'an issuer at a port that is none',
        { oauth: { issuer: 'https://a.example:0', clientId: 'm', clientAuth: 'none', scopes: [] } },
        422,
      ],
      ['an adapter for an open protocol', { adapter: 'acme' }, 422],
      ['an adapter that is not built in', { protocol: 'private', adapter: 'nobody' }, 422],
      ['secrets that are no texts', { secrets: { apiKey: 1 } }, 400],
      [
        'unknown fields',
        { oauth: { issuer: 'https://a.example', clientId: 'm', clientAuth: 'none', scopes: [], x: 1 } },
        400,
      ],
      [
        'a scope with a blank',
        { oauth: { issuer: 'https://a.example', clientId: 'm', clientAuth: 'none', scopes: ['a b'] } },
        400,
      ],
      [
        'an issuer without TLS',
        { oauth: { issuer: 'http://a.example', clientId: 'm', clientAuth: 'none', scopes: [] } },
        422,
      ],
    ])('is refused with %s', async (_, change, status) => {
      await put({ ...good(), ...change }).expect(status);
    });

    it('is for partner stores', async () => {
      await store.admin.put(`/admin/stores/${randomUUID()}/connection`, good()).expect(404);
    });

    it('at another host shows no token of before to it: they are destroyed, and everybody links again', async () => {
      await put(good()).expect(200);
      const [shopper, other] = [await customer(muse), await customer(muse)];
      await link(shopper, oauth, store.id);
      const access = oauth.accessTokens.at(-1)!;
      const begun = answerOf(await oauth.visit(await beginLink(other, store.id)));
      const statusOf = async () => (await shopper.get(`/integrations/${store.id}`).expect(200)).body.status;
      await put({ ...good(), baseUrl: `${oauth.url}/elsewhere/on/it` }).expect(200);
      expect(await statusOf()).toBe('linked');
      await put({ ...good(), baseUrl: 'https://elsewhere.example' }).expect(200);
      expect(await statusOf()).toBe('relink');
      await expect(
        (await muse.app.get(StoreAccounts, { strict: false }).accessFor(store.id, shopper.id))!.accessToken(),
      ).rejects.toMatchObject({ kind: 'relink' });
      await eventually(async () => !oauth.holds(access));
      const kept = `SELECT 1 FROM store_secrets s JOIN store_accounts a ON a.id = s.account_id WHERE a.user_id = $1`;
      expect(await sql(muse, kept, [shopper.id])).toEqual([]);
      await put(good()).expect(200);
      expect(await statusOf()).toBe('relink');
      expect((await eventsOf('store_account.relink_needed')).at(-1)).toMatchObject({
        payload: { storeId: store.id, userId: shopper.id },
      });
      expect(codeOf(await complete(other, begun))).toEqual([404, 'not_found']);
      await link(shopper, oauth, store.id);
      expect(await statusOf()).toBe('linked');
      await eventually(async () => {
        const [row] = await sql(muse, 'SELECT moved_at FROM store_connections WHERE store_id = $1', [store.id]);
        return row.moved_at === null;
      });
      expect(await statusOf()).toBe('linked');
    }, 90_000);

    it('with another client makes everybody link again', async () => {
      const shopper = await customer(muse);
      await link(shopper, oauth, store.id);
      await put({ ...good(), oauth: { ...good().oauth, clientId: 'muse-2' } }).expect(200);
      expect((await shopper.get(`/integrations/${store.id}`).expect(200)).body.status).toBe('relink');
      await put(good()).expect(200);
      expect((await shopper.get(`/integrations/${store.id}`).expect(200)).body.status).toBe('linked');
    });
  });
});
