import { startApp } from '../support/app';
import { openShop } from '../support/market';
import { addVariant, checkoutToPlaced, customer } from '../support/shopper';

describe('An export', () => {
  it('smokes', async () => {
    const muse = await startApp();
    const shop = await openShop(muse);
    const user = await customer(muse);
    await user.post('/me/addresses', { name: 'Ana', line1: 'Calle 1', city: 'Caracas', country: 'VE' }).expect(201);
    await addVariant(user, shop.variantIds[0], 2);
    await checkoutToPlaced(user);
    const { body, headers } = await user.get('/me/export').expect(200);
    console.log(JSON.stringify(body, null, 1), headers);
    console.log((await user.delete('/me').expect(200)).body);
    console.log(
      Object.keys(
        (await muse.http.get('/api/docs-json').expect(200)).body.components.schemas.ExportResponse.properties,
      ),
    );
  });
});
