import { Injectable } from '@nestjs/common';
import { Database, statement, type Reader, type Tx } from '../../platform/database';
import { LANGUAGES, type Language } from '../../platform/http';
import { Passwords } from '../access/passwords';
import type { Caller, Role } from '../caller';
import type { ChangeMeRequest } from '../dto/change-me.request';
import { Unauthenticated } from '../identity.errors';
import { CREDENTIALS_AT, USER_COLUMNS, type UserRow } from './user-row';

const ADD = statement(
  'identity.add_user',
  `WITH shopper AS (INSERT INTO shoppers (kind) VALUES ('user') RETURNING id)
   INSERT INTO users (id, email, display_name, password_hash, roles, locale)
   SELECT id, $1, $2, $3, $4, $5 FROM shopper
   RETURNING ${USER_COLUMNS}`,
);
const BY_EMAIL = statement(
  'identity.user_by_email',
  `SELECT id, password_hash AS "passwordHash" FROM users WHERE lower(email) = lower($1) AND disabled_at IS NULL`,
);
const BY_ID = statement('identity.user', `SELECT ${USER_COLUMNS} FROM users WHERE id = $1 AND disabled_at IS NULL`);
const WITH_PASSWORD = statement(
  'identity.user_with_password',
  `SELECT ${USER_COLUMNS}, password_hash AS "passwordHash" FROM users WHERE id = $1 AND disabled_at IS NULL`,
);
const LOCK = statement(
  'identity.lock_user',
  `SELECT ${USER_COLUMNS}, password_hash AS "passwordHash" FROM users
    WHERE id = $1 AND disabled_at IS NULL FOR NO KEY UPDATE`,
);
const CHANGE = statement(
  'identity.change_user',
  `UPDATE users
      SET display_name = CASE WHEN $2 THEN $3 ELSE display_name END,
          currency = CASE WHEN $4 THEN $5 ELSE currency END,
          locale = coalesce($6, locale), privacy = coalesce($8, privacy), affiliate_links = coalesce($9, affiliate_links),
          updated_at = now()
    WHERE id = $1 AND disabled_at IS NULL AND ($7::float8 IS NULL OR $7 = ${CREDENTIALS_AT()}) RETURNING ${USER_COLUMNS}`,
);
// After CHANGE, in a statement of its own: it sees what was added while that waited for the user's row.
const EMPTY_ADDRESS_BOOK = statement('identity.empty_address_book', `DELETE FROM addresses WHERE user_id = $1`);
const SET_PASSWORD = statement(
  'identity.set_password',
  `UPDATE users SET password_hash = $2, updated_at = now() WHERE id = $1 AND disabled_at IS NULL`,
);
const END_CREDENTIALS = statement(
  'identity.end_credentials',
  `UPDATE users SET credentials_at = clock_timestamp(), updated_at = now()
    WHERE id = $1 AND disabled_at IS NULL RETURNING ${USER_COLUMNS}`,
);
const VERIFY_EMAIL = statement(
  'identity.verify_email',
  `UPDATE users SET email_verified_at = now(), updated_at = now()
    WHERE id = $1 AND disabled_at IS NULL AND email_verified_at IS NULL`,
);
const ADD_ROLE = statement(
  'identity.add_role',
  `UPDATE users SET roles = roles || $2::text, updated_at = now()
    WHERE id = $1 AND disabled_at IS NULL AND NOT $2 = ANY (roles)`,
);

// Waits for a claim that is under way, and makes one that comes later wait: see holdGuest.
const HOLD_GUEST = statement(
  'identity.hold_guest',
  `SELECT id FROM guests WHERE id = $1 AND claimed_at IS NULL FOR SHARE`,
);

// FOR SHARE waits for a closing of the account that is under way, and makes one that comes later wait.
const TO_WRITE_TO = statement(
  'identity.user_to_write_to',
  `SELECT id, email, locale, email_verified_at IS NOT NULL AS "emailVerified" FROM users
    WHERE id = $1 AND disabled_at IS NULL FOR SHARE`,
);
const ADD_NOBODY = statement('identity.add_nobody', `INSERT INTO shoppers (kind) VALUES ('guest') RETURNING id`);
const GUESTS_OF = statement('identity.guests_of_user', `SELECT id FROM guests WHERE claimed_by = $1`);

/** Whom a mail to an account goes to, and in which language. */
export type UserToWriteTo = Pick<UserRow, 'id' | 'email' | 'locale' | 'emailVerified'>;

/** An account that stands ready, as the demo seeder names it. */
interface ReadyAccount {
  email: string;
  displayName: string;
  password: string;
  roles: Role[];
}

type Reads = Pick<Tx, 'maybeOne'>;

/** Who asks, and which credentials their token was handed out for. */
export type Asking = Pick<Caller, 'id' | 'credentialsAt'>;

/** Users as they stand in the database. */
@Injectable()
export class Accounts {
  constructor(
    private readonly database: Database,
    private readonly passwords: Passwords,
  ) {}

  /** Throws EmailTaken. */
  async add(
    tx: Tx,
    account: { email: string; displayName: string | null; passwordHash: string; roles: Role[]; locale?: Language },
  ): Promise<UserRow> {
    const { email, displayName, passwordHash, roles, locale = LANGUAGES[0] } = account;
    return (await tx.maybeOne<UserRow>(ADD, [email, displayName, passwordHash, roles, locale]))!;
  }

  /** Makes sure of an account with exactly this address, taken as proved; one that stands is left as it is. Gives its id. */
  async ensure(tx: Tx, account: ReadyAccount): Promise<string> {
    const present = await tx.maybeOne<{ id: string }>(BY_EMAIL, [account.email]);
    if (present) return present.id;
    const passwordHash = await this.passwords.hash(account.password);
    const { id } = await this.add(tx, { ...account, passwordHash });
    await this.verifyEmail(tx, id);
    return id;
  }

  /** The account of an address and its stored hash, or undefined. */
  async withPassword(email: string): Promise<{ id: string; passwordHash: string } | undefined> {
    return this.database.maybeOne(BY_EMAIL, [email]);
  }

  /** Locks the user's row; undefined where the account is closed or unknown. */
  async lock(tx: Tx, userId: string): Promise<(UserRow & { passwordHash: string }) | undefined> {
    return tx.maybeOne(LOCK, [userId]);
  }

  /** As lock(), for whoever asks. Throws Unauthenticated once the account is closed or has other credentials. */
  async lockFor(tx: Tx, asking: Asking): Promise<UserRow & { passwordHash: string }> {
    return current(await this.lock(tx, asking.id), asking);
  }

  /**
   * The user as they are now, for what may not rest on a token ten minutes old. Throws Unauthenticated once the account is
   * closed or has other credentials than the token was handed out for.
   */
  async present(reader: Reads, asking: Asking): Promise<UserRow> {
    return current(await reader.maybeOne<UserRow>(BY_ID, [asking.id]), asking);
  }

  /** The user and their stored hash. Throws Unauthenticated as present() does. */
  async presentWithPassword(asking: Asking): Promise<UserRow & { passwordHash: string }> {
    return current(
      await this.database.maybeOne<UserRow & { passwordHash: string }>(WITH_PASSWORD, [asking.id]),
      asking,
    );
  }

  /**
   * Keeps a guest from being claimed until this transaction ends, so that nothing is written for one whose cart and
   * orders have just moved to a user: a process may trust a guest's token for 30 s. To be called before anything of
   * the guest's is locked. Nothing to do for users. Throws Unauthenticated for a claimed guest.
   */
  async holdGuest(tx: Tx, caller: Pick<Caller, 'id' | 'kind'>): Promise<void> {
    if (caller.kind !== 'guest') return;
    if (!(await tx.maybeOne(HOLD_GUEST, [caller.id]))) throw new Unauthenticated(true);
  }

  /** The user as a mail needs them, kept from closing the account until the transaction ends; undefined once closed. */
  async toWriteTo(tx: Tx, userId: string): Promise<UserToWriteTo | undefined> {
    return tx.maybeOne<UserToWriteTo>(TO_WRITE_TO, [userId]);
  }

  /** A shopper whom no token and no account belongs to: for one act of somebody who must not be known. */
  async addNobody(): Promise<Pick<Caller, 'id' | 'kind' | 'privacy'>> {
    const { id } = (await this.database.maybeOne<{ id: string }>(ADD_NOBODY))!;
    return { id, kind: 'guest', privacy: 'paranoid' };
  }

  /** The guests who turned out to be this user. */
  async guestsOf(reader: Reader, userId: string): Promise<string[]> {
    return (await reader.rows<{ id: string }>(GUESTS_OF, [userId])).map(({ id }) => id);
  }

  async me(asking: Asking): Promise<UserRow> {
    return this.present(this.database, asking);
  }

  /** Changes what the request names and leaves the rest; who becomes paranoid has no address book any more. Throws Unauthenticated as present() does. */
  async change(
    asking: Asking,
    { displayName, currency, locale, privacy, affiliateLinks }: ChangeMeRequest,
  ): Promise<UserRow> {
    const values: unknown[] = [
      asking.id,
      displayName !== undefined,
      displayName ?? null,
      currency !== undefined,
      currency ?? null,
    ];
    values.push(locale ?? null, asking.credentialsAt ?? null, privacy ?? null, affiliateLinks ?? null);
    const user = await this.database.transaction(async (tx) => {
      const changed = await tx.maybeOne<UserRow>(CHANGE, values);
      // Of whom Muse is to know nothing it keeps no address book.
      if (changed && privacy === 'paranoid') await tx.run(EMPTY_ADDRESS_BOOK, [asking.id]);
      return changed;
    });
    if (!user) throw new Unauthenticated(true);
    return user;
  }

  /** Of a user whose row is locked. */
  async setPassword(tx: Tx, userId: string, passwordHash: string): Promise<void> {
    await tx.run(SET_PASSWORD, [userId, passwordHash]);
  }

  /** Every access token handed out so far is refused from here on, where the user's row is read. Gives the user as of now. */
  async endCredentials(tx: Tx, userId: string): Promise<UserRow> {
    return (await tx.maybeOne<UserRow>(END_CREDENTIALS, [userId]))!;
  }

  /** Gives whether that is new. */
  async verifyEmail(tx: Tx, userId: string): Promise<boolean> {
    return (await tx.run(VERIFY_EMAIL, [userId])) > 0;
  }

  /** Adds a role; it shows in tokens from the next refresh on. Throws Unauthenticated once the account is closed. */
  async addRole(tx: Tx, userId: string, role: Role): Promise<void> {
    if ((await tx.run(ADD_ROLE, [userId, role])) === 0) await this.present(tx, { id: userId });
  }
}

function current<U extends UserRow>(user: U | undefined, { credentialsAt }: Asking): U {
  if (!user || (credentialsAt !== undefined && credentialsAt !== user.credentialsAt)) throw new Unauthenticated(true);
  return user;
}
