import { Injectable } from '@nestjs/common';
import { AddressRequest, PublicKeys, regionCode, regionFault, type Address, type Caller } from '../../identity';
import { readJwe, sealJwe, type PublicJwk, type SealedJwe } from '../../platform/crypto';
import type { Reader, Tx } from '../../platform/database';
import { InvalidField, InvalidRequest, NotFound, type FieldError } from '../../platform/http';
import type { SealedPartsRequest, ShippingRequest, StoreCheckoutRequest } from '../dto/checkout.request';
import type { DestinationRequest } from '../dto/destination.request';
import { isContactOnly, type OpenedSession, type Session, type StoreCheckout } from '../session';
import { SEALED_FIELDS, placeOf, withParts, type SealedField } from './sealed-parts';

type ActiveKey = { kid: string; jwk: PublicJwk };
type Values = Partial<Record<SealedField, unknown>>;

/** Tiers at which Muse types the address in for the shopper. */
const TYPED: ReadonlySet<StoreCheckout['tier']> = new Set(['oauth_api', 'headless']);

/**
 * The private parts of a sealed checkout. Guarantees: what was sealed by the client is kept as it came, what was given in the
 * clear is sealed here in that very request, for the store's key and the buyer's own, and kept in no other form; nothing of
 * it names the buyer. (But for a tier that types the address: see `typedAddress`.)
 */
@Injectable()
export class SessionSealing {
  constructor(private readonly keys: PublicKeys) {}

  /** Makes a checkout a sealed one, for good; what was said before is sealed too, and its open form forgotten. */
  async begin(tx: Tx, caller: Caller, session: Session, opened: OpenedSession): Promise<void> {
    if (session.sealed) return;
    const said = new Map(
      session.stores.map((store) => {
        const own = opened.stores.get(store.storeId);
        const values: Values = {
          shippingAddress: own?.shippingAddress ?? opened.shippingAddress ?? undefined,
          billingAddress: opened.billingAddress ?? undefined,
          contact: opened.contact ?? undefined,
          note: own?.instructions?.note ?? undefined,
          gift: own?.instructions?.gift ?? undefined,
          deliveryNote: own?.instructions?.deliveryNote ?? undefined,
        };
        return [store.storeId, values];
      }),
    );
    Object.assign(session, { sealed: true, shippingAddress: null, billingAddress: null, contact: null, locale: null });
    // A key of its own, made if anything has to lie under it.
    Object.assign(session, { keySubjectId: session.id, wrapped: null, masterKeyId: null });
    for (const store of session.stores)
      Object.assign(store, { shippingAddress: null, instructions: null, shareAtStore: false });
    await this.sealAll(tx, caller, session, (store) => said.get(store.storeId)!);
  }

  /** One address and contact for all stores, sealed for each. Gives the address where it came in the clear. */
  async setShipping(tx: Tx, caller: Caller, session: Session, body: ShippingRequest): Promise<Address | undefined> {
    if (typeof body.sealed === 'object') {
      await this.takeShipping(tx, session, body, body.sealed);
      return undefined;
    }
    const address = AddressRequest.toAddress(body.address!);
    const values: Values = {
      shippingAddress: address,
      billingAddress: body.billingAddress && AddressRequest.toAddress(body.billingAddress),
      contact: body.contact && { email: body.contact.email, phone: body.contact.phone ?? null },
    };
    await this.sealAll(tx, caller, session, () => values);
    shipsTo(session, address.country, address.region);
    return address;
  }

  /** What is different for one store. */
  async setStore(
    tx: Tx,
    caller: Caller,
    session: Session,
    store: StoreCheckout,
    body: StoreCheckoutRequest,
  ): Promise<void> {
    const { address, note, gift, deliveryNote, sealed } = body;
    if (body.addressId) throw new NotFound('address');
    if (address === null) throw new InvalidField('/address', 'cannot be taken back in a sealed checkout; give another');
    if (sealed && Object.keys(sealed).length > 0) {
      const key = (await this.keysOf(tx, session)).get(store.storeId);
      store.sealedParts = withParts(store.sealedParts, this.taken(session, store.storeId, sealed, key, '/sealed'));
    }
    const given = address && AddressRequest.toAddress(address);
    if (given && TYPED.has(store.tier))
      throw new InvalidField('/address', 'is one for all stores in a sealed checkout, for Muse types it in here');
    const values: Values = {
      ...(given && { shippingAddress: given }),
      ...(note !== undefined && { note: note || null }),
      ...(deliveryNote !== undefined && { deliveryNote: deliveryNote || null }),
      ...(gift !== undefined && { gift: gift && { message: gift.message || null, wrap: gift.wrap ?? false } }),
    };
    const said = Object.keys(values).find((name) => values[name as SealedField] !== null);
    if (said !== undefined && !(await this.keysOf(tx, { stores: [store] })).has(store.storeId)) {
      const pointer = said === 'shippingAddress' ? '/address' : `/${said}`;
      throw new InvalidField(pointer, 'cannot be sealed: the store has published no key');
    }
    if (Object.keys(values).length > 0) await this.sealAll(tx, caller, { ...session, stores: [store] }, () => values);
    if (given) [store.shipsToCountry, store.shipsToRegion] = [given.country, given.region];
    else if (body.destination) [store.shipsToCountry, store.shipsToRegion] = placeIn(body.destination);
  }

  /** Notes at each included store for which nothing can be sealed that it cannot be bought from. */
  async noteMissingKeys(reader: Reader, session: Pick<Session, 'stores'>): Promise<void> {
    // Who is only asked need not be told who asks.
    const stores = session.stores.filter((store) => store.tier === 'direct' && !isContactOnly(store));
    if (stores.length === 0) return;
    const keys = await this.keysOf(reader, { stores });
    for (const { storeId, name, problems } of stores) {
      if (keys.has(storeId)) continue;
      const detail = `${name} has published no key: what you tell it cannot be sealed. Leave it out, or buy openly.`;
      problems.push({ code: 'store_has_no_key', severity: 'blocking', storeId, detail });
    }
  }

  /** Of an address that came in the clear: whether a store of the checkout has it typed in by Muse. */
  static isTyped({ stores }: Pick<Session, 'stores'>): boolean {
    return stores.some((store) => TYPED.has(store.tier));
  }

  private async takeShipping(
    tx: Tx,
    session: Session,
    body: ShippingRequest,
    sealed: Record<string, SealedPartsRequest>,
  ): Promise<void> {
    const { destination } = body;
    const faults: FieldError[] = (['address', 'addressId', 'billingAddress', 'contact'] as const)
      .filter((name) => body[name] !== undefined)
      .map((name) => ({ pointer: `/${name}`, detail: 'must be left out: it is in what is sealed' }));
    if (!destination) faults.push({ pointer: '/destination', detail: 'is required: delivery and tax depend on it' });
    const strangers = Object.keys(sealed).filter((id) => !session.stores.some(({ storeId }) => storeId === id));
    for (const id of strangers) faults.push({ pointer: `/sealed/${id}`, detail: 'is no store of this checkout' });
    if (faults.length > 0) throw new InvalidRequest(faults);
    const keys = await this.keysOf(tx, session);
    for (const store of session.stores) {
      const parts = sealed[store.storeId];
      if (parts === undefined) continue;
      const pointer = `/sealed/${store.storeId}`;
      const taken = this.taken(session, store.storeId, parts, keys.get(store.storeId), pointer);
      store.sealedParts = withParts(store.sealedParts, taken);
    }
    shipsTo(session, ...placeIn(destination!));
  }

  /** What a client has sealed: one JWE with everything, or one for each field. Throws InvalidRequest. */
  private taken(
    { id }: Session,
    storeId: string,
    given: SealedPartsRequest,
    key: ActiveKey | undefined,
    pointer: string,
  ): Partial<Record<SealedField, SealedJwe>> {
    if (!key) throw new InvalidRequest([{ pointer, detail: 'must be left out: the store has published no key' }]);
    const isOne = typeof given === 'object' && given !== null && 'ciphertext' in given;
    const fields = isOne ? { details: given } : given;
    const faults: FieldError[] = [];
    const taken: Partial<Record<SealedField, SealedJwe>> = {};
    for (const [field, value] of Object.entries(fields)) {
      const at = isOne ? pointer : `${pointer}/${field}`;
      if (!SEALED_FIELDS.includes(field as SealedField)) {
        faults.push({ pointer: at, detail: `must be one of ${SEALED_FIELDS.join(', ')}` });
        continue;
      }
      const read = readJwe(value, placeOf(id, storeId, field as SealedField), { kids: [key.kid] });
      if ('fault' in read) faults.push({ pointer: at, detail: read.fault });
      else taken[field as SealedField] = read.jwe;
    }
    if (faults.length > 0) throw new InvalidRequest(faults);
    return taken;
  }

  /** Seals what is given for each store that has a key; null takes a part back, undefined leaves it. */
  private async sealAll(
    tx: Tx,
    caller: Caller,
    session: Pick<Session, 'id' | 'stores'>,
    valuesOf: (store: StoreCheckout) => Values,
  ): Promise<void> {
    const [keys, own] = [await this.keysOf(tx, session), await this.ownKey(tx, caller)];
    for (const store of session.stores) {
      const key = keys.get(store.storeId);
      if (!key) continue;
      const changes: Partial<Record<SealedField, SealedJwe | null>> = {};
      const values = valuesOf(store);
      // So that the store can answer: which key is the buyer's nobody else is to know.
      if (own && Object.keys(values).length > 0) values.replyKey ??= own;
      for (const [name, value] of Object.entries(values)) {
        const field = name as SealedField;
        if (value === undefined) continue;
        // The buyer's own recipient has no kid: it would lead from the order to whoever published that key.
        const recipients = [key, ...(own ? [{ jwk: own }] : [])];
        changes[field] =
          value === null ? null : await sealJwe(value, placeOf(session.id, store.storeId, field), recipients);
      }
      store.sealedParts = withParts(store.sealedParts, changes);
    }
  }

  private keysOf(reader: Reader, { stores }: Pick<Session, 'stores'>): Promise<Map<string, ActiveKey>> {
    const ids = stores.map((store) => store.storeId);
    return this.keys.active(reader, 'store', ids);
  }

  private async ownKey(reader: Reader, { kind, id }: Caller): Promise<PublicJwk | undefined> {
    return kind === 'user' ? (await this.keys.active(reader, 'user', [id])).get(id)?.jwk : undefined;
  }
}

/** As an address would say it. Throws InvalidRequest. */
function placeIn({ country, region }: DestinationRequest): [country: string, region: string | null] {
  const code = region === undefined ? undefined : regionCode(country, region.trim());
  const fault = regionFault(country, code);
  if (fault !== undefined) throw new InvalidRequest([{ pointer: '/destination/region', detail: fault }]);
  return [country, code ?? null];
}

/** In the clear, for delivery and tax. */
function shipsTo(session: Session, country: string, region: string | null): void {
  session.shipsToCountry = country;
  session.shipsToRegion = region;
  for (const store of session.stores) Object.assign(store, { shipsToCountry: null, shipsToRegion: null });
}
