import { startShop, type ShopSandbox } from '../../../support/shop-sandbox';
import { usd, type World } from '../../harness/world';
import { SHOPS, type TorturedShop } from './plans';

/** A sandbox shop, and the store in Muse that it is. */
export interface BrowserStore {
  kind: TorturedShop;
  id: string;
  shop: ShopSandbox;
  /** Of the catalogue, by the shop's SKU. */
  variantIds: ReadonlyMap<string, string>;
}

const PLENTY = 100_000;

/** The three shops that a browser orders at, each a process of its own beside the program. */
export class BrowserShops {
  private made: Promise<BrowserStore[]> | undefined;

  private constructor(private readonly shops: ShopSandbox[]) {}

  static async open(): Promise<BrowserShops> {
    return new BrowserShops(await Promise.all(SHOPS.map((kind) => startShop(kind))));
  }

  /** Which every process of the program has to know. */
  get origins(): string[] {
    return this.shops.map(({ origins }) => origins);
  }

  /** In Muse: allowed to be ordered at by a browser, by their shipped recipes. */
  stores(world: World): Promise<BrowserStore[]> {
    return (this.made ??= Promise.all(this.shops.map((shop) => storeOf(world, shop))));
  }

  async stop(): Promise<void> {
    await Promise.all(this.shops.map((shop) => shop.kill()));
  }
}

async function storeOf({ client, adminToken: token }: World, shop: ShopSandbox): Promise<BrowserStore> {
  const expect = (method: string, path: string, body: object) => client.expect(method, path, { token, body });
  const { id } = await expect('POST', '/admin/stores', {
    ...{ name: shop.name, currency: 'USD', country: 'US', tier: 'headless', linkRequired: true },
    ...{ url: shop.url, hosts: [new URL(shop.url).host], cartLink: shop.cartLink },
    deliveryOptions: [{ name: 'Standard', price: usd(600), minDays: 3, maxDays: 5 }],
  });
  const { version } = await expect('POST', `/admin/stores/${id}/recipes`, { recipe: shop.recipe() });
  await expect('POST', `/admin/stores/${id}/recipes/${version}/activate`, {});
  const policy = { policy: 'allowed', agreement: 'The shop is a double of the torture' };
  await expect('PUT', `/admin/stores/${id}/automation/policy`, policy);
  const variantIds = new Map<string, string>();
  for (const { sku, id: good, title, size, color, cents } of await shop.goods()) {
    const variant = { sku, externalId: sku, size, color, price: usd(cents), onHand: PLENTY };
    const product = { title, url: shop.productUrl(good), variants: [variant] };
    const made = await expect('POST', `/merchant/stores/${id}/products`, product);
    variantIds.set(sku, made.variants[0].id);
  }
  return { kind: shop.kind as TorturedShop, id, shop, variantIds };
}
