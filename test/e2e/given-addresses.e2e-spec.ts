import { connect } from 'node:net';
import { startApp, type RunningApp } from '../support/app';
import { openPartner, openShop, type Shop } from '../support/market';
import { makeUser, signIn, usd } from '../support/sellers';
import { API, described, guest, type Shopper } from '../support/shopper';

const PRIVATE = [
  ...[
    'https://127.0.0.1/x',
    'https://2130706433/x',
    'https://0x7f.1/x',
    'https://[::1]/x',
    'https://[::ffff:7f00:1]/x',
  ],
  ...['https://10.0.0.1/x', 'https://169.254.169.254/x', 'https://localhost/x', 'https://db.internal/x'],
];
const NOT_PLAIN = ['ftp://shop.example/x', 'javascript:alert(1)', 'https://user:pass@shop.example/x', 'shop'];

describe('An address that a caller gives to keep', () => {
  let muse: RunningApp;
  let shop: Shop;
  let shopper: Shopper;
  let admin: Record<string, string>;
  let partner: { id: string; hosts: string[] };

  beforeAll(async () => {
    muse = await startApp();
    admin = await signIn(muse, await makeUser(muse, 'admin'));
    [shop, shopper, partner] = [await openShop(muse), await guest(muse), await openPartner(muse)];
  });

  it.each([...PRIVATE, ...NOT_PLAIN])('leads to a public page and holds no credentials: not %s', async (address) => {
    const refused = async (verb: 'post' | 'patch', path: string, who: Record<string, string>, body: object) => {
      const answer = await muse.http[verb](`${API}${path}`).set(who).send(body);
      expect([path, body, [400, 422].includes(answer.status)]).toEqual([path, body, true]);
    };
    const { merchant, storeId } = shop;
    const product = { title: 'Dress', variants: [{ sku: 'X', price: usd(100), onHand: 1 }] };
    await refused('post', `/merchant/stores/${storeId}/products`, merchant.headers, {
      ...product,
      imageUrls: [address],
    });
    await refused('post', `/merchant/stores/${partner.id}/products`, admin, { ...product, url: address });
    for (const body of [{ url: address }, { support: { url: address } }, { policies: { termsUrl: address } }])
      await refused('patch', `/merchant/stores/${storeId}`, merchant.headers, body);
    await refused('patch', `/admin/stores/${partner.id}`, admin, { url: address });
    for (const member of ['productUrl', 'productImageUrl'])
      await refused('post', '/cart/items', shopper.headers, described(partner, { [member]: address }));
  });

  it.each(['127.0.0.1', '10.0.0.1:8080', 'localhost', 'db.internal', '169.254.169.254', '2130706433'])(
    'is on no private host: not %s',
    async (host) => {
      const answer = await muse.http
        .patch(`${API}/admin/stores/${partner.id}`)
        .set(admin)
        .send({ hosts: [host] });
      expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, '/hosts/0']);
    },
  );
});

describe('What is hardly HTTP', () => {
  it.each([
    ['no HTTP at all', 'GARBAGE\r\n\r\n', 400],
    ['a length that is no number', 'POST /api/v1/guests HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n', 400],
    [
      'two ways to say how long',
      'POST /api/v1/guests HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['headers without end', `GET /api/v1/stores HTTP/1.1\r\nHost: x\r\nX-A: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
  ])('is answered with a problem document, and the connection ends: %s', async (_, text, status) => {
    const { config } = await running();
    const answer = await new Promise<string>((resolve, reject) => {
      let seen = '';
      const socket = connect(config.PORT, '127.0.0.1', () => socket.write(text));
      socket.on('data', (part) => (seen += String(part))).on('end', () => resolve(seen));
      socket.on('error', reject).setTimeout(5_000, () => reject(new Error('It stays open')));
    });
    const [head, body] = answer.split('\r\n\r\n') as [string, string];
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*application/problem\\+json[^]*Connection: close`, 'i'));
    expect(JSON.parse(body)).toMatchObject({ status, code: expect.any(String), requestId: expect.any(String) });
  });

  let app: Promise<RunningApp> | undefined;
  const running = () => (app ??= startApp());
});
