import { startApp, type RunningApp } from '../../../support/app';
import { startMailSandbox, type MailAccount, type MailSandbox } from '../../../support/mail-sandbox';
import { haveRead, orderMail, readFirstMail, triedMailbox } from '../../../support/mailboxes';
import { startOAuth, type OAuthDouble } from '../../../support/oauth-double';
import { customer, eventually, sql, type Body, type Shopper } from '../../../support/shopper';

jest.setTimeout(120_000);

let server: MailSandbox;
let oauth: OAuthDouble;
let muse: RunningApp;
let shopper: Shopper;
beforeAll(async () => {
  server = await startMailSandbox();
  oauth = await startOAuth({ clientSecret: 'mail-client-secret', iss: 'missing', expiresIn: 3_600 });
  oauth.behaviour.metadata = { authorization_response_iss_parameter_supported: false };
  await server.control('introspection', { url: `${oauth.url}/introspect` });
  const provider = { key: 'sandmail', name: 'Sandmail', host: server.imap.host, port: server.imap.port };
  const client = { issuer: oauth.url, clientId: 'muse', clientSecret: 'mail-client-secret', scopes: ['mail.read'] };
  const shared = {
    SANDBOX_ORIGINS: `${server.origins},${oauth.url}`,
    MAILBOX_PROVIDERS: JSON.stringify([{ ...provider, ...client }]),
  };
  muse = await startApp(shared);
  await readFirstMail(muse);
  const { MUSE_MASTER_KEY, JWT_SECRET } = muse.config as { MUSE_MASTER_KEY: string; JWT_SECRET: string };
  // Another worker: a grant is renewed once all the same.
  await startApp({ ...shared, DATABASE_URL: muse.database, MUSE_MASTER_KEY, JWT_SECRET });
});
beforeEach(async () => {
  shopper = await customer(muse);
});
afterEach(async () => {
  const { body } = await shopper.get('/mailboxes').expect(200);
  for (const { id } of body.data) await shopper.delete(`/mailboxes/${id}`).expect(204);
  await eventually(async () => (await server.sessions()).open === 0, 20_000);
});

const idling = () => eventually(async () => (await server.sessions()).idling > 0, 20_000);

async function begin(address: string, more: object = {}): Promise<string> {
  const body = { provider: 'sandmail', address, consent: '2026-11', ...more };
  return (await shopper.post('/mailboxes/oauth', body).expect(201)).body.authorizationUrl;
}

const answerOf = ({ searchParams }: URL) => Object.fromEntries(searchParams);
const complete = (answer: object, who = shopper) => who.post('/mailboxes/oauth/complete', answer);

async function linked(): Promise<{ account: MailAccount; id: string }> {
  const account = await server.account();
  const answer = answerOf(await oauth.visit(await begin(account.address)));
  const { body } = await complete(answer).expect(202);
  expect(await triedMailbox(shopper, body.id)).toMatchObject({ status: 'active', kind: 'oauth', provider: 'sandmail' });
  return { account, id: body.id };
}

it('A mailbox that is linked by OAuth is read, and Muse never has its password', async () => {
  const { body } = await shopper.get('/mailboxes').expect(200);
  expect(body.providers).toEqual([{ key: 'sandmail', name: 'Sandmail' }]);
  const { account, id } = await linked();
  await idling();
  await server.send(account.address, orderMail());
  await haveRead(muse, shopper, 1, 5_000);
  const secrets = await sql(muse, 'SELECT name FROM mailbox_secrets WHERE mailbox_id = $1 ORDER BY name', [id]);
  expect(secrets.map(({ name }) => name)).toEqual(['access_token', 'refresh_token']);
});

it('The browser comes back to Muse, which sends it on with what the provider said', async () => {
  const url = new URL(await begin((await server.account()).address, { returnTo: `${muse.url}/linked` }));
  expect(url.searchParams.get('redirect_uri')).toBe(`${muse.config.PUBLIC_URL}/api/v1/mailboxes/callback/sandmail`);
  const back = await oauth.visit(url.href);
  const answer = await muse.http.get(`${back.pathname}${back.search}`).expect(303);
  const to = new URL(answer.headers['location']!);
  expect(to.pathname).toBe('/linked');
  expect(new URLSearchParams(to.hash.slice(1)).get('state')).toBe(back.searchParams.get('state'));
  const elsewhere = await muse.http.get('/api/v1/mailboxes/callback/sandmail?state=mb_nobody&code=x').expect(303);
  expect(elsewhere.headers['location']).toContain('#error=link_not_found');
});

it("A link is finished once, by the one who began it, and not without the provider's word", async () => {
  const account = await server.account();
  const answer = answerOf(await oauth.visit(await begin(account.address)));
  expect((await complete(answer, await customer(muse)).expect(404)).body.code).toBe('not_found');
  const answers = await Promise.all([complete(answer), complete(answer), complete(answer)]);
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  expect((await complete(answer).expect(409)).body.code).toBe('link_used');
  const refused = answerOf(await oauth.visit(await begin(account.address), false));
  expect((await complete(refused).expect(409)).body.code).toBe('link_denied');
  const forged = answerOf(await oauth.visit(await begin(account.address)));
  expect((await complete({ ...forged, code: 'code-of-somebody-else' }).expect(409)).body.code).toBe('link_refused');
  expect((await shopper.get('/mailboxes').expect(200)).body.data).toHaveLength(1);
});

it.each([
  ['another provider', { provider: 'elsewhere' }, 404],
  ['an older text', { consent: '2020-01' }, 422],
  ['a page elsewhere', { returnTo: 'https://attacker.example/' }, 422],
])('Not begun: %s', async (_, more, status) => {
  const body = { provider: 'sandmail', address: 'ana@mail.sandbox', consent: '2026-11', ...more };
  await shopper.post('/mailboxes/oauth', body).expect(status);
});

it('A token that is over is renewed before it is used, once', async () => {
  const { account, id } = await linked();
  await idling();
  const before = oauth.calls.refresh_token;
  await sql(muse, `UPDATE mailboxes SET token_expires_at = now() - interval '1 minute' WHERE id = $1`, [id]);
  await server.down();
  await server.up();
  await idling();
  expect(oauth.calls.refresh_token - before).toBe(1);
  await server.send(account.address, orderMail());
  await haveRead(muse, shopper, 1, 5_000);
});

it('A token that the mail server refuses before its time is renewed', async () => {
  const { id } = await linked();
  await idling();
  const before = oauth.calls.refresh_token;
  // As if the provider had ended it: it is good nowhere.
  await fetch(`${oauth.url}/revoke`, {
    ...{ method: 'POST' },
    body: new URLSearchParams({
      token: oauth.accessTokens.at(-1)!,
      client_id: 'muse',
      client_secret: 'mail-client-secret',
    }),
  });
  await server.down();
  await server.up();
  await idling();
  expect(oauth.calls.refresh_token - before).toBe(1);
  expect((await shopper.get(`/mailboxes/${id}`).expect(200)).body.status).toBe('active');
});

it('A grant that has ended must be linked anew, and is told of once', async () => {
  const { account, id } = await linked();
  await idling();
  oauth.endAll();
  await server.down();
  await server.up();
  const mailbox: Body = await eventually(async () => {
    const { body } = await shopper.get(`/mailboxes/${id}`).expect(200);
    return body.status === 'needs_relink' && body;
  }, 30_000);
  expect(mailbox.reason).toBe('grant_ended');
  const events = `SELECT payload FROM events WHERE type = 'mailbox.relink_needed' AND aggregate_id = $1`;
  expect(await sql(muse, events, [id])).toEqual([{ payload: { userId: shopper.id, mailboxId: id } }]);
  const answer = answerOf(await oauth.visit(await begin(account.address)));
  expect((await complete(answer).expect(202)).body.id).toBe(id);
  expect((await triedMailbox(shopper, id)).status).toBe('active');
});
