import type { RunningApp } from './app';
import { makeUser, signIn } from './sellers';
import { eventually, shopperOf, sql, type Body, type Shopper } from './shopper';

/** How a side reaches a conversation: `/conversations` of a buyer, or those of a store. */
export interface Talker extends Shopper {
  at: string;
}

export function buying(shopper: Shopper): Talker {
  return { ...shopper, at: '/conversations' };
}

export function selling({ merchant, storeId }: { merchant: Shopper; storeId: string }): Talker {
  return { ...merchant, at: `/merchant/stores/${storeId}/conversations` };
}

/** Whoever holds the link that was mailed to the contact of an unclaimed store; `at` needs no id. */
export function byLink(muse: RunningApp, token: string): Talker {
  return { ...shopperOf(muse, 'link', { authorization: `Bearer ${token}` }), at: '/store-links/conversation' };
}

/** Writes to a store, and gives the conversation. */
export async function ask(shopper: Shopper, storeId: string, body = 'Do you have it in red?'): Promise<Body> {
  return (await shopper.post('/conversations', { storeId, body }).expect(201)).body;
}

/** Says something in it, and gives the message. */
export async function say(talker: Talker, id: string, body: string): Promise<Body> {
  return (await talker.post(`${talker.at}/${id}/messages`, { body }).expect(201)).body;
}

export async function conversationOf(talker: Talker, id: string): Promise<Body> {
  return (await talker.get(`${talker.at}/${id}`).expect(200)).body;
}

/** All messages, the first first. */
export async function said(talker: Talker, id: string): Promise<Body[]> {
  const { body } = await talker.get(`${talker.at}/${id}/messages?limit=100`).expect(200);
  return body.data.toReversed();
}

/** The conversation of an order, once it has one. */
export function threadOf(shopper: Shopper, orderId: string): Promise<string> {
  return eventually(async () => (await shopper.get(`/orders/${orderId}`).expect(200)).body.conversationId);
}

/** Once something has happened to an order, the message that tells of it. */
export function told(talker: Talker, id: string, type: string): Promise<Body> {
  return eventually(async () => (await said(talker, id)).findLast(({ event }: Body) => event?.type === type));
}

/** A store that nobody on Muse runs, with one product of two variants and a way to deliver. */
export interface UnclaimedShop {
  admin: Shopper;
  storeId: string;
  contact: string;
  variantIds: [string, string];
}

/** `by`: how its contact is reached, in the place of an e-mail address. */
export async function openUnclaimedShop(muse: RunningApp, by?: object): Promise<UnclaimedShop> {
  const account = await makeUser(muse, 'admin');
  const admin = shopperOf(muse, account.id, await signIn(muse, account));
  const contact = `${account.id.slice(-12)}@shop.example`;
  const body = { name: 'Casa Lola', currency: 'USD', country: 'VE', contact: by ?? { email: contact } };
  const { id: storeId } = (await admin.post('/admin/stores/unclaimed', body).expect(201)).body;
  const at = `/merchant/stores/${storeId}`;
  const usd = (amount: number) => ({ amount, currency: 'USD' });
  await admin.post(`${at}/delivery-options`, { name: 'Standard', price: usd(500), minDays: 2, maxDays: 4 }).expect(201);
  const variants = [
    { sku: 'DRESS-M', size: 'M', price: usd(3000), onHand: 3 },
    { sku: 'DRESS-L', size: 'L', price: usd(4000), onHand: 0 },
  ];
  const { body: product } = await admin.post(`${at}/products`, { title: 'Linen dress', variants }).expect(201);
  return { admin, storeId, contact, variantIds: product.variants.map((variant: Body) => variant.id) };
}

/** From now on this user asked for privacy; a token says so from the next sign-in on. */
export async function hide(muse: RunningApp, userId: string): Promise<void> {
  await sql(muse, `UPDATE users SET privacy = 'paranoid' WHERE id = $1`, [userId]);
}
