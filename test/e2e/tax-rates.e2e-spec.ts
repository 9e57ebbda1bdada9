import { startApp, type RunningApp } from '../support/app';
import { makeUser, signIn } from '../support/sellers';
import { shopperOf, sql, type Body, type Shopper } from '../support/shopper';

const NY = { country: 'US', region: 'ny', name: 'Sales tax', percent: '8.875', inclusive: false, onDelivery: true };

describe('Tax rates over HTTP', () => {
  let muse: RunningApp;
  let admin: Shopper;

  beforeAll(async () => {
    muse = await startApp({ MUSE_ROLE: 'api' });
    const account = await makeUser(muse, 'admin');
    admin = shopperOf(muse, account.id, await signIn(muse, account));
  });

  const post = (body: object, key?: string) =>
    admin.post('/admin/tax-rates', body, key === undefined ? {} : { 'idempotency-key': key });

  it('are posted, and listed newest first, by country and in pages', async () => {
    const { body: first } = await post(NY).expect(201);
    expect(first).toMatchObject({ ...NY, region: 'NY', category: null });
    const { body: shoes } = await post({ ...NY, category: 'Shoes', percent: '0', onDelivery: false }).expect(201);
    const { body: iva } = await post({ country: 'VE', name: 'IVA', percent: '16.00', inclusive: true }).expect(201);
    expect(iva).toMatchObject({ percent: '16', region: null, onDelivery: false });
    const list = async (query = ''): Promise<Body> => (await admin.get(`/admin/tax-rates${query}`).expect(200)).body;
    expect((await list()).data).toEqual([iva, shoes, first]);
    expect((await list('?country=US')).data).toEqual([shoes, first]);
    const page = await list('?limit=2');
    expect((await list(`?limit=2&cursor=${page.nextCursor}`)).data).toEqual([first]);
  });

  it('are only ever added', async () => {
    await expect(sql(muse, `UPDATE tax_rates SET rate_ppm = 1`)).rejects.toThrow('append-only');
    await expect(sql(muse, `DELETE FROM tax_rates`)).rejects.toThrow('append-only');
  });

  it.each([
    [{ ...NY, percent: '101' }, '/percent'],
    [{ ...NY, percent: 8.875 }, '/percent'],
    [{ ...NY, percent: '-1' }, '/percent'],
    [{ ...NY, percent: '8.12345' }, '/percent'],
    [{ ...NY, country: 'us' }, '/country'],
    [{ ...NY, country: 'QQ' }, '/country'],
    [{ ...NY, name: '  ' }, '/name'],
    [{ ...NY, inclusive: 'no' }, '/inclusive'],
    [{ ...NY, effectiveAt: 'soon' }, '/effectiveAt'],
    [{ ...NY, surprise: 1 }, '/surprise'],
  ])('refuses %j', async (body, pointer) => {
    const answer = await post(body).expect(400);
    expect(answer.body.errors.map((error: Body) => error.pointer)).toContain(pointer);
  });

  it('are of a region as addresses have it, however it is written', async () => {
    const body = { ...NY, country: 'CA', name: 'PST' };
    expect((await post({ ...body, region: 'British Columbia' }).expect(201)).body.region).toBe('BC');
    const answer = await post({ ...body, region: 'Brooklyn' }).expect(422);
    expect(answer.body).toMatchObject({ code: 'invalid_field', errors: [{ pointer: '/region' }] });
  });

  it('refuses a category for delivery', async () => {
    const answer = await post({ ...NY, category: 'Shoes' }).expect(422);
    expect(answer.body).toMatchObject({ code: 'invalid_field', errors: [{ pointer: '/onDelivery' }] });
  });

  it('are posted once for one Idempotency-Key', async () => {
    const body = { country: 'CO', name: 'IVA', percent: '19', inclusive: true };
    const [first, again] = [await post(body, 'k').expect(201), await post(body, 'k').expect(201)];
    expect(again.body).toEqual(first.body);
    await post({ ...body, percent: '20' }, 'k').expect(422);
  });
});
