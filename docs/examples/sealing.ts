// What a buyer's and a merchant's program need to seal and to open; everything else is `jose`.
//   npm install jose
import { GeneralEncrypt, generalDecrypt, importJWK, type GeneralJWE, type JWK } from 'jose';

const ALG = 'ECDH-ES+A256KW';

/** What a value belongs to. It is bound into the seal, in the clear: moved to another place, it opens nothing. */
export interface Place {
  /** The checkout session; of a message its conversation. */
  of: string;
  store: string;
  /** shippingAddress, contact, note …; `details` for everything in one; of a message buyerMessage or merchantMessage. */
  field: string;
}

/** As `GET /stores/{id}/keys` lists them. */
export interface StoreKey extends JWK {
  kid: string;
  active: boolean;
}

/** The text that is bound into the seal, and that whoever opens it compares. */
export function aadOf({ of, store, field }: Place): string {
  return JSON.stringify(['muse', of, store, field]);
}

/** Where a message of one side belongs. Who opens a conversation with one chooses its id: a random UUID. */
export function placeOfMessage(conversation: string, store: string, side: 'buyer' | 'merchant'): Place {
  return { of: conversation, store, field: `${side}Message` };
}

/**
 * Seals a value for the store and for the buyer's key, if there is one: both sides read it, whoever has written it. The
 * buyer's has no `kid`: beside a sealed order it would say whose order it is, and Muse refuses it.
 */
export async function seal(value: unknown, place: Place, storeKey: StoreKey, buyerKey?: JWK): Promise<GeneralJWE> {
  const sealing = new GeneralEncrypt(new TextEncoder().encode(JSON.stringify(value)))
    .setProtectedHeader({ enc: 'A256GCM' })
    .setAdditionalAuthenticatedData(new TextEncoder().encode(aadOf(place)));
  sealing.addRecipient(await importJWK(storeKey, ALG)).setUnprotectedHeader({ alg: ALG, kid: storeKey.kid });
  if (buyerKey) sealing.addRecipient(await importJWK(buyerKey, ALG)).setUnprotectedHeader({ alg: ALG });
  return sealing.encrypt();
}

/** Opens one value. Throws where the key is another, where anything was changed, and where it belongs elsewhere. */
export async function open(jwe: GeneralJWE, privateKey: JWK, place: Place): Promise<unknown> {
  const { plaintext, additionalAuthenticatedData } = await generalDecrypt(jwe, await importJWK(privateKey, ALG));
  if (new TextDecoder().decode(additionalAuthenticatedData) !== aadOf(place)) throw new Error('It belongs elsewhere');
  return JSON.parse(new TextDecoder().decode(plaintext));
}

/**
 * Opens all that a sealed order tells its store. All of it has to come from one checkout, for this store, each under the name
 * of its own field: so nobody, Muse included, can put one order's address into another. `privateKeys`: the store's, retired
 * ones too, by kid. A buyer knows the checkout: give `session` to compare that as well.
 */
export async function openOrder(
  order: { store: { id: string }; sealed: Record<string, GeneralJWE> },
  keyOf: (kid: string | undefined) => JWK | undefined,
  session?: string,
): Promise<Record<string, unknown>> {
  const opened: Record<string, unknown> = {};
  for (const [field, jwe] of Object.entries(order.sealed)) {
    session ??= sessionOf(jwe);
    const named = jwe.recipients.map(({ header }) => header?.['kid'] as string | undefined).find(Boolean);
    const key = keyOf(named);
    if (!key) throw new Error(`There is no key ${named}`);
    opened[field] = await open(jwe, key, { of: session, store: order.store.id, field });
  }
  return opened;
}

function sessionOf({ aad = '' }: GeneralJWE): string {
  const bound: unknown = JSON.parse(Buffer.from(aad, 'base64url').toString('utf8'));
  if (!Array.isArray(bound) || typeof bound[1] !== 'string') throw new Error('It is bound to no checkout');
  return bound[1];
}
