import { Injectable } from '@nestjs/common';
import { Database, statement, sweeping, type Reader, type Tx } from '../../platform/database';
import type { ProviderMethod } from '../provider';
import { KEY_IS_OLD, type Making } from '../provider-calls';

export interface MethodRow {
  id: string;
  kind: string;
  brand: string | null;
  last4: string | null;
  expMonth: number | null;
  expYear: number | null;
  isDefault: boolean;
  singleUse: boolean;
  createdAt: Date;
}

export interface SetupRow {
  id: string;
  providerSetupId: string | null;
}

/** Methods that a user may keep. */
export const METHODS_KEPT = 20;

const COLUMNS = `m.id, m.kind, m.brand, m.last4, m.exp_month AS "expMonth", m.exp_year AS "expYear", m.is_default AS "isDefault",
  m.single_use AS "singleUse", m.created_at AS "createdAt"`;

const LIST = statement(
  'methods.list',
  `SELECT ${COLUMNS} FROM payment_methods m
    WHERE shopper_id = $1 AND removed_at IS NULL AND NOT single_use ORDER BY is_default DESC, id DESC`,
);
const OF_SHOPPER = statement(
  'methods.of_shopper',
  `SELECT ${COLUMNS} FROM payment_methods m WHERE id = $1 AND shopper_id = $2 AND removed_at IS NULL`,
);
const OF_TOKEN = statement(
  'methods.of_token',
  `SELECT ${COLUMNS}, shopper_id = $3 AS "isOwn" FROM payment_methods m
    WHERE provider = $1 AND provider_method_id = $2 AND removed_at IS NULL`,
);
const OF_INTENT = statement(
  'methods.of_intent',
  `SELECT ${COLUMNS}, m.removed_at IS NOT NULL AS "isRemoved" FROM payment_methods m WHERE intent_id = $1 AND shopper_id = $2`,
);
// The user's row of payment_customers is what changes of a user's saved methods wait for.
const LOCK_CUSTOMER = statement(
  'methods.lock_customer',
  `SELECT provider_customer_id AS id FROM payment_customers WHERE user_id = $1 FOR NO KEY UPDATE`,
);
const SEEN = `kind = excluded.kind, brand = excluded.brand, last4 = excluded.last4, exp_month = excluded.exp_month, exp_year = excluded.exp_year,
  updated_at = now()`;
const INSERT = `INSERT INTO payment_methods AS m
  (shopper_id, provider, provider_method_id, kind, brand, last4, exp_month, exp_year, intent_id, single_use, is_default)`;
const ONE_ROW = `ON CONFLICT (provider, provider_method_id) WHERE removed_at IS NULL DO UPDATE`;
const SAVE = statement(
  'methods.save',
  `${INSERT}
   SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, false, NOT EXISTS (SELECT 1 FROM payment_methods WHERE shopper_id = $1 AND is_default)
    WHERE (SELECT count(*) FROM payment_methods
            WHERE shopper_id = $1 AND removed_at IS NULL AND NOT single_use AND provider_method_id <> $3) < ${METHODS_KEPT}
   ${ONE_ROW} SET ${SEEN}, single_use = false, intent_id = coalesce(m.intent_id, excluded.intent_id), is_default = m.is_default OR excluded.is_default
    WHERE m.shopper_id = excluded.shopper_id
   RETURNING ${COLUMNS}`,
);
const ADOPT = statement(
  'methods.adopt',
  `${INSERT} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, true, false)
   ${ONE_ROW} SET ${SEEN} WHERE m.shopper_id = excluded.shopper_id
   RETURNING ${COLUMNS}`,
);
const CLEAR_DEFAULT = statement(
  'methods.clear_default',
  `UPDATE payment_methods SET is_default = false, updated_at = now() WHERE shopper_id = $1 AND is_default AND id <> $2`,
);
const SET_DEFAULT = statement(
  'methods.set_default',
  `UPDATE payment_methods m SET is_default = true, updated_at = now()
    WHERE id = $2 AND shopper_id = $1 AND removed_at IS NULL AND NOT single_use RETURNING ${COLUMNS}`,
);
const REMOVE = statement(
  'methods.remove',
  `UPDATE payment_methods SET removed_at = now(), is_default = false, updated_at = now()
    WHERE id = $2 AND shopper_id = $1 AND removed_at IS NULL AND NOT single_use
   RETURNING provider, provider_method_id AS "providerMethodId"`,
);
// The newest of the others takes the place of a default that is gone.
const NEXT_DEFAULT = statement(
  'methods.next_default',
  `UPDATE payment_methods SET is_default = true, updated_at = now()
    WHERE id = (SELECT id FROM payment_methods WHERE shopper_id = $1 AND removed_at IS NULL AND NOT single_use ORDER BY id DESC LIMIT 1)
      AND NOT EXISTS (SELECT 1 FROM payment_methods WHERE shopper_id = $1 AND is_default)`,
);
const CLAIM = statement('methods.claim', `UPDATE payment_methods SET shopper_id = $2 WHERE shopper_id = $1`);
// Whose it was and what it looked like goes; that there was one stays, since payments name it.
const FORGET = statement(
  'methods.forget',
  `UPDATE payment_methods
      SET removed_at = coalesce(removed_at, now()), is_default = false, brand = NULL, last4 = NULL, exp_month = NULL, exp_year = NULL, updated_at = now()
    WHERE shopper_id = $1 AND (removed_at IS NULL OR last4 IS NOT NULL OR brand IS NOT NULL)
   RETURNING provider, provider_method_id AS "providerMethodId", single_use AS "singleUse"`,
);
const FORGET_CUSTOMER = statement(
  'methods.forget_customer',
  `DELETE FROM payment_customers WHERE user_id = $1
   RETURNING provider, provider_customer_id AS "providerCustomerId", asked_at AS "askedAt"`,
);
const FORGET_SETUPS = statement('methods.forget_setups', `DELETE FROM payment_setups WHERE user_id = $1`);

const CUSTOMER = statement(
  'methods.customer',
  `SELECT provider_customer_id AS id FROM payment_customers WHERE user_id = $1`,
);
// Not for a person who is being forgotten, or has been: the erasure holds the user's row.
const INTEND_CUSTOMER = statement(
  'methods.intend_customer',
  `INSERT INTO payment_customers AS c (user_id, provider)
   SELECT id, $2 FROM users WHERE id = $1 AND erased_at IS NULL FOR SHARE
   ON CONFLICT (user_id) DO UPDATE SET provider = c.provider
   RETURNING provider_customer_id AS "madeId", provider_key AS key, asked_at AS "askedAt", asked_at < now() - ${KEY_IS_OLD} AS "isOld"`,
);
const RENEW_CUSTOMER = statement(
  'methods.renew_customer',
  `UPDATE payment_customers SET provider_key = uuidv7(), asked_at = now()
    WHERE user_id = $1 AND provider_key = $2 AND provider_customer_id IS NULL`,
);
const RECORD_CUSTOMER = statement(
  'methods.record_customer',
  `UPDATE payment_customers SET provider_customer_id = coalesce(provider_customer_id, $2) WHERE user_id = $1
   RETURNING provider_customer_id AS id`,
);

// Not for a person who is being forgotten, or has been, as above.
const MAKE_SETUP = statement(
  'methods.make_setup',
  `INSERT INTO payment_setups (user_id, provider) SELECT id, $2 FROM users WHERE id = $1 AND disabled_at IS NULL FOR SHARE RETURNING id`,
);
const SETUP = statement(
  'methods.setup',
  `SELECT id, provider_setup_id AS "providerSetupId" FROM payment_setups WHERE id = $1 AND user_id = $2`,
);
const RECORD_SETUP = statement(
  'methods.record_setup',
  `UPDATE payment_setups SET provider_setup_id = coalesce(provider_setup_id, $2) WHERE id = $1
   RETURNING provider_setup_id AS "providerSetupId"`,
);
// By then no checkout can be paid by one any more; payments have what they need of it in their own row.
const DELETE_ONCE = statement('methods.delete_once', `DELETE FROM payment_methods WHERE id = $1 AND single_use`);
const OLD_ONCE = sweeping(
  'methods.old_once',
  'payment_methods',
  `single_use AND created_at < now() - interval '30 days'`,
);
const OLD_SETUPS = sweeping('methods.old_setups', 'payment_setups', `created_at < now() - interval '30 days'`);

/** Named questions about what shoppers pay with. */
@Injectable()
export class PaymentMethodsRepository {
  constructor(private readonly database: Database) {}

  /** A user's saved methods, the default first, then the newest. */
  list(userId: string): Promise<MethodRow[]> {
    return this.database.rows<MethodRow>(LIST, [userId]);
  }

  ofShopper(reader: Reader, id: string, shopperId: string): Promise<MethodRow | undefined> {
    return reader.maybeOne<MethodRow>(OF_SHOPPER, [id, shopperId]);
  }

  /** The method that a token of the provider is here, if it is one. */
  ofToken(provider: string, token: string, shopperId: string): Promise<(MethodRow & { isOwn: boolean }) | undefined> {
    return this.database.maybeOne(OF_TOKEN, [provider, token, shopperId]);
  }

  /** What was saved under an intent, removed since or not. */
  ofIntent(intentId: string, userId: string): Promise<(MethodRow & { isRemoved: boolean }) | undefined> {
    return this.database.maybeOne(OF_INTENT, [intentId, userId]);
  }

  /** Locks a user's saved methods; undefined where the user has none and never had any. */
  lockCustomer(tx: Tx, userId: string): Promise<{ id: string | null } | undefined> {
    return tx.maybeOne(LOCK_CUSTOMER, [userId]);
  }

  /** Undefined where the token is another shopper's, or there is no room for it. The customer must be locked. */
  save(
    tx: Tx,
    shopperId: string,
    provider: string,
    method: ProviderMethod,
    intentId: string | null,
  ): Promise<MethodRow | undefined> {
    return tx.maybeOne<MethodRow>(SAVE, [...seen(shopperId, provider, method), intentId]);
  }

  /** A method for one payment; undefined where the token is another shopper's. */
  adopt(shopperId: string, provider: string, method: ProviderMethod): Promise<MethodRow | undefined> {
    return this.database.maybeOne<MethodRow>(ADOPT, seen(shopperId, provider, method));
  }

  async setDefault(tx: Tx, userId: string, id: string): Promise<MethodRow | undefined> {
    tx.write(CLEAR_DEFAULT, [userId, id]);
    return tx.maybeOne<MethodRow>(SET_DEFAULT, [userId, id]);
  }

  async remove(
    tx: Tx,
    userId: string,
    id: string,
  ): Promise<{ provider: string; providerMethodId: string } | undefined> {
    const removed = await tx.maybeOne<{ provider: string; providerMethodId: string }>(REMOVE, [userId, id]);
    if (removed) tx.write(NEXT_DEFAULT, [userId]);
    return removed;
  }

  async claim(tx: Tx, guestId: string, userId: string): Promise<void> {
    await tx.run(CLAIM, [guestId, userId]);
  }

  forget(tx: Tx, shopperId: string): Promise<{ provider: string; providerMethodId: string; singleUse: boolean }[]> {
    return tx.rows(FORGET, [shopperId]);
  }

  async forgetCustomer(
    tx: Tx,
    userId: string,
  ): Promise<{ provider: string; providerCustomerId: string | null; askedAt: Date } | undefined> {
    await tx.run(FORGET_SETUPS, [userId]);
    return tx.maybeOne(FORGET_CUSTOMER, [userId]);
  }

  /** The provider's id of a user's customer, where there is one. */
  async customerOf(userId: string): Promise<string | null> {
    return (await this.database.maybeOne<{ id: string | null }>(CUSTOMER, [userId]))?.id ?? null;
  }

  /** The intent to have a customer: one a user. Undefined for a person who has been forgotten. */
  intendCustomer(userId: string, provider: string): Promise<Making | undefined> {
    return this.database.maybeOne<Making>(INTEND_CUSTOMER, [userId, provider]);
  }

  async renewCustomer(userId: string, key: string): Promise<void> {
    await this.database.rows(RENEW_CUSTOMER, [userId, key]);
  }

  /** Gives the id that stands; undefined where the person has been forgotten meanwhile. */
  async recordCustomer(tx: Tx, userId: string, customerId: string): Promise<string | undefined> {
    return (await tx.maybeOne<{ id: string }>(RECORD_CUSTOMER, [userId, customerId]))?.id;
  }

  /** Undefined for a closed account. */
  async makeSetup(tx: Tx, userId: string, provider: string): Promise<string | undefined> {
    return (await tx.maybeOne<{ id: string }>(MAKE_SETUP, [userId, provider]))?.id;
  }

  setup(reader: Reader, id: string, userId: string): Promise<SetupRow | undefined> {
    return reader.maybeOne<SetupRow>(SETUP, [id, userId]);
  }

  /** Gives the id that stands; undefined where the person has been forgotten meanwhile. */
  async recordSetup(id: string, providerSetupId: string): Promise<string | undefined> {
    const row = await this.database.maybeOne<{ providerSetupId: string }>(RECORD_SETUP, [id, providerSetupId]);
    return row?.providerSetupId;
  }

  forgetOldSetups(): Promise<void> {
    return this.database.sweep(OLD_SETUPS);
  }

  /** Methods for one payment that nothing can be paid by any more, of whomever they were. */
  forgetOldOnce(): Promise<void> {
    return this.database.sweep(OLD_ONCE);
  }

  async deleteOnce(tx: Tx, id: string): Promise<void> {
    tx.write(DELETE_ONCE, [id]);
  }
}

function seen(shopperId: string, provider: string, method: ProviderMethod): unknown[] {
  const { id, kind, brand, last4, expMonth, expYear } = method;
  return [shopperId, provider, id, kind, brand, last4, expMonth, expYear];
}
