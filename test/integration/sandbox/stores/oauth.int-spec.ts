import { createHash, randomBytes } from 'node:crypto';
import {
  allowAt,
  authorizationUrl,
  CALLBACK,
  startStore,
  tokensAt,
  type StoreSandbox,
} from '../../../support/store-sandbox';

let store: StoreSandbox;
beforeAll(async () => {
  store = await startStore('walmart');
});
afterEach(() => store.reset());

const verifier = randomBytes(32).toString('base64url');
const challenge = createHash('sha256').update(verifier).digest('base64url');

interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

async function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(`${store.url}${path}`, { method: 'POST', body: new URLSearchParams(form), headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? {} : (JSON.parse(text) as never) };
}

async function newCode(account = 'ana', more: Record<string, string> = {}): Promise<string> {
  const back = await allowAt(authorizationUrl(store, challenge, more), { account });
  return back.searchParams.get('code') ?? '';
}

function exchange(
  code: string,
  more: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const form = {
    grant_type: 'authorization_code',
    client_id: 'muse',
    redirect_uri: CALLBACK,
    code,
    code_verifier: verifier,
  };
  return post('/oauth/token', { ...form, ...more }, headers);
}

function refresh(refresh_token: string, client_id = 'muse'): Promise<Answer> {
  return post('/oauth/token', { grant_type: 'refresh_token', client_id, refresh_token });
}

describe('The authorization server of a sandbox store', () => {
  it('publishes what RFC 8414, RFC 9207 and RFC 7009 ask for, under its own origin', async () => {
    const answer = await fetch(`${store.url}/.well-known/oauth-authorization-server`);
    expect(await answer.json()).toMatchObject({
      issuer: store.url,
      authorization_endpoint: `${store.url}/oauth/authorize`,
      token_endpoint: `${store.url}/oauth/token`,
      revocation_endpoint: `${store.url}/oauth/revoke`,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
    });
  });

  it('gives a code with state and iss to whoever signs in and allows it, and tokens for the code', async () => {
    const back = await allowAt(authorizationUrl(store, challenge));
    expect(`${back.origin}${back.pathname}`).toBe(CALLBACK);
    expect(back.searchParams.get('state')).toBe('state-of-this-link');
    expect(back.searchParams.get('iss')).toBe(store.url);
    const { status, body, headers } = await exchange(back.searchParams.get('code')!);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
  });

  it('says access_denied, with state and iss, where the shopper does not allow it', async () => {
    const back = await allowAt(authorizationUrl(store, challenge), { decision: 'deny' });
    expect(Object.fromEntries(back.searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'state-of-this-link',
      iss: store.url,
    });
  });

  it('sends nobody to a redirect URI that is not registered', async () => {
    for (const wrong of [
      `${CALLBACK}/`,
      `${CALLBACK}?x=1`,
      'https://evil.example/',
      'http://127.0.0.1/api/v1/integrations/other',
      '',
    ]) {
      const answer = await fetch(authorizationUrl(store, challenge, { redirect_uri: wrong }), { redirect: 'manual' });
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    }
    const unknown = await fetch(authorizationUrl(store, challenge, { client_id: 'nobody' }), { redirect: 'manual' });
    expect(unknown.status).toBe(400);
  });

  it('leaves the port of a loopback redirect URI open, and nothing else', async () => {
    const redirect_uri = 'http://127.0.0.1:4567/api/v1/integrations/callback';
    const back = await allowAt(authorizationUrl(store, challenge, { redirect_uri }));
    expect(back.port).toBe('4567');
    const code = back.searchParams.get('code')!;
    // The token request must name the very same one.
    expect((await exchange(code)).body['error']).toBe('invalid_grant');
    expect((await exchange(await newCode('ana', { redirect_uri }), { redirect_uri })).status).toBe(200);
  });

  it.each([
    ['no PKCE', { code_challenge: '' }, 'invalid_request'],
    ['plain PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['an unknown scope', { scope: 'everything' }, 'invalid_scope'],
  ])('refuses %s by sending the browser back', async (_what, more, error) => {
    const back = await allowAt(authorizationUrl(store, challenge, more));
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error, state: 'state-of-this-link', iss: store.url });
  });

  it('takes a code only with its verifier', async () => {
    expect((await exchange(await newCode(), { code_verifier: 'x'.repeat(43) })).body['error']).toBe('invalid_grant');
    const without = await post('/oauth/token', {
      ...{ grant_type: 'authorization_code', client_id: 'muse', redirect_uri: CALLBACK, code: await newCode() },
    });
    expect(without.body['error']).toBe('invalid_grant');
  });

  it('ends what came of a code that is used twice', async () => {
    const code = await newCode();
    const { body } = await exchange(code);
    expect((await exchange(code)).body['error']).toBe('invalid_grant');
    expect((await refresh(String(body['refresh_token']))).body['error']).toBe('invalid_grant');
  });

  it('lets a code expire', async () => {
    const code = await newCode();
    await store.control('clock', { advanceSeconds: 61 });
    expect((await exchange(code)).body['error']).toBe('invalid_grant');
  });

  it('gives each refresh token once, and ends the grant when one comes back', async () => {
    const first = await tokensAt(store);
    const second = (await refresh(first.refresh_token)).body;
    expect(second['refresh_token']).not.toBe(first.refresh_token);
    const third = (await refresh(String(second['refresh_token']))).body;
    expect((await refresh(first.refresh_token)).body['error']).toBe('invalid_grant');
    expect((await refresh(String(third['refresh_token']))).body['error']).toBe('invalid_grant');
    expect(await store.grants()).toMatchObject({
      reuses: 1,
      grants: [{ revoked: true, refreshes: 2, accessTokens: 0 }],
    });
  });

  it('knows a client by the way that was agreed, and by no other', async () => {
    const basic = (secret: string) => ({
      authorization: `Basic ${Buffer.from(`muse-secret:${secret}`).toString('base64')}`,
    });
    const code = () => newCode('ana', { client_id: 'muse-secret' });
    const right = 'muse-at-the-store-secret';
    expect((await exchange(await code(), { client_id: 'muse-secret' }, basic(right))).status).toBe(200);
    const wrong = await exchange(await code(), { client_id: 'muse-secret' }, basic('wrong'));
    expect([wrong.status, wrong.body['error']]).toEqual([401, 'invalid_client']);
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Basic/);
    expect((await exchange(await code(), { client_id: 'muse-secret' })).body['error']).toBe('invalid_client');
    const posted = await exchange(await code(), { client_id: 'muse-secret', client_secret: right });
    expect(posted.body['error']).toBe('invalid_client');
    const post = await newCode('ana', { client_id: 'muse-post' });
    expect((await exchange(post, { client_id: 'muse-post', client_secret: right })).status).toBe(200);
    // Another client's code.
    expect((await exchange(await code())).body['error']).toBe('invalid_grant');
  });

  it('revokes a refresh token with all that came of it, and answers 200 whatever it is shown', async () => {
    const { refresh_token } = await tokensAt(store);
    expect((await post('/oauth/revoke', { client_id: 'muse', token: 'nothing' })).status).toBe(200);
    expect((await post('/oauth/revoke', { client_id: 'muse', token: refresh_token })).status).toBe(200);
    expect((await refresh(refresh_token)).body['error']).toBe('invalid_grant');
    expect(await store.grants()).toMatchObject({ revocations: 1, grants: [{ revoked: true }] });
  });

  it('does not revoke what belongs to another client', async () => {
    const { refresh_token } = await tokensAt(store);
    const form = { client_id: 'muse-post', client_secret: 'muse-at-the-store-secret', token: refresh_token };
    expect((await post('/oauth/revoke', form)).status).toBe(200);
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it('asks again where the passphrase is wrong', async () => {
    const page = await (await fetch(authorizationUrl(store, challenge))).text();
    const request = /name="request" value="([^"]+)"/.exec(page)![1]!;
    const form = new URLSearchParams({ request, username: 'ana', password: 'wrong' });
    const answer = await fetch(`${store.url}/oauth/sign-in`, { method: 'POST', body: form });
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain('role="alert"');
  });
});
