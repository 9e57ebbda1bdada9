import { Injectable } from '@nestjs/common';
import { statement, type Reader, type Tx } from '../../platform/database';
import type { Language } from '../../platform/http';

// FOR SHARE waits for a closing of an account or a claim that is under way, and makes one that comes later wait. Users
// before guests, as signing in locks them.
const USERS = statement(
  'identity.users_to_tell',
  `SELECT id FROM users WHERE id = ANY ($1::uuid[]) AND disabled_at IS NULL ORDER BY id FOR SHARE`,
);
const GUESTS = statement(
  'identity.guests_to_tell',
  `SELECT id, claimed_by AS "claimedBy", expires_at > now() AS live FROM guests WHERE id = ANY ($1::uuid[]) ORDER BY id FOR SHARE`,
);
const LANGUAGE = statement('identity.language_of_user', `SELECT locale FROM users WHERE id = $1`);

type GuestRow = { id: string; claimedBy: string | null; live: boolean };

/** Who is there to be told something. */
@Injectable()
export class Recipients {
  /**
   * Of these shoppers, those who can still be told anything, each under the id that they go by now: a guest who signed in
   * is their user. Keeps accounts from being closed and guests from being claimed until the transaction ends.
   */
  async present(tx: Tx, shopperIds: readonly string[]): Promise<Map<string, string>> {
    const ids = [...new Set(shopperIds)];
    if (ids.length === 0) return new Map();
    // In this order, in one exchange; nobody is both.
    const [users, guests] = await Promise.all([
      tx.rowsOf<{ id: string }>(USERS, ids),
      tx.rowsOf<GuestRow>(GUESTS, ids),
    ]);
    const claimers = guests.flatMap(({ claimedBy }) => claimedBy ?? []);
    const open = new Set(
      claimers.length === 0 ? [] : (await tx.rowsOf<{ id: string }>(USERS, claimers)).map(({ id }) => id),
    );
    return new Map([
      ...users.map(({ id }): [string, string] => [id, id]),
      ...guests.flatMap(({ id, claimedBy, live }): [string, string][] => {
        if (claimedBy !== null) return open.has(claimedBy) ? [[id, claimedBy]] : [];
        return live ? [[id, id]] : [];
      }),
    ]);
  }

  /** The language that a user wants to be written to in; undefined for a guest, who says so with each request. */
  async languageOf(reader: Reader, shopperId: string): Promise<Language | undefined> {
    return (await reader.maybeOne<{ locale: Language }>(LANGUAGE, [shopperId]))?.locale;
  }
}
