import { checkoutStrategyContract } from '../../../src/store-integrations/checkout-strategy.contract';
import { OauthApiStrategy } from '../../../src/store-integrations/strategies/oauth-api/oauth-api.strategy';
import { runQuotes } from '../../support/api-stores';
import { startApp } from '../../support/app';
import { usd } from '../../support/sellers';
import { ADDRESS, addDescribed, customer, eventually, sql, type Shopper } from '../../support/shopper';
import { connectStore, linkStore, startStore } from '../../support/store-sandbox';
import { harnessFor, type Begun } from '../../support/strategy-harness';

describe.each([
  ['walmart', 'WM'],
  ['target', 'TG'],
] as const)('A store that speaks an open protocol, as %s', (kind, prefix) => {
  checkoutStrategyContract(async () => {
    const sandbox = await startStore(kind);
    const muse = await startApp({ MUSE_ROLE: 'api', SANDBOX_ORIGINS: sandbox.url });
    const strategy = muse.app.get(OauthApiStrategy, { strict: false });
    const skus = [1, 2, 3, 7, 8].map((n) => `${prefix}-${n}`);
    const sold = new Map<string, string>();
    let opened = 0;
    const openStore = async () => {
      const { storeId } = await connectStore(muse, sandbox);
      const [{ hosts }] = await sql(muse, 'SELECT hosts FROM stores WHERE id = $1', [storeId]);
      const sku = skus[opened++ % skus.length]!;
      sold.set(storeId, sku);
      const fill = async (shopper: Shopper) => {
        const { cents, title } = (await sandbox.goods()).find((good) => good.sku === sku)!;
        const line = { productName: title, productSku: sku, price: usd(cents), quantity: 2 };
        return addDescribed(shopper, { id: storeId, hosts }, line);
      };
      return { storeId, fill };
    };
    const quote = (sessionId: string) =>
      eventually(async () => {
        await runQuotes(muse, sessionId);
        const [{ open }] = await sql(
          muse,
          `SELECT count(*)::int AS open FROM store_checkouts WHERE session_id = $1 AND status = 'quoting'`,
          [sessionId],
        );
        return open === 0;
      }).then(() => undefined);
    let buyer: Shopper;
    const buys = async (storeId: string) => {
      buyer = await customer(muse);
      await linkStore(buyer, storeId);
      return buyer;
    };
    const harness = harnessFor(muse, strategy, 'placed', openStore, undefined, quote, buys);
    return {
      ...harness,
      ordersAtStore: async (placement) => {
        const { storeId } = (placement as Begun).side;
        const rows = await sql(muse, 'SELECT remote_id FROM store_api_checkouts WHERE store_id = $1', [storeId]);
        const ours = new Set(rows.map((row) => row.remote_id));
        return (await sandbox.ledger()).filter((order) => ours.has(order.checkoutId)).length;
      },
      raisePrice: async (placement) => {
        const sku = sold.get((placement as Begun).side.storeId)!;
        const { cents } = (await sandbox.goods()).find((good) => good.sku === sku)!;
        await sandbox.change(sku, { cents: cents * 2 });
      },
      group: async () => {
        const group = await harness.group();
        const address = { ...ADDRESS, line2: null, phone: null, lat: null, lng: null };
        const shopper = { storeCheckoutId: '019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f', userId: buyer.id, address };
        const chosen = {
          storeAddressId: null,
          storeInstrumentId: null,
          discountCodes: [],
          deliveryOptionRef: null,
          paymentMethodId: null,
        };
        const lines = group.lines.map((line) => ({ ...line, externalId: line.productSku }));
        const until = new Date(Date.now() + 10_000);
        return { ...group, lines, shopper: { ...shopper, contact: null, ...chosen, until } };
      },
    };
  });
});
