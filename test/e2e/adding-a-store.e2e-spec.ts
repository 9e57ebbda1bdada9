import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreCalls } from '../../src/store-integrations';
import { startApp, type RunningApp } from '../support/app';
import { makeUser, signIn } from '../support/sellers';
import { API, customer, type Body } from '../support/shopper';
import { linkStore, startStore, type StoreSandbox } from '../support/store-sandbox';

const PAGE = readFileSync(join(__dirname, '..', '..', 'docs', 'adding-a-store.md'), 'utf8');
/** What the page writes where the reader's own sandbox store is. */
const WRITTEN = 'http://127.0.0.1:4801';

describe('docs/adding-a-store.md', () => {
  let muse: RunningApp;
  let store: StoreSandbox;
  let admin: Record<string, string>;
  let storeId: string;

  beforeAll(async () => {
    store = await startStore('private');
    muse = await startApp({ SANDBOX_ORIGINS: store.url });
    admin = await signIn(muse, await makeUser(muse, 'admin'));
  });

  /** The request that stands in the page below this line, as it stands there. */
  const send = async (line: string): Promise<Body> => {
    const [, json] = new RegExp(`<!-- ${line} -->\\s+\`\`\`json\\n([\\s\\S]*?)\`\`\``).exec(PAGE) ?? [];
    if (json === undefined) throw new Error(`The page has no ${line}`);
    const [method, path] = line.replace('{storeId}', storeId).split(' ') as [string, string];
    const body = JSON.parse(json.replaceAll(WRITTEN, store.url)) as object;
    const asked = method === 'PUT' ? muse.http.put(`${API}${path}`) : muse.http.post(`${API}${path}`);
    const answer = await asked.set(admin).send(body);
    expect([line, answer.status, answer.body.detail]).toEqual([line, method === 'PUT' ? 200 : 201, undefined]);
    return answer.body;
  };

  it('makes a store, its goods and its connection by the requests that it shows', async () => {
    storeId = (await send('POST /admin/stores')).id;
    const product = await send('POST /merchant/stores/{storeId}/products');
    expect(product.variants[0]).toMatchObject({ sku: 'ML-1', externalId: 'ML-1' });
    const connection = await send('PUT /admin/stores/{storeId}/connection');
    expect(connection).toMatchObject({ protocol: 'private', adapter: 'marlow', enabled: true });
    expect(JSON.stringify(connection)).not.toContain('marlow-shop-key');
  });

  it('leads to a store that can be linked, and asked', async () => {
    const ana = await customer(muse);
    await linkStore(ana, storeId, 'ana');
    const reached = await muse.app.get(StoreCalls, { strict: false }).of(storeId, ana.id, 'a-key-of-a-test', 5_000);
    const { api, call } = reached!;
    const lines = [{ itemId: 'one', externalId: 'ML-1', quantity: 1 }];
    expect(await api.availability!(call, lines, 'USD')).toEqual([{ itemId: 'one', priceCents: 1450, available: 200 }]);
    expect((await api.addresses!(call)).map(({ id }) => id)).toContain('addr_ana_home');
  });

  it('shows bodies that are JSON, and options that the code knows', () => {
    const bodies = [...PAGE.matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, json]) => JSON.parse(json!) as { protocol?: string },
    );
    expect(bodies.map(({ protocol }) => protocol).filter(Boolean)).toEqual(['ucp', 'acp', 'private']);
    for (const file of PAGE.matchAll(/`((?:src|test)\/[\w./-]+\.ts)`/g))
      expect(readFileSync(join(__dirname, '..', '..', file[1]!), 'utf8').length).toBeGreaterThan(0);
  });
});
