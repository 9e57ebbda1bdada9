import { randomUUID } from 'node:crypto';
import type { RunningApp } from './app';
import { openShop, type Shop } from './market';
import { addVariant, checkoutToPlaced, orderOf, sql, type Body, type Shopper } from './shopper';

/** Buys one thing of a shop; the order as its buyer sees it. */
export async function buy(shopper: Shopper, shop: Shop): Promise<Body> {
  await addVariant(shopper, shop.variantIds[0]);
  return orderOf(shopper, await checkoutToPlaced(shopper));
}

/** Moves an order to where both sides have marked it complete: a verified sale, so many days ago. */
export async function complete(
  muse: RunningApp,
  orderId: string,
  { daysAgo = 0, silentSide = null }: { daysAgo?: number; silentSide?: 'buyer' | 'merchant' | null } = {},
): Promise<void> {
  await sql(
    muse,
    `WITH done AS (
       UPDATE orders SET order_status = 'completed', completed_at = now() - make_interval(secs => $2 * 86400), shipped_at = now(), delivered_at = now(),
              buyer_completed_at = now(), merchant_completed_at = now(), version = version + 1 WHERE id = $1 RETURNING *
     )
     INSERT INTO verified_sales (order_id, store_id, buyer_user_id, buyer_ref, silent_side, total_cents, currency, verified_at)
     SELECT id, store_id, buyer_user_id, buyer_ref, $3, total_cents, currency, completed_at FROM done`,
    [orderId, daysAgo, silentSide],
  );
}

/** A completed order of a new shop, with both of its sides. */
export async function completedOrder(
  muse: RunningApp,
  buyer: Shopper,
  shop?: Shop,
): Promise<{ shop: Shop; order: Body; ofMerchant: string }> {
  const at = shop ?? (await openShop(muse));
  const order = await buy(buyer, at);
  await complete(muse, order.id);
  return { shop: at, order, ofMerchant: `/merchant/stores/${at.storeId}/orders/${order.id}` };
}

/**
 * Makes an order nobody's whom Muse knows, as a sealed one is, with a token that stands for its buyer; the header of whoever
 * holds it.
 */
export async function sealOrder(
  muse: RunningApp,
  orderId: string,
  issue: () => Promise<string>,
): Promise<Record<string, string>> {
  const token = await issue();
  await sql(muse, `UPDATE order_access_tokens SET acts = true WHERE order_id = $1`, [orderId]);
  await sql(muse, `UPDATE orders SET buyer_user_id = NULL, buyer_guest_id = NULL WHERE id = $1`, [orderId]);
  return { authorization: `Bearer ${token}` };
}

/** Events of a kind about a thing, oldest first. */
export async function eventsOf(muse: RunningApp, type: string, orderId: string): Promise<Body[]> {
  const rows = await sql(
    muse,
    `SELECT payload FROM events WHERE type = $1 AND payload ->> 'orderId' = $2 ORDER BY id`,
    [type, orderId],
  );
  return rows.map((row) => row.payload);
}

/** Accounts, stores and completed orders as rows, many of them quickly: for what a score makes of them. */
export class Market {
  constructor(private readonly muse: RunningApp) {}

  /** Accounts, each with a store of its own. */
  async merchants(count: number): Promise<{ userId: string; storeId: string }[]> {
    const users = await this.accounts(count);
    return Promise.all(
      users.map(async (userId) => {
        const [store] = await sql(
          this.muse,
          `INSERT INTO stores (name, slug, kind, owner_user_id, tier, currency, country) VALUES ('S', $2, 'merchant', $1, 'direct', 'USD', 'US') RETURNING id`,
          [userId, randomUUID()],
        );
        return { userId, storeId: store.id as string };
      }),
    );
  }

  async accounts(count: number): Promise<string[]> {
    const rows = await sql(
      this.muse,
      `WITH shopper AS (INSERT INTO shoppers (kind) SELECT 'user' FROM generate_series(1, $1) RETURNING id)
       INSERT INTO users (id, email, password_hash) SELECT id, id || '@example.com', 'x' FROM shopper RETURNING id`,
      [count],
    );
    return rows.map((row) => row.id as string);
  }

  /** Verified sales of a store, one for each of these buyers (null: a guest), with the buyer's rating; the orders. */
  async sell(
    storeId: string,
    buyers: (string | null)[],
    { stars = null, cents = 5_000, currency = 'USD', daysAgo = 1, silentSide = null }: SaleOptions = {},
  ): Promise<string[]> {
    const rows = await sql(
      this.muse,
      `WITH sold AS (
         INSERT INTO orders (muse_order_id, buyer_user_id, store_id, order_status, payment_status, checkout_method, settlement, currency,
           subtotal_cents, total_cents, key_subject_id, completed_at)
         SELECT gen_random_uuid()::text, buyer, $1, 'completed', 'paid', 'direct', 'pay_later', $4, $3, $3, gen_random_uuid(), now() - make_interval(days => $5)
           FROM unnest($2::uuid[]) AS buyer RETURNING *
       ), verified AS (
         INSERT INTO verified_sales (order_id, store_id, buyer_user_id, silent_side, total_cents, currency, verified_at)
         SELECT id, store_id, buyer_user_id, $7, total_cents, currency, completed_at FROM sold
       ), rated AS (
         INSERT INTO ratings (order_id, store_id, side, stars, key_subject_id, show_at, shown_at)
         SELECT id, store_id, 'buyer', $6::int, id, now(), now() FROM sold WHERE $6::int IS NOT NULL
       )
       SELECT id FROM sold`,
      [storeId, buyers, cents, currency, daysAgo, stars, silentSide],
    );
    return rows.map((row) => row.id as string);
  }

  /** Reports about these orders, by their buyers. */
  async report(orderIds: string[], outcome: 'upheld' | null): Promise<void> {
    await sql(
      this.muse,
      `INSERT INTO reports (order_id, store_id, side, reason, key_subject_id, status, outcome, answer_until, appeal_until, decided_at)
       SELECT id, store_id, 'buyer', 'fraud', id, CASE WHEN $2::text IS NULL THEN 'open' ELSE 'decided' END, $2, now(),
              CASE WHEN $2::text IS NOT NULL THEN now() END, CASE WHEN $2::text IS NOT NULL THEN now() END
         FROM orders WHERE id = ANY($1::uuid[])`,
      [orderIds, outcome],
    );
  }
}

interface SaleOptions {
  stars?: number | null;
  cents?: number;
  currency?: string;
  daysAgo?: number;
  silentSide?: 'buyer' | 'merchant' | null;
}
