import { request } from 'node:http';
import { SessionExpiry } from '../../src/checkout-session/session-expiry';
import { startApp, type RunningApp } from '../support/app';
import { openPartner } from '../support/market';
import {
  BROWSER,
  addDescribed,
  checkoutToPlaced,
  eventually,
  guest,
  sql,
  type Body,
  type Shopper,
} from '../support/shopper';

interface Link {
  id: string;
  path: string;
  to: string;
}

describe('The link of a hand-off', () => {
  let muse: RunningApp;
  let partner: { id: string; name: string; hosts: string[] };
  let shopper: Shopper;

  beforeAll(async () => {
    muse = await startApp();
    partner = await openPartner(muse);
  });
  beforeEach(async () => {
    shopper = await guest(muse);
  });

  const handOff = async (page?: string): Promise<Link> => {
    const to = `https://${partner.hosts[0]}/p/a-1`;
    await addDescribed(shopper, partner, { productSku: 'A-1', productUrl: to });
    // What the document of the API does not take and the server does: the row alone.
    if (page !== undefined)
      await sql(
        muse,
        'UPDATE cart_items i SET product_url = $2 FROM carts c WHERE c.id = i.cart_id AND c.shopper_id = $1',
        [shopper.id, page],
      );
    const [{ handoffId, continueUrl }] = (await checkoutToPlaced(shopper)).stores;
    return { id: handoffId, path: new URL(continueUrl).pathname, to };
  };
  const follow = (path: string, headers: Record<string, string> = {}) =>
    muse.http.get(path).set({ 'user-agent': BROWSER, ...headers });
  const shown = async ({ id }: Link): Promise<Body> => (await shopper.get(`/handoffs/${id}`).expect(200)).body;
  const set = (link: Link, columns: string, ...values: unknown[]) =>
    sql(muse, `UPDATE handoffs SET ${columns} WHERE id = $1`, [link.id, ...values]);
  /** As it is written here: no client makes it better first. */
  const raw = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number; location: string | undefined; text: string }>((resolve, reject) => {
      const { hostname, port } = new URL(muse.url);
      request({ hostname, port, path, method, headers: { 'user-agent': BROWSER, ...headers } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.on('end', () => resolve({ status: answer.statusCode!, location: answer.headers.location, text }));
      })
        .on('error', reject)
        .end();
    });

  it('leads to the store without a token, tells nobody where it was, and is kept by nobody', async () => {
    const link = await handOff();
    const { headers } = await follow(link.path).expect(302).expect('location', link.to);
    expect(headers).toMatchObject({
      ...{ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store', 'x-robots-tag': 'noindex, nofollow' },
      'x-content-type-options': 'nosniff',
    });
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('counts each time it is followed, many at once too, and says the first time once', async () => {
    const link = await handOff();
    expect(await shown(link)).toMatchObject({ opens: 0, firstOpenedAt: null, lastOpenedAt: null });
    await follow(link.path).expect(302);
    const { firstOpenedAt } = await shown(link);
    await Promise.all(Array.from({ length: 20 }, () => follow(link.path).expect(302)));
    const { opens, firstOpenedAt: first, lastOpenedAt } = await shown(link);
    expect([opens, first]).toEqual([21, firstOpenedAt]);
    expect(Date.parse(lastOpenedAt)).toBeGreaterThan(Date.parse(firstOpenedAt));
    const events = await sql(
      muse,
      `SELECT payload FROM events WHERE type = 'checkout.handoff_opened' AND payload->>'handoffId' = $1`,
      [link.id],
    );
    expect(events).toMatchObject([{ payload: { handoffId: link.id, storeId: partner.id } }]);
  });

  it('does not count who only looks where it leads, and leads them there all the same', async () => {
    const link = await handOff();
    await muse.http.head(link.path).set('user-agent', BROWSER).expect(302).expect('location', link.to);
    for (const agent of ['facebookexternalhit/1.1', 'WhatsApp/2.24', 'Slackbot-LinkExpanding 1.0', 'Googlebot/2.1', ''])
      await follow(link.path, { 'user-agent': agent }).expect(302).expect('location', link.to);
    expect(await shown(link)).toMatchObject({ opens: 0, firstOpenedAt: null });
  });

  it('leads to each product by itself too', async () => {
    const pages = ['a', 'b'].map((name) => `https://${partner.hosts[0]}/p/${name}`);
    await addDescribed(shopper, partner, { productSku: 'A', productUrl: pages[0] });
    await addDescribed(shopper, partner, { productSku: 'B', productUrl: pages[1] });
    const [{ handoffId: id, handoff }] = (await checkoutToPlaced(shopper)).stores;
    const { handoff: again, continueUrl } = await shown({ id, path: '', to: '' });
    expect(again).toEqual(handoff);
    const paths = handoff.productLinks.map(({ url }: Body) => new URL(url).pathname);
    expect(paths).toEqual([1, 2].map((n) => `${new URL(continueUrl).pathname}/${n}`));
    for (const [at, path] of paths.entries()) await follow(path).expect(302).expect('location', pages[at]!);
    expect(await shown({ id, path: '', to: '' })).toMatchObject({ opens: 2 });
  });

  it('gives a browser nothing in advance: it asks again when the link is followed', async () => {
    const link = await handOff();
    for (const [name, value] of [
      ['sec-purpose', 'prefetch;prerender'],
      ['purpose', 'prefetch'],
      ['x-moz', 'prefetch'],
    ] as const) {
      const answer = await follow(link.path, { [name]: value }).expect(425);
      expect(answer.headers['location']).toBeUndefined();
    }
    expect(await shown(link)).toMatchObject({ opens: 0 });
    await follow(link.path).expect(302);
    expect(await shown(link)).toMatchObject({ opens: 1 });
  });

  it('leads where it was built to lead, whatever else the request says', async () => {
    const link = await handOff();
    const evil = 'evil.example';
    const requests: [string, Record<string, string>][] = [
      [link.path, { host: evil }],
      [link.path, { 'x-forwarded-host': evil, 'x-forwarded-proto': 'javascript', forwarded: `host=${evil}` }],
      [link.path, { 'x-original-url': `https://${evil}/`, 'x-rewrite-url': `//${evil}` }],
      [`${link.path}?url=https://${evil}&to=//${evil}&continueUrl=https://${evil}`, {}],
      [`${link.path}?next=%0d%0aLocation:%20https://${evil}`, {}],
      [`${link.path}#https://${evil}`, {}],
      [link.path, { referer: `https://${evil}/`, origin: `https://${evil}` }],
      [link.path, { authorization: 'Bearer nobody' }],
    ];
    for (const [path, headers] of requests)
      expect(await raw(path, headers)).toMatchObject({ status: 302, location: link.to });
  });

  it('leads nowhere by any other path', async () => {
    const { path, to } = await handOff();
    const id = path.slice('/r/'.length);
    const evil = 'https://evil.example/';
    const tried = [
      ...[`/r/${id.toUpperCase()}`, `/r/${id}a`, `/r/${id.slice(1)}`, `/r/${id}%00`, `/r/${id}%0d%0a`, `/r/%20${id}`],
      ...[`/r/${id}/0`, `/r/${id}/2`, `/r/${id}/-1`, `/r/${id}/01`, `/r/${id}/1e0`, `/r/${id}/9999`, `/r/${id}/..`],
      ...[`/r/${id}/${encodeURIComponent(evil)}`, `/r/${id}/${evil}`, `/r/${encodeURIComponent(evil)}`, `/r/${evil}`],
      ...[`/r/${id}/../${id}/x`, `/r//${id}`, `/r/./${id}/`, `/r/`, `/r`, `//evil.example/r/${id}`, `/r\\${id}`],
      ...[`/r/${id}%2f1`, `/r/${id};1`, `/r/%25${id}`, `/r/${'a'.repeat(28)}`, `/r/${'a'.repeat(199)}`],
      ...["' OR 1=1 --", '__proto__', 'constructor', '%C0%AF', '%', '%zz'].map((text) => `/r/${encodeURI(text)}`),
      ...[`/api/v1/r/${id}`, `/R/${id}`],
    ];
    for (const path of tried) {
      const { status, location, text } = await raw(path);
      expect([path, location]).toEqual([path, undefined]);
      expect([path, [400, 404, 414].includes(status)]).toEqual([path, true]);
      expect(text).not.toContain(to);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect(await raw(path, {}, method)).toMatchObject({ status: 404, location: undefined });
  });

  it('never leads to what Muse did not build, though it stand in the row', async () => {
    const link = await handOff();
    const [{ targets, link_seal: seal, click_id: clickId }] = await sql(
      muse,
      'SELECT targets, link_seal, click_id FROM handoffs WHERE id = $1',
      [link.id],
    );
    const other = await (async () => {
      shopper = await guest(muse);
      return handOff(`https://${partner.hosts[0]}/p/other`);
    })();
    const [{ targets: theirs, link_seal: theirSeal }] = await sql(
      muse,
      'SELECT targets, link_seal FROM handoffs WHERE id = $1',
      [other.id],
    );
    const evil = targets.map(() => 'https://evil.example/');
    const nowhere = async () => {
      const answer = await follow(link.path).expect(404);
      expect([answer.headers['location'], answer.text.includes('evil')]).toEqual([undefined, false]);
    };
    await set(link, 'targets = $2', evil);
    await nowhere();
    const [{ id: programme }] = await sql(
      muse,
      `INSERT INTO affiliate_programmes (store_id, network, parameters) VALUES ($1, 'awin', '{}') RETURNING id`,
      [partner.id],
    );
    await set(link, 'targets = $2, affiliate_targets = $3, affiliate_programme_id = $4', targets, evil, programme);
    await nowhere();
    await set(link, 'affiliate_targets = NULL, affiliate_programme_id = NULL');
    await sql(muse, 'DELETE FROM affiliate_programmes WHERE id = $1', [programme]);
    await set(link, 'targets = $2, link_seal = $3', evil, Buffer.alloc(32));
    await nowhere();
    // What was built for another click is not for this one.
    await set(link, 'targets = $2, link_seal = $3', theirs, theirSeal);
    await nowhere();
    await set(link, 'targets = NULL, link_seal = NULL, continue_url = $2', evil[0]);
    await nowhere();
    await set(link, 'targets = $2, link_seal = $3', targets, seal);
    await follow(link.path).expect(302).expect('location', link.to);
    await set(link, 'click_id = $2', 'b'.repeat(28));
    await follow(`/r/${'b'.repeat(28)}`).expect(404);
    await set(link, 'click_id = $2', clickId);
    expect((await sql(muse, 'SELECT opens FROM handoffs WHERE id = $1', [link.id]))[0]).toEqual({ opens: 1 });
  });

  it('writes an address as headers may hold it, whatever the page is called', async () => {
    const productUrl = `https://${partner.hosts[0]}/p/camis%C3%B3n%20añil?x=%0d%0aSet-Cookie:a=b`;
    const link = await handOff(productUrl);
    const { location } = await raw(link.path);
    expect(new URL(location!).host).toBe(partner.hosts[0]);
    expect(location).toMatch(/^[\x21-\x7e]+$/);
    expect(decodeURIComponent(new URL(location!).pathname)).toBe('/p/camisón añil');
  });

  describe('is over', () => {
    const over = async (link: Link) => {
      const answer = await follow(link.path).expect(410);
      expect(answer.headers['location']).toBeUndefined();
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(answer.text).toContain('This link is over');
      expect([answer.text.includes(link.to), answer.text.includes(partner.name)]).toEqual([false, false]);
      const spanish = await follow(link.path, { 'accept-language': 'es-VE, es;q=0.9' }).expect(410);
      expect(spanish.text).toContain('<html lang="es">');
    };

    it('once it was ordered there', async () => {
      const link = await handOff();
      await follow(link.path).expect(302);
      await shopper.post(`/handoffs/${link.id}/ordered`, { storeOrderNumber: 'ON-1' }).expect(201);
      await over(link);
      expect(await shown(link)).toMatchObject({ status: 'ordered', opens: 1 });
    });

    it('once its shopper has changed their mind', async () => {
      const link = await handOff();
      await shopper.post(`/handoffs/${link.id}/abandon`).expect(200);
      await over(link);
      expect(await shown(link)).toMatchObject({ status: 'abandoned', opens: 0 });
    });

    it('when its time is, before anybody has swept it, and after', async () => {
      const link = await handOff();
      await set(link, `expires_at = now() - interval '1 second'`);
      await over(link);
      await muse.app.get(SessionExpiry, { strict: false }).expireHandoffs();
      await eventually(async () => (await shown(link)).status === 'expired');
      await over(link);
    });

    it('when its shopper closes the account', async () => {
      const account = { email: `${shopper.id}@example.com`, password: 'a long passphrase' };
      const { body } = await shopper.post('/auth/register', account).expect(201);
      shopper.headers['authorization'] = `Bearer ${body.accessToken}`;
      const link = await handOff();
      await follow(link.path).expect(302);
      await sql(muse, 'UPDATE users SET disabled_at = now() WHERE id = $1', [body.user.id]);
      await over(link);
    });
  });

  it('stays in the reminder, and in what the checkout shows, while it waits', async () => {
    const link = await handOff();
    const { continueUrl } = await shown(link);
    expect(new URL(continueUrl).pathname).toBe(link.path);
    await follow(link.path).expect(302);
    const [told] = await sql(muse, 'SELECT session_id FROM handoffs WHERE id = $1', [link.id]);
    const { body } = await shopper.get(`/checkout/sessions/${told.session_id}/status`).expect(200);
    expect(body.stores[0]).toMatchObject({ status: 'continue_at_store', handoffId: link.id, continueUrl });
  });

  it('of before there were such links is the store’s own, as it was', async () => {
    const link = await handOff();
    await set(link, 'targets = NULL, link_seal = NULL');
    expect(await shown(link)).toMatchObject({ continueUrl: link.to });
    await follow(link.path).expect(404);
  });
});

describe('The links of hand-offs', () => {
  it('are not for whoever tries many', async () => {
    const muse = await startApp({ MUSE_ROLE: 'api', RATE_LIMIT_FACTOR: '0.01' });
    const answers = [];
    for (let n = 0; n < 12; n++)
      answers.push((await muse.http.get(`/r/${'a'.repeat(26)}${10 + n}`).set('user-agent', BROWSER)).status);
    expect(answers.slice(0, 5)).toEqual(Array(5).fill(404));
    expect(answers.at(-1)).toBe(429);
  });
});
