import { isDeepStrictEqual } from 'node:util';
import { Catalog, type MakeProductRequest } from '../catalog';
import type { Caller } from '../identity';
import { Database, statement } from '../platform/database';
import { Recipes, shippedRecipe, type ShippedShop } from '../store-integrations';
import { Stores } from '../stores';

type Good = [id: string, title: string, cents: number, sizes: string[], colors: string[]];

interface DemoShop {
  /** The demo store that it is. */
  name: string;
  /** Where a good is bought. */
  page: (id: string) => string;
  goods: Good[];
}

const CLOTHES = ['S', 'M', 'L', 'XL'];

const SHOPS: Record<ShippedShop, DemoShop> = {
  nordstrom: {
    name: 'Nordstrom',
    page: (id) => `/s/item/${id}`,
    goods: [
      ['nd-104', 'Silk Blouse', 9800, CLOTHES, ['Ivory', 'Navy']],
      ['nd-105', 'Leather Tote', 18900, [], []],
    ],
  },
  macys: {
    name: "Macy's",
    page: (id) => `/shop/product/item?ID=${id}`,
    goods: [
      ['4501', 'Gold Necklace', 4500, [], []],
      ['4505', 'Linen Shirt', 4900, CLOTHES, ['White', 'Sky']],
    ],
  },
  oldnavy: {
    name: 'Old Navy',
    page: (id) => `/browse/product.do?pid=${id}`,
    goods: [
      ['on7002', 'T-shirt', 1299, CLOTHES, ['White', 'Black']],
      ['on7005', 'Canvas Bag', 1999, [], []],
    ],
  },
};

const STORE = statement(
  'demo.shop_by_name',
  `SELECT id, hosts FROM stores WHERE name = $1 AND kind = 'partner' ORDER BY created_at LIMIT 1`,
);
const SOLD = statement('demo.sold_at', `SELECT id FROM variants WHERE store_id = $1 AND external_id = $2 LIMIT 1`);
const ADMIN = statement('demo.shop_admin', `SELECT id FROM users WHERE lower(email) = 'admin@muse.example'`);
const LOCK = statement('demo.lock_shops', `SELECT pg_advisory_xact_lock(727277)`);

/**
 * Gives the demo stores that have no API the recipes of the sandbox shops that run beside the server, and goods that these
 * sell. Whether Muse may drive a browser there is still for an admin to say, and for the shopper. Done at each start: what
 * is so already is left alone.
 */
export async function connectDemoShops(
  { database, stores, recipes, catalog }: { database: Database; stores: Stores; recipes: Recipes; catalog: Catalog },
  urls: Record<string, string>,
  say: (line: string) => void,
): Promise<void> {
  const admin = await database.maybeOne<{ id: string }>(ADMIN);
  if (!admin) return;
  const caller: Caller = { kind: 'user', id: admin.id, roles: ['shopper', 'admin'], privacy: 'standard' };
  for (const [shop, { name, page, goods }] of Object.entries(SHOPS)) {
    const url = urls[shop];
    const store = url && (await database.maybeOne<{ id: string; hosts: string[] }>(STORE, [name]));
    if (!url || !store) continue;
    const { host } = new URL(url);
    // Of an earlier start, on another port.
    const hosts = [...store.hosts.filter((one) => !one.startsWith('127.0.0.1:')), host];
    if (!isDeepStrictEqual(hosts, store.hosts)) await stores.patchPartnerStore(caller, store.id, { hosts });
    const recipe = shippedRecipe(shop as ShippedShop, { url, frameUrl: urls[`${shop}Frame`] });
    await database.transaction(async (tx) => {
      await tx.run(LOCK);
      const active = await recipes.activeOf(tx, store.id);
      if (!isDeepStrictEqual(active?.recipe, JSON.parse(JSON.stringify(recipe)))) {
        const { version } = await recipes.makeIn(tx, caller, store.id, { ...recipe });
        await recipes.activateIn(tx, caller, store.id, version);
      }
      for (const good of goods) {
        const address = `${url}${page(good[0])}`;
        if (!(await tx.maybeOne(SOLD, [store.id, skuOf(good[0], good[3][0], good[4][0])])))
          await catalog.makeProduct(tx, caller, store.id, productOf(good, address));
      }
    });
    say(`${name} is the sandbox shop at ${url}`);
  }
}

/** As the shop counts it. */
function skuOf(id: string, size: string | null | undefined, color: string | null | undefined): string {
  return [id, size, color].filter(Boolean).join('-').toUpperCase();
}

function productOf([id, title, cents, sizes, colors]: Good, url: string): MakeProductRequest {
  const price = { amount: cents, currency: 'USD' };
  const orNone = (choices: string[]) => (choices.length === 0 ? [null] : choices);
  return {
    ...{ title, brand: 'Sandbox', category: 'Clothes', description: `${title}, of a sandbox shop.`, url },
    imageUrls: [`https://placehold.co/600x800?text=${encodeURIComponent(title)}`],
    variants: orNone(sizes).flatMap((size) =>
      orNone(colors).map((color) => {
        const sku = skuOf(id, size, color);
        return { sku, externalId: sku, size, color, price, onHand: 400 };
      }),
    ),
  };
}
