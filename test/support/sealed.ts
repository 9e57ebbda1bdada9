import { randomUUID } from 'node:crypto';
import { exportJWK, generalDecrypt, generateKeyPair, type CryptoKey, type GeneralJWE } from 'jose';
import { placeOfMessage } from '../../src/messaging/sealed-words';
import { sealJwe, type PublicJwk, type SealedJwe } from '../../src/platform/crypto';
import { SessionForgetting } from '../../src/checkout-session/sealed/session-forgetting';
import type { RunningApp } from './app';
import type { Shop } from './market';
import { PASSWORD, makeUser, signIn } from './sellers';
import { API, shopperOf, sql, type Body, type Shopper } from './shopper';

export interface KeyPair {
  jwk: Record<string, unknown>;
  privateKey: CryptoKey;
}

export async function makeKeyPair(crv: 'P-256' | 'X25519' = 'P-256'): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES+A256KW', { crv, extractable: true });
  return { jwk: { ...(await exportJWK(publicKey)) }, privateKey };
}

/** A shop that things can be sealed for. */
export async function publishKey({ merchant, storeId }: Shop, kid = 'k1', pair?: KeyPair): Promise<KeyPair> {
  const made = pair ?? (await makeKeyPair());
  await merchant.put(`/merchant/stores/${storeId}/keys`, { jwk: made.jwk, kid }).expect(200);
  return made;
}

/** A user who asked for privacy, with a token that says so. */
export async function paranoid(muse: RunningApp): Promise<Shopper & { email: string }> {
  const user = await makeUser(muse);
  const before = shopperOf(muse, user.id, await signIn(muse, user));
  await muse.http.patch(`${API}/me`).set(before.headers).send({ privacy: 'paranoid' }).expect(200);
  const { body } = await muse.http
    .post(`${API}/auth/login`)
    .send({ email: user.email, password: PASSWORD })
    .expect(200);
  return { ...shopperOf(muse, user.id, { authorization: `Bearer ${body.accessToken}` }), email: user.email };
}

/** Whoever holds the token of a sealed order. */
export function holderOf(muse: RunningApp, { orderId, token }: { orderId: string; token: string }): Shopper {
  return shopperOf(muse, orderId, { authorization: `Bearer ${token}` });
}

/** Whom a message is sealed for: a pair, by the name of its key or without. */
export type Opener = { pair: KeyPair; kid?: string };

/** What one side of a conversation says, as its client seals it. */
export function sealedWords(
  [conversationId, storeId, side]: [string, string, 'buyer' | 'merchant'],
  openers: Opener[],
  words = 'Planted words',
): Promise<SealedJwe> {
  const recipients = openers.map(({ pair, kid }) => ({
    jwk: pair.jwk as unknown as PublicJwk,
    ...(kid !== undefined && { kid }),
  }));
  return sealJwe(words, placeOfMessage(conversationId, storeId, side), recipients);
}

/** What was sealed, for whoever has a key to it; checks what it is bound to. */
export async function open(jwe: Body, { privateKey }: KeyPair, place?: string[]): Promise<Body> {
  const { plaintext, additionalAuthenticatedData } = await generalDecrypt(jwe as GeneralJWE, privateKey);
  const bound = Buffer.from(additionalAuthenticatedData!).toString('utf8');
  if (place && bound !== JSON.stringify(place)) throw new Error(`It belongs elsewhere: ${bound}`);
  return JSON.parse(Buffer.from(plaintext).toString('utf8'));
}

/** As if its time had come: a finished sealed session is forgotten. Gives how many were. */
export async function forgetFinished(muse: RunningApp): Promise<number> {
  await sql(
    muse,
    `UPDATE checkout_sessions SET completed_at = completed_at - interval '1 hour', updated_at = updated_at - interval '1 hour' WHERE sealed AND completed_at IS NOT NULL`,
  );
  return muse.app.get(SessionForgetting, { strict: false }).forgetFinished();
}

export const once = (key: string = randomUUID()) => ({ 'idempotency-key': key });
