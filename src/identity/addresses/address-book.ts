import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Vault, openJson, sealJson } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import { NotFound, decodeIdCursor, encodeCursor, page } from '../../platform/http';
import { Accounts, type Asking } from '../accounts/accounts.service';
import { AddressRequest, type SaveAddressRequest } from '../dto/address.request';
import { AddressBookClosed, AddressLimitReached } from '../identity.errors';
import type { Address } from './address';

const MOST_ADDRESSES = 50;

const COLUMNS = `a.id, a.sealed, a.is_default AS "isDefault", a.created_at AS "createdAt", a.updated_at AS "updatedAt",
  a.user_id AS "userId", k.wrapped, k.master_key_id AS "masterKeyId"`;
const FIND = statement(
  'identity.address',
  `SELECT ${COLUMNS} FROM addresses a JOIN data_keys k ON k.subject_id = a.user_id WHERE a.id = $1 AND a.user_id = $2`,
);
const FIND_DEFAULT = statement(
  'identity.default_address',
  `SELECT ${COLUMNS} FROM addresses a JOIN data_keys k ON k.subject_id = a.user_id WHERE a.user_id = $1 AND a.is_default`,
);
const LIST = statement(
  'identity.addresses',
  `SELECT ${COLUMNS} FROM addresses a JOIN data_keys k ON k.subject_id = a.user_id
    WHERE a.user_id = $1 AND ($2::uuid IS NULL OR a.id > $2) ORDER BY a.id LIMIT $3`,
);
const COUNT = statement('identity.count_addresses', `SELECT count(*) AS count FROM addresses WHERE user_id = $1`);
const CLEAR_DEFAULT = statement(
  'identity.clear_default_address',
  `UPDATE addresses SET is_default = false WHERE user_id = $1 AND is_default AND id <> $2`,
);
const ADD = statement(
  'identity.add_address',
  `INSERT INTO addresses (id, user_id, sealed, is_default) VALUES ($1, $2, $3, $4)
   RETURNING id, is_default AS "isDefault", created_at AS "createdAt", updated_at AS "updatedAt"`,
);
const REPLACE = statement(
  'identity.replace_address',
  `UPDATE addresses SET sealed = $3, is_default = is_default OR $4, updated_at = now() WHERE id = $1 AND user_id = $2
   RETURNING id, is_default AS "isDefault", created_at AS "createdAt", updated_at AS "updatedAt"`,
);
const REMOVE = statement(
  'identity.remove_address',
  `DELETE FROM addresses WHERE id = $1 AND user_id = $2 RETURNING is_default AS "wasDefault"`,
);
const NEWEST_BECOMES_DEFAULT = statement(
  'identity.newest_address_becomes_default',
  `UPDATE addresses SET is_default = true
    WHERE id = (SELECT id FROM addresses WHERE user_id = $1 ORDER BY id DESC LIMIT 1)`,
);

/** An address of somebody's address book, opened. */
export interface SavedAddress {
  id: string;
  address: Address;
  isDefault: boolean;
  createdAt: Date;
  updatedAt: Date;
}

type AddressMeta = Omit<SavedAddress, 'address'>;

interface SealedAddress extends AddressMeta {
  userId: string;
  sealed: Parameters<typeof openJson>[2];
  wrapped: Buffer | null;
  masterKeyId: string;
}

type Reads = Pick<Tx, 'rows' | 'maybeOne'>;

/**
 * Address books. An address stands in the database only under its user's data key. Writes lock the user's row first,
 * so that there is always exactly one default as long as there is an address.
 */
@Injectable()
export class AddressBook {
  constructor(
    private readonly database: Database,
    private readonly accounts: Accounts,
    private readonly vault: Vault,
  ) {}

  /** One address of this user, in one statement. Throws NotFound for an unknown one and for another's. */
  async find(reader: Reads, userId: string, addressId: string): Promise<Address> {
    const row = await reader.maybeOne<SealedAddress>(FIND, [addressId, userId]);
    if (!row) throw new NotFound('address');
    return this.open(row).address;
  }

  /** The user's default address, if they have any. */
  async findDefault(reader: Reads, userId: string): Promise<Address | undefined> {
    const row = await reader.maybeOne<SealedAddress>(FIND_DEFAULT, [userId]);
    return row && this.open(row).address;
  }

  /** A page in the order of adding. Throws InvalidRequest for a cursor it did not give. */
  async list(
    userId: string,
    limit: number,
    cursor?: string,
  ): Promise<{ rows: SavedAddress[]; nextCursor: string | null }> {
    const after = decodeIdCursor(cursor) ?? null;
    const found = await this.database.rows<SealedAddress>(LIST, [userId, after, limit + 1]);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    return { rows: rows.map((row) => this.open(row)), nextCursor };
  }

  /** Adds an address; the first is the default. Throws AddressLimitReached, AddressBookClosed, and Unauthenticated once the account is closed. */
  async add(tx: Tx, asking: Asking, request: SaveAddressRequest): Promise<SavedAddress> {
    const { id: userId, privacy } = await this.accounts.lockFor(tx, asking);
    if (privacy === 'paranoid') throw new AddressBookClosed();
    const { count } = (await tx.maybeOne<{ count: number }>(COUNT, [userId]))!;
    if (count >= MOST_ADDRESSES) throw new AddressLimitReached();
    const id = uuidv7();
    const isDefault = count === 0 || request.isDefault === true;
    if (isDefault) await tx.run(CLEAR_DEFAULT, [userId, id]);
    const address = AddressRequest.toAddress(request);
    const meta = await tx.maybeOne<AddressMeta>(ADD, [id, userId, await this.seal(tx, userId, id, address), isDefault]);
    return { ...meta!, address };
  }

  /** Replaces an address; the default stays one until another becomes it. Throws NotFound, Unauthenticated. */
  async replace(asking: Asking, addressId: string, request: SaveAddressRequest): Promise<SavedAddress> {
    return this.database.transaction(async (tx) => {
      const { id: userId } = await this.accounts.lockFor(tx, asking);
      await this.find(tx, userId, addressId);
      const becomesDefault = request.isDefault === true;
      if (becomesDefault) await tx.run(CLEAR_DEFAULT, [userId, addressId]);
      const address = AddressRequest.toAddress(request);
      const sealed = await this.seal(tx, userId, addressId, address);
      const meta = await tx.maybeOne<AddressMeta>(REPLACE, [addressId, userId, sealed, becomesDefault]);
      return { ...meta!, address };
    });
  }

  /** Removes an address; the newest of the others takes over as default. Throws NotFound, Unauthenticated. */
  async remove(asking: Asking, addressId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const { id: userId } = await this.accounts.lockFor(tx, asking);
      const removed = await tx.maybeOne<{ wasDefault: boolean }>(REMOVE, [addressId, userId]);
      if (!removed) throw new NotFound('address');
      if (removed.wasDefault) await tx.run(NEWEST_BECOMES_DEFAULT, [userId]);
    });
  }

  private async seal(tx: Tx, userId: string, id: string, address: Address): Promise<string> {
    return JSON.stringify(sealJson(await this.vault.keyFor(tx, userId), place(id), address));
  }

  private open({ id, isDefault, createdAt, updatedAt, ...row }: SealedAddress): SavedAddress {
    const key = this.vault.unwrap(row.userId, row.wrapped, row.masterKeyId);
    return { id, isDefault, createdAt, updatedAt, address: openJson<Address>(key, place(id), row.sealed) };
  }
}

function place(id: string): string {
  return `addresses:${id}:sealed`;
}
