import type { Caller } from '../../src/identity';
import type { RunningApp } from './app';
import { makePartnerStore, makeProduct, makeStore, makeUser, signIn, usd } from './sellers';
import { API, shopperOf, type Body, type Shopper } from './shopper';

/** A merchant store with a way to deliver, one product of two variants, and what its merchant may do. */
export interface Shop {
  merchant: Shopper;
  storeId: string;
  /** 10.00 and 20.00, so many units of each. */
  variantIds: [string, string];
  /** Standard (5.00, 2 to 4 days) and express (15.00, 1 day). */
  deliveryIds: [string, string];
  reprice(variantId: string, amount: number): Promise<void>;
  setStock(variantId: string, onHand: number): Promise<void>;
  /** on hand, reserved */
  stockOf(variantId: string): Promise<[number, number]>;
}

/** `of`: a merchant who has a shop already. */
export async function openShop(
  muse: RunningApp,
  { onHand = 100, of }: { onHand?: number; of?: Shopper } = {},
): Promise<Shop> {
  const { owner, merchant } = of ? { owner: callerOf(of), merchant: of } : await newMerchant(muse);
  const { id: storeId } = await makeStore(muse, owner);
  const at = `/merchant/stores/${storeId}`;
  const deliver = async (name: string, amount: number, minDays: number, maxDays: number): Promise<string> => {
    const body = { name, price: usd(amount), minDays, maxDays };
    return (await merchant.post(`${at}/delivery-options`, body).expect(201)).body.id;
  };
  const deliveryIds: [string, string] = [await deliver('Standard', 500, 2, 4), await deliver('Express', 1500, 1, 1)];
  const variants = [
    { sku: 'SHIRT-M', size: 'M', price: usd(1000), onHand },
    { sku: 'SHIRT-L', size: 'L', price: usd(2000), onHand },
  ];
  const product = await makeProduct(muse, owner, storeId, { title: 'Linen shirt', variants });
  const ofVariant = (variantId: string) => `${at}/variants/${variantId}`;
  return {
    merchant,
    storeId,
    variantIds: product.variants.map((variant) => variant.id) as [string, string],
    deliveryIds,
    reprice: async (variantId, amount) => {
      const body = { price: usd(amount) };
      await muse.http
        .patch(`${API}${ofVariant(variantId)}`)
        .set(merchant.headers)
        .send(body)
        .expect(200);
    },
    setStock: async (variantId, units) => {
      await merchant.put(`${ofVariant(variantId)}/inventory`, { onHand: units }).expect(200);
    },
    stockOf: async (variantId) => {
      const { body } = await merchant.get(`${at}/inventory`).expect(200);
      const row: Body = body.data.find((one: Body) => one.variantId === variantId);
      return [row.onHand, row.reserved];
    },
  };
}

async function newMerchant(muse: RunningApp): Promise<{ owner: Caller; merchant: Shopper }> {
  const owner = await makeUser(muse);
  return { owner, merchant: shopperOf(muse, owner.id, await signIn(muse, owner)) };
}

function callerOf({ id }: Shopper): Caller {
  return { kind: 'user', id, roles: ['shopper', 'merchant'], privacy: 'standard' };
}

/** A partner store on whose own site shoppers finish; its delivery costs 6.00. */
export function openPartner(muse: RunningApp, overrides: Parameters<typeof makePartnerStore>[1] = {}) {
  const deliveryOptions = [{ name: 'Standard', price: usd(600), minDays: 3, maxDays: 5 }];
  return makePartnerStore(muse, { deliveryOptions, ...overrides });
}

/** From now on one dollar costs so many bolívares. */
export function postVesRate(muse: RunningApp, rate: string): Promise<string> {
  return postRate(muse, { base: 'USD', quote: 'VES', rate });
}

export async function postRate(muse: RunningApp, body: { base: string; quote: string; rate: string }): Promise<string> {
  const admin = await signIn(muse, await makeUser(muse, 'admin'));
  return (await muse.http.post(`${API}/admin/exchange-rates`).set(admin).send(body).expect(201)).body.id;
}
