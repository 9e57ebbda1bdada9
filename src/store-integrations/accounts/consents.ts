import { Injectable } from '@nestjs/common';
import { statement, type Tx } from '../../platform/database';

/** What Muse asks leave for before it is let into a shopper's account at a store. A change of the text is a new version. */
export const CONSENT = {
  version: '2026-11',
  text:
    'Muse signs in to your account at this store for you: it reads your saved addresses and means of payment (brand and last four digits), places the orders that you place here, and follows them. ' +
    'It keeps the keys that the store gives it for that, encrypted, and nothing of your password. You can take this back at any time under your linked stores: Muse then destroys the keys and tells the store that they hold no more.',
} as const;

/** The same for a store that Muse signs in at as the shopper does, because it offers no other way. */
export const CREDENTIALS_CONSENT = {
  version: '2026-11',
  text:
    'Muse signs in at this store with your username and password, as you would, and says that it is Muse: it places the orders that you place here, pays with what you have saved at the store, and follows them. ' +
    'It keeps your username, your password and the cookies that the store gives it, encrypted, and shows them to nobody, not even to you. You can take this back at any time under your linked stores: Muse then destroys all of it.',
} as const;

export type ConsentPurpose = 'store_account' | 'store_credentials';

const GIVE = statement(
  'consents.give',
  `INSERT INTO store_consents (user_id, store_id, purpose, text_version, given_at) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (user_id, store_id, purpose) WHERE withdrawn_at IS NULL DO UPDATE SET text_version = excluded.text_version, given_at = excluded.given_at`,
);
const WITHDRAW = statement(
  'consents.withdraw',
  `UPDATE store_consents SET withdrawn_at = greatest(now(), given_at)
    WHERE user_id = $1 AND ($2::uuid IS NULL OR store_id = $2) AND ($3::text IS NULL OR purpose = $3) AND withdrawn_at IS NULL`,
);
const FORGET = statement('consents.forget', `DELETE FROM store_consents WHERE user_id = $1`);

/** Records of what shoppers agreed to: they stay, taken back, until the account is closed. */
@Injectable()
export class Consents {
  give(tx: Tx, userId: string, storeId: string, purpose: ConsentPurpose, version: string, givenAt: Date): void {
    tx.write(GIVE, [userId, storeId, purpose, version, givenAt]);
  }

  /** Those for one store, or all; and for one purpose, or any. */
  withdraw(tx: Tx, userId: string, storeId: string | null, purpose: ConsentPurpose | null = null): void {
    tx.write(WITHDRAW, [userId, storeId, purpose]);
  }

  forget(tx: Tx, userId: string): void {
    tx.write(FORGET, [userId]);
  }
}
