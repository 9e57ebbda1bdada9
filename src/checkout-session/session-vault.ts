import { Injectable } from '@nestjs/common';
import type { Address } from '../identity';
import { Vault, openJson, sealJson, type DataKey, type SealedJson } from '../platform/crypto';
import type { Tx } from '../platform/database';
import type { Contact, Instructions, OpenedSession, Session } from './session';

/** A session, with its key as far as the row was read in this transaction: null where there was none yet. */
type Sealable = Pick<Session, 'id' | 'keySubjectId'> & Partial<Pick<Session, 'wrapped' | 'masterKeyId'>>;

/** What seals the fields of one session, in one transaction. */
export class Sealer {
  /** Once something was sealed: what it can be opened with. */
  key: DataKey | undefined;

  constructor(
    private readonly vault: Vault,
    private readonly tx: Tx,
    private readonly session: Sealable,
  ) {}

  readonly seal = async (field: string, value: unknown): Promise<SealedJson> => {
    this.key ??= await this.findKey();
    return sealJson(this.key, `checkout_sessions:${this.session.id}:${field}`, value);
  };

  private async findKey(): Promise<DataKey> {
    const { keySubjectId, wrapped, masterKeyId } = this.session;
    if (masterKeyId === undefined) return this.vault.keyFor(this.tx, keySubjectId);
    if (masterKeyId === null) return this.vault.makeKey(this.tx, keySubjectId);
    return this.vault.unwrap(keySubjectId, wrapped!, masterKeyId);
  }
}

/** Seals and opens the private parts of a session: under the data key of the shopper who began it. */
@Injectable()
export class SessionVault {
  constructor(private readonly vault: Vault) {}

  open(session: Session, key: DataKey | null = this.knownKey(session)): OpenedSession {
    const opened = <T>(row: string, sealed: SealedJson | null) =>
      key && sealed ? openJson<T>(key, `checkout_sessions:${session.id}:${row}`, sealed) : null;
    return {
      key,
      shippingAddress: opened<Address>('shipping_address', session.shippingAddress),
      billingAddress: opened<Address>('billing_address', session.billingAddress),
      contact: opened<Contact>('contact', session.contact),
      stores: new Map(
        session.stores.map((store) => [
          store.storeId,
          {
            shippingAddress: opened<Address>(`${store.storeId}.shipping_address`, store.shippingAddress),
            instructions: opened<Instructions>(`${store.storeId}.instructions`, store.instructions),
          },
        ]),
      ),
    };
  }

  /** The contact of a session, read by itself; undefined where there is none, or its key is destroyed. */
  contactOf(row: Pick<Session, 'keySubjectId' | 'wrapped' | 'masterKeyId' | 'contact'> & { sessionId: string }) {
    const key = this.knownKey(row);
    if (!key || !row.contact) return undefined;
    return openJson<Contact>(key, `checkout_sessions:${row.sessionId}:contact`, row.contact);
  }

  /** Seals values for fields of this session; the key is read, or made, when the first value comes. */
  sealer(tx: Tx, session: Sealable): Sealer {
    return new Sealer(this.vault, tx, session);
  }

  /** A link that tells a store of the shopper, for the row of its hand-off. */
  sealHandoff(tx: Tx, session: Sealable, storeId: string, url: string): Promise<SealedJson> {
    return this.sealer(tx, session).seal(`${storeId}.handoff_url`, url);
  }

  /** The same, opened; undefined where nothing is told, or the key is destroyed: then `continueUrl` is all there is. */
  openHandoff(
    row: Pick<Session, 'keySubjectId' | 'wrapped' | 'masterKeyId'> & {
      sessionId: string;
      storeId: string;
      sealedUrl: SealedJson | null;
    },
  ): string | undefined {
    const key = row.sealedUrl && this.knownKey(row);
    if (!key || !row.sealedUrl) return undefined;
    return openJson<string>(key, `checkout_sessions:${row.sessionId}:${row.storeId}.handoff_url`, row.sealedUrl);
  }

  /** Of a sealed session that is decided: what a tier had to type can be read by nobody any more. */
  async destroyOwnKey(tx: Tx, { id, sealed, keySubjectId, masterKeyId }: Session): Promise<void> {
    if (sealed && keySubjectId === id && masterKeyId !== null) await this.vault.shred(tx, id);
  }

  private knownKey({
    keySubjectId,
    wrapped,
    masterKeyId,
  }: Pick<Session, 'keySubjectId' | 'wrapped' | 'masterKeyId'>): DataKey | null {
    // A key that was destroyed opens nothing: what lay under it is gone, the rest of the session is still told.
    return masterKeyId === null || wrapped === null ? null : this.vault.unwrap(keySubjectId, wrapped, masterKeyId);
  }
}
