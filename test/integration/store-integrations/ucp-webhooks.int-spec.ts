import { UcpWebhooks } from '../../../src/store-integrations/protocols/ucp/ucp-webhooks';
import { StoreFault } from '../../../src/store-integrations/protocols/store-fault';
import { WebhookRefused } from '../../../src/store-integrations/protocols/webhook-refused';
import { startApp, type RunningApp } from '../../support/app';
import { makePartnerStore } from '../../support/sellers';
import { sql } from '../../support/shopper';
import {
  anOrder,
  openUcpShop,
  signedWebhook,
  signingKey,
  type UcpShop,
  type WebhookParts,
} from '../../support/ucp-shop';

const PATH = '/api/v1/webhooks/ucp';
const ID = '5c0ea1f4-52c8-4a8e-9a2f-1c6d4d6a9a11';

describe('A webhook of a UCP store', () => {
  let muse: RunningApp;
  let shop: UcpShop;
  let other: UcpShop;
  let stranger: UcpShop;
  let storeId: string;
  let otherId: string;
  let webhooks: UcpWebhooks;
  /** Origins of the sandbox are known before Muse starts. */
  let spare: UcpShop[];

  beforeAll(async () => {
    const opening = [openUcpShop(), openUcpShop('2026-04-08'), ...Array.from({ length: 5 }, () => openUcpShop())];
    const shops = await Promise.all(opening);
    [shop, other, stranger, ...spare] = shops as [UcpShop, UcpShop, UcpShop, ...UcpShop[]];
    const origins = shops.map(({ url }) => url).join(',');
    muse = await startApp({ MUSE_ROLE: 'api', SANDBOX_ORIGINS: origins });
    webhooks = muse.app.get(UcpWebhooks, { strict: false });
    storeId = await connect(shop);
    otherId = await connect(other);
  });

  async function connect({ url }: UcpShop): Promise<string> {
    const { id } = await makePartnerStore(muse);
    await sql(muse, `INSERT INTO store_connections (store_id, protocol, base_url) VALUES ($1, 'ucp', $2)`, [id, url]);
    return id;
  }

  const body = (changes: Record<string, unknown> = {}) => JSON.stringify(anOrder(changes));
  const parts = (changes: Partial<WebhookParts> = {}): WebhookParts => ({
    body: body(),
    url: `${muse.config.PUBLIC_URL}${PATH}`,
    profileUrl: shop.profileUrl,
    signer: shop.key,
    ...changes,
  });
  const seconds = (ago = 0) => Math.floor(Date.now() / 1_000) - ago;

  async function take(
    given: WebhookParts,
    { headers = {}, sent = given.body, path = PATH, method = 'POST' }: Sent = {},
  ): Promise<Awaited<ReturnType<UcpWebhooks['verify']>>> {
    const all = { ...signedWebhook(given), ...headers };
    const those = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return webhooks.verify({ rawBody: Buffer.from(sent), method, path, headers: those, storeId: null });
  }
  interface Sent {
    headers?: Record<string, string | undefined>;
    sent?: string;
    path?: string;
    method?: string;
  }
  const refusal = (taking: Promise<unknown>) =>
    taking.then(
      () => 'taken',
      (error: unknown) => (error instanceof WebhookRefused ? error.reason : String(error)),
    );

  it('is that store’s word on its order', async () => {
    const taken = await take(parts());
    expect(taken).toMatchObject({ storeId, order: { id: 'ord_1', status: 'confirmed', totalCents: 1_000 } });
  });

  it('is taken of both versions, each with its keys where that has them', async () => {
    expect(await take(parts({ profileUrl: other.profileUrl, signer: other.key }))).toMatchObject({ storeId: otherId });
  });

  it('has the id that its sender signed; else that of what it says', async () => {
    const covered = ['@method', '@authority', '@path', 'ucp-agent', 'content-digest', 'content-type', 'webhook-id'];
    expect((await take(parts({ covered }))).eventId).toBe(ID);
    const [first, again, another] = [
      await take(parts({ id: 'one' })),
      await take(parts({ id: 'two' })),
      await take(parts({ id: 'one', body: body({ label: '#2' }) })),
    ];
    expect(first.eventId).toMatch(/^sha-256:/);
    expect(again.eventId).toBe(first.eventId);
    expect(another.eventId).not.toBe(first.eventId);
  });

  it('is taken where it names several signatures, of which one holds', async () => {
    const headers = signedWebhook(parts());
    const foreign = signedWebhook(parts({ signer: { ...stranger.key, kid: 'shop-1' } }));
    const both = {
      'signature-input': `${foreign['signature-input']}, ${headers['signature-input']!.replace('sig1=', 'sig2=')}`,
      signature: `${foreign['signature']}, ${headers['signature']!.replace('sig1=', 'sig2=')}`,
    };
    expect(await take(parts(), { headers: both })).toMatchObject({ storeId });
  });

  it('reaches us by whatever address a proxy makes of ours', async () => {
    const given = parts();
    expect(
      await take(given, { path: 'http://10.1.2.3:8080/elsewhere', headers: { host: '10.1.2.3:8080' } }),
    ).toMatchObject({
      storeId,
    });
  });

  it.each<[string, () => [WebhookParts, Sent?], string]>([
    ['of nobody’s key', () => [parts({ signer: signingKey('shop-1') })], 'signature_invalid'],
    ['of a key that the store does not name', () => [parts({ signer: signingKey('shop-2') })], 'key_not_found'],
    [
      'of another store’s key in this one’s name',
      () => [parts({ signer: { ...other.key, kid: 'shop-1' }, profileUrl: shop.profileUrl })],
      'signature_invalid',
    ],
    [
      'of a shop that is no store of ours',
      () => [parts({ profileUrl: stranger.profileUrl, signer: stranger.key })],
      'unknown_sender',
    ],
    ['that says another thing', () => [parts(), { sent: body({ id: 'ord_2' }) }], 'digest_mismatch'],
    [
      'whose digest was made to fit',
      () => {
        const changed = parts({ body: body({ id: 'ord_2' }) });
        return [
          parts(),
          { sent: changed.body, headers: { 'content-digest': signedWebhook(changed)['content-digest'] } },
        ];
      },
      'signature_invalid',
    ],
    ['for another platform', () => [parts({ url: `https://other.example${PATH}` })], 'signature_invalid'],
    ['for another path', () => [parts({ url: `${muse.config.PUBLIC_URL}/api/v1/webhooks/acp` })], 'signature_invalid'],
    ['by another method', () => [parts({ method: 'PUT' })], 'signature_invalid'],
    ['with a query that nobody signed', () => [parts(), { path: `${PATH}?x=1` }], 'coverage_insufficient'],
    ['signed six minutes ago', () => [parts({ created: seconds(360) })], 'signature_too_old'],
    ['signed six minutes ahead', () => [parts({ created: seconds(-360) })], 'signature_too_old'],
    ['of the day before yesterday', () => [parts({ timestamp: seconds(90_000) })], 'too_old'],
    ['of tomorrow', () => [parts({ timestamp: seconds(-3_600) })], 'too_old'],
    ['of no time', () => [parts(), { headers: { 'webhook-timestamp': undefined } }], 'too_old'],
    ['of no time that is one', () => [parts(), { headers: { 'webhook-timestamp': '1e9' } }], 'too_old'],
    ['without an id', () => [parts(), { headers: { 'webhook-id': undefined } }], 'no_event_id'],
    ['without a signature', () => [parts(), { headers: { signature: undefined } }], 'signature_missing'],
    ['without what it covers', () => [parts(), { headers: { 'signature-input': undefined } }], 'signature_missing'],
    [
      'with a signature that is none',
      () => [parts(), { headers: { signature: 'sig1=nonsense' } }],
      'signature_malformed',
    ],
    ['without a digest', () => [parts(), { headers: { 'content-digest': undefined } }], 'digest_mismatch'],
    ['of no sender', () => [parts(), { headers: { 'ucp-agent': undefined } }], 'no_sender'],
    ['of a sender that is none', () => [parts(), { headers: { 'ucp-agent': 'profile=shop' } }], 'no_sender'],
    ['of a sender below the well-known place', () => [parts({ profileUrl: `${shop.profileUrl}/x` })], 'no_sender'],
    [
      'that does not cover its body',
      () => [parts({ covered: ['@method', '@authority', '@path', 'ucp-agent', 'content-type'] })],
      'coverage_insufficient',
    ],
    [
      'that does not cover where to',
      () => [parts({ covered: ['@method', '@path', 'ucp-agent', 'content-digest', 'content-type'] })],
      'coverage_insufficient',
    ],
    [
      'that does not cover its sender',
      () => [parts({ covered: ['@method', '@authority', '@path', 'content-digest', 'content-type'] })],
      'coverage_insufficient',
    ],
    ['that is no order', () => [parts({ body: '{"id":"ord_1"}' })], 'not_an_order'],
    ['that is no JSON', () => [parts({ body: 'order' })], 'not_an_order'],
    [
      'of goods by measure',
      () => [
        parts({
          body: body({
            line_items: [
              {
                id: 'l',
                item: { id: 'x', price: 1, quantity_unit: { unit: 'KGM', display_text: 'kg' } },
                quantity: { total: 1, fulfilled: 0 },
              },
            ],
          }),
        }),
      ],
      'not_an_order',
    ],
  ])('is refused %s', async (_, given, reason) => {
    const [signed, sent] = given();
    expect(await refusal(take(signed, sent))).toBe(reason);
  });

  it('never makes us ask anybody but a store of ours for its profile', async () => {
    const theirs = parts({ profileUrl: stranger.profileUrl, signer: stranger.key });
    expect(await refusal(take(theirs))).toBe('unknown_sender');
    expect(stranger.profiles).toEqual([]);
  });

  it('is nobody’s while the connection of its store is off, or ending', async () => {
    const left = await another();
    const theirs = parts({ profileUrl: left.profileUrl, signer: left.key });
    expect(await refusal(take(theirs))).toBe('taken');
    for (const off of ['enabled = false', 'enabled = true, ending_at = now()']) {
      await sql(muse, `UPDATE store_connections SET ${off} WHERE base_url = $1`, [left.url]);
      expect(await refusal(take(theirs))).toBe('unknown_sender');
    }
  });

  it('speaks of its sender’s orders and nobody else’s, whatever they are called', async () => {
    const ofAnother = parts({ profileUrl: other.profileUrl, signer: other.key });
    const [own, theirs] = [await take(parts()), await take(ofAnother)];
    expect([own.order.id, theirs.order.id]).toEqual(['ord_1', 'ord_1']);
    expect([own.storeId, theirs.storeId]).toEqual([storeId, otherId]);
  });

  it('goes to the store whose order it is, of several at one origin', async () => {
    const mall = await another();
    const [, first, second] = [await connect(mall), await connect(mall), await connect(mall)].sort();
    const told = async (changes: Record<string, unknown>) => {
      const given = parts({ profileUrl: mall.profileUrl, signer: mall.key, body: body(changes) });
      return take(given).then(
        (taken) => taken.storeId,
        (error: WebhookRefused) => error.reason,
      );
    };
    // Begun there, though no order of Muse knows of it yet.
    await sql(
      muse,
      `INSERT INTO store_api_checkouts (store_checkout_id, store_id, remote_id) VALUES (uuidv7(), $1, 'chk_of_second')`,
      [second],
    );
    expect(await told({ id: 'ord_7', checkout_id: 'chk_of_second' })).toBe(second);
    // An order of Muse, whatever checkout it is said to be of.
    await sql(muse, `INSERT INTO store_orders (store_id, remote_id, followed_at) VALUES ($1, 'ord_8', now())`, [first]);
    expect(await told({ id: 'ord_8', checkout_id: 'chk_of_second' })).toBe(first);
    // Told of before it was known whose it is: that decides nothing.
    await sql(muse, `INSERT INTO store_orders (store_id, remote_id) VALUES ($1, 'ord_9')`, [first]);
    expect(await told({ id: 'ord_9', checkout_id: 'chk_of_second' })).toBe(second);
    await sql(muse, 'UPDATE store_connections SET enabled = false WHERE store_id = $1', [second]);
    expect(await told({ id: 'ord_7', checkout_id: 'chk_of_second' })).toBe('unknown_sender');
    expect(await told({ id: 'ord_8', checkout_id: 'chk_of_second' })).toBe(first);
  });

  it('is taken by a key that the store has named since, and refused by one that it has taken back', async () => {
    const fresh = await another();
    const [old, next] = [fresh.key, signingKey('shop-2')];
    const of = (signer: typeof old) => parts({ profileUrl: fresh.profileUrl, signer });
    expect(await refusal(take(of(old)))).toBe('taken');
    fresh.profile = (profile) => ({ body: { ...profile, keys: [next.jwk] } });
    expect(await refusal(take(of(next)))).toBe('taken');
    expect(await refusal(take(of(old)))).toBe('key_not_found');
    // A key that is unknown still makes us ask once a minute, no more.
    expect(fresh.profiles).toHaveLength(2);
  });

  it('is to be sent again where its sender’s keys cannot be had', async () => {
    const closed = await another();
    closed.profile = () => ({ status: 503 });
    const taking = take(parts({ profileUrl: closed.profileUrl, signer: closed.key }));
    await expect(taking).rejects.toBeInstanceOf(StoreFault);
  });

  async function another(): Promise<UcpShop> {
    const fresh = spare.pop()!;
    await connect(fresh);
    return fresh;
  }
});
