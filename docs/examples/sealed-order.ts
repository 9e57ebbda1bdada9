// A sealed order from both sides: a guest buys without Muse learning who they are, and the merchant reads where to send it.
// The merchant's token, the store and one of its variants come from the environment.
//   npm install jose
import { exportJWK, generateKeyPair, type GeneralJWE, type JWK } from 'jose';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { open, openOrder, placeOfMessage, seal, type StoreKey } from './sealing.js';

const MUSE = process.env['MUSE_URL'] ?? 'http://127.0.0.1:3000';
const [merchantToken, storeId, variantId] = ['MERCHANT_TOKEN', 'STORE_ID', 'VARIANT_ID'].map(
  (name) => process.env[name] ?? '',
) as [string, string, string];

/** Calls Muse as whoever holds the token; its problem documents (RFC 9457) are thrown. */
async function call<T>(token: string, method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  if (token) headers['authorization'] = `Bearer ${token}`;
  const answer = await fetch(`${MUSE}/api/v1${path}`, {
    ...{ method, headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const json = (await answer.json()) as { code?: string; detail?: string };
  if (!answer.ok) throw new Error(`${json.code}: ${json.detail}`);
  return json as T;
}

async function keyPair(): Promise<{ public: JWK; private: JWK }> {
  const pair = await generateKeyPair('ECDH-ES+A256KW', { crv: 'X25519', extractable: true });
  return { public: await exportJWK(pair.publicKey), private: await exportJWK(pair.privateKey) };
}

interface Order {
  id: string;
  number: string;
  store: { id: string };
  conversationId: string | null;
  sealed: Record<string, GeneralJWE>;
}

interface Message {
  side: 'buyer' | 'merchant' | 'system';
  jwe: GeneralJWE;
}

// The merchant, once: publishes a key, and keeps the private part where only they can read it.
const ofStore = await keyPair();
const { kid } = await call<StoreKey>(merchantToken, 'PUT', `/merchant/stores/${storeId}/keys`, { jwk: ofStore.public });

// The buyer: a guest with a key of their own, in no account.
const ofBuyer = await keyPair();
const { accessToken: guest } = await call<{ accessToken: string }>('', 'POST', '/guests');
await call(guest, 'POST', '/cart/items', { variantId, quantity: 1 });
const { id: session } = await call<{ id: string }>(guest, 'POST', '/checkout/sessions', { sealed: true });

// Everything private is sealed before it leaves the buyer; country and region stay in the clear, for delivery and tax.
const { keys } = await call<{ keys: StoreKey[] }>(guest, 'GET', `/stores/${storeId}/keys`);
const storeKey = keys.find(({ active }) => active)!;
const sealed = (field: string, value: unknown) =>
  seal(value, { of: session, store: storeId, field }, storeKey, ofBuyer.public);
const address = { name: 'Ana Pérez', line1: '350 Fifth Avenue', city: 'New York', region: 'NY', postalCode: '10118' };
const { total } = await call<{ total: object }>(guest, 'PUT', `/checkout/sessions/${session}/shipping`, {
  sealed: {
    [storeId]: {
      shippingAddress: await sealed('shippingAddress', { ...address, country: 'US' }),
      contact: await sealed('contact', { email: 'ana.perez@example.com' }),
      note: await sealed('note', 'Please use the side entrance'),
      // So that the store can answer: nobody else learns which key this is.
      replyKey: await sealed('replyKey', ofBuyer.public),
    },
  },
  destination: { country: 'US', region: 'NY', postalCode: '10118' },
});

// The answer to `place` is the one time that the orders' tokens are told: whoever holds one is that order's buyer.
const { orderAccess } = await call<{ orderAccess: { orderId: string; token: string }[] }>(
  guest,
  'POST',
  `/checkout/sessions/${session}/place`,
  { expectedTotal: total },
);
const { orderId, token } = orderAccess[0]!;
const placed = async (): Promise<Order> => {
  for (let tries = 0; ; tries++) {
    try {
      const order = await call<Order>(token, 'GET', `/orders/${orderId}`);
      if (order.conversationId !== null || tries === 50) return order;
    } catch (error) {
      // Not placed yet.
      if (tries === 50) throw error;
    }
    await sleep(200);
  }
};
const mine = await placed();
const asBuyer = await openOrder(mine, () => ofBuyer.private, session);
console.log('buyer', mine.number, asBuyer['note']);

// The merchant reads the order, and opens what was sealed for the store.
const theirs = await call<Order>(merchantToken, 'GET', `/merchant/stores/${storeId}/orders/${orderId}`);
const asStore = await openOrder(theirs, (named) => (named === kid ? ofStore.private : undefined));
const { name, line1 } = asStore['shippingAddress'] as typeof address;
console.log('merchant', theirs.number, name, line1, (asStore['contact'] as { email: string }).email);

// They talk: what each side says is bound to the conversation and to the side, and sealed for both. The buyer's key came with
// the order, and nobody else has seen it.
const conversation = theirs.conversationId!;
const replyKey = asStore['replyKey'] as JWK;
const say = async (by: string, at: string, side: 'buyer' | 'merchant', words: string) =>
  call(by, 'POST', `${at}/${conversation}/messages`, {
    jwe: await seal(words, placeOfMessage(conversation, storeId, side), storeKey, replyKey),
  });
const read = async (by: string, at: string, side: 'buyer' | 'merchant', privateKey: JWK): Promise<unknown> => {
  const { data } = await call<{ data: Message[] }>(by, 'GET', `${at}/${conversation}/messages`);
  const { jwe } = data.find((message) => message.side === side)!;
  return open(jwe, privateKey, placeOfMessage(conversation, storeId, side));
};
const atStore = `/merchant/stores/${storeId}/conversations`;
await say(merchantToken, atStore, 'merchant', 'It leaves tomorrow');
console.log('buyer reads', await read(token, '/conversations', 'merchant', ofBuyer.private));
await say(token, '/conversations', 'buyer', 'Thank you');
console.log('merchant reads', await read(merchantToken, atStore, 'buyer', ofStore.private));
