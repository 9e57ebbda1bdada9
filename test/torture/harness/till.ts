import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type Stripe from 'stripe';
import { settingsOf } from '../../support/paying';
import { startStripeDouble, type StripeDouble } from '../../support/stripe-double';
import type { Answer, Body } from './client';
import { catalogLine, type Session, type Shopper, type Store, type World } from './world';

/** A call to Stripe that never ends (20 s), a lease (8 s), and pauses of a second to a minute between tries, several of each. */
const CALM_WITHIN_MS = 300_000;
const SOON_MS = 60_000;
const PLENTY = 1_000_000;
const STORES = 3;

/** A store whose merchant Stripe pays, and goods of it that do not run out. */
export interface PayableStore extends Store {
  accountId: string;
  variantId: string;
}

/** A checkout that is to be paid by a card, or was. */
export interface Purchase {
  shopper: Shopper;
  session: Session;
}

/** Stripe's double, beside the program as a process of its own. */
export async function openStripe(): Promise<{ stripe: StripeDouble; settings: Record<string, string> }> {
  const stripe = await startStripeDouble();
  return { stripe, settings: settingsOf(stripe) };
}

/** What the cases of payments act with: stores that can be paid, shoppers with cards, and Stripe. */
export class Till {
  private stores: Promise<PayableStore[]> | undefined;
  /** Their merchants' tokens, by store: each has a merchant of its own. */
  private readonly owners = new Map<string, string>();

  constructor(readonly world: World) {}

  get stripe(): StripeDouble {
    return this.world.stripe;
  }

  /** Three stores that most cases buy at. */
  shops(): Promise<PayableStore[]> {
    return (this.stores ??= Promise.all(Array.from({ length: STORES }, () => this.payableStore())));
  }

  /** A merchant store, on-boarded: Stripe tells of it by a webhook. */
  async payableStore(): Promise<PayableStore> {
    const { world, stripe } = this;
    const { token } = await world.user();
    const store = await world.merchantStore(token);
    this.owners.set(store.id, token);
    const [variantId] = await world.variants(store, [PLENTY], token);
    await this.insist(() => this.merchant(store.id, '/payment-account', {}, store.id));
    const { id } = await world.ground.one<{ id: string }>(
      `SELECT provider_account_id AS id FROM payment_accounts WHERE store_id = $1`,
      [store.id],
    );
    await stripe.onboard(id);
    await this.until(`SELECT payable AS done FROM payment_accounts WHERE store_id = $1`, [store.id]);
    return { ...store, accountId: id, variantId: variantId! };
  }

  /** A write of a store's merchant. */
  merchant(storeId: string, path: string, body: object, key: string = randomUUID()): Promise<Answer> {
    const token = this.tokenOf(storeId);
    const options = { token, body, key, mayBeUnavailable: true };
    return this.world.client.send('POST', `/merchant/stores/${storeId}${path}`, options);
  }

  tokenOf(storeId: string): string {
    return this.owners.get(storeId)!;
  }

  /** Goods of a store that will refuse them: their product is taken out of the catalogue by `retire`. */
  async doomed(store: Store): Promise<{ variantId: string; retire: () => Promise<void> }> {
    const { world } = this;
    const body = {
      title: `Thing ${randomUUID().slice(24)}`,
      variants: [{ sku: `SKU-${randomUUID().slice(24)}`, price: { amount: 1999, currency: 'USD' }, onHand: 5 }],
    };
    const token = this.tokenOf(store.id);
    const path = `/merchant/stores/${store.id}/products`;
    const product = await world.client.expect('POST', path, { token, body });
    return {
      variantId: product.variants[0].id,
      retire: () => world.client.expect('DELETE', `${path}/${product.id}`, { token }),
    };
  }

  /** Somebody with one of each of these goods in a session that lacks nothing, paid by this card. */
  async ready(variantIds: string[], { token = 'pm_card_visa', by }: { token?: string; by?: Shopper } = {}) {
    const shopper = by ?? (await this.world.guest());
    for (const variantId of variantIds) {
      if (!(await shopper.add(catalogLine(variantId)))) throw new Error('It was not put into the cart.');
    }
    const session = await shopper.ready();
    await this.choose({ shopper, session }, token);
    return { shopper, session };
  }

  /** The card of a session, or another after a refusal. */
  choose({ shopper, session }: Purchase, providerToken: string): Promise<Body> {
    return this.insist(() =>
      shopper.send('PUT', `/checkout/sessions/${session.id}/payment`, { providerToken }, undefined, true),
    );
  }

  async place({ shopper, session }: Purchase): Promise<void> {
    const key = randomUUID();
    await this.insist(() => shopper.place(session, key, true));
  }

  /** Placed at these stores, all three by default. */
  async buy(options: { token?: string; stores?: PayableStore[]; by?: Shopper } = {}): Promise<Purchase> {
    const stores = options.stores ?? (await this.shops());
    const purchase = await this.ready(
      stores.map((store) => store.variantId),
      options,
    );
    await this.place(purchase);
    return purchase;
  }

  /** The client's word that the shopper has authenticated. */
  resume({ shopper, session }: Purchase): Promise<Answer> {
    return shopper.send('POST', `/checkout/sessions/${session.id}/resume`);
  }

  statusOf({ shopper, session }: Purchase): Promise<Body> {
    return shopper.expect('GET', `/checkout/sessions/${session.id}/status`);
  }

  /** The newest PaymentIntent of a purchase, once Stripe has told its id. */
  async intentOf({ session }: Purchase): Promise<string> {
    const of = `FROM payments WHERE purchase_id = $1 AND provider_payment_id IS NOT NULL`;
    await this.until(`SELECT count(*) > 0 AS done ${of}`, [session.id]);
    const { id } = await this.world.ground.one<{ id: string }>(
      `SELECT provider_payment_id AS id ${of} ORDER BY created_at DESC LIMIT 1`,
      [session.id],
    );
    return id;
  }

  /** Bought with a card that asks for the shopper, as far as that. */
  async buyAndAsk(stores?: PayableStore[]): Promise<Purchase & { intent: string }> {
    const purchase = await this.buy({ token: 'pm_card_authenticationRequired', stores });
    const intent = await this.intentOf(purchase);
    await this.until(`SELECT status = 'action_required' AS done FROM checkout_sessions WHERE id = $1`, [
      purchase.session.id,
    ]);
    return { ...purchase, intent };
  }

  /** Events of Stripe about an object, the oldest first. */
  async eventsAbout(objectId: string, type?: Stripe.Event.Type): Promise<Stripe.Event[]> {
    const events = await this.stripe.events.list(type);
    return events.filter((event) => (event.data.object as { id?: string }).id === objectId);
  }

  /** The orders of a purchase, and how each is paid. */
  ordersOf({ session }: Purchase): Promise<{ id: string; storeId: string; paymentStatus: string; total: number }[]> {
    return this.world.ground.rows(
      `SELECT id, store_id AS "storeId", payment_status AS "paymentStatus", total_cents::int AS total FROM orders
        WHERE checkout_session_id = $1 ORDER BY id`,
      [session.id],
    );
  }

  /** Asks again, as a good client does, what is not answered, is under way, or cannot be had at the moment. */
  async insist(send: () => Promise<Answer>): Promise<Body> {
    for (let tries = 1; ; tries++) {
      const answer = await send().catch((error: unknown) => error as Error);
      if (!(answer instanceof Error)) {
        if (answer.status < 300) return answer.body;
        const isLater = answer.status === 503 || answer.body?.code === 'still_running';
        if (!isLater || tries === 30) throw new Error(`answered ${answer.status} ${answer.body?.code}`);
      } else if (tries === 30) throw answer;
      await sleep(1_000);
    }
  }

  /** Waits for a row whose `done` is true. */
  async until(sql: string, values: unknown[] = [], withinMs = SOON_MS): Promise<void> {
    for (const deadline = Date.now() + withinMs; ; await sleep(100)) {
      const row = await this.world.ground.one<{ done: boolean }>(sql, values);
      if (row?.done) return;
      if (Date.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${sql}`);
    }
  }

  /**
   * Waits until nobody has anything to do any more: no step, event, refund or delivery is open, no webhook on its way. What
   * waits for its shopper, or for a person, may wait on.
   */
  async calm(withinMs = CALM_WITHIN_MS): Promise<void> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      await this.stripe.events.quiet();
      const open = await this.world.ground.one<Record<string, number>>(OPEN);
      if (Object.values(open).every((count) => count === 0)) return;
      if (Date.now() > deadline) throw new Error(`Not calm within ${withinMs} ms: ${JSON.stringify(open)}`);
      await sleep(200);
    }
  }
}

const OPEN = `SELECT
  (SELECT count(*)::int FROM event_deliveries WHERE status = 'pending') AS deliveries,
  (SELECT count(*)::int FROM placements WHERE status IN ('queued', 'running')) AS placements,
  (SELECT count(*)::int FROM payment_steps WHERE status IN ('queued', 'running')) AS steps,
  (SELECT count(*)::int FROM provider_events WHERE finished_at IS NULL) AS "providerEvents",
  (SELECT count(*)::int FROM payment_removals WHERE finished_at IS NULL) AS removals,
  (SELECT count(*)::int FROM refunds WHERE status = 'pending') AS refunds,
  (SELECT count(*)::int FROM payments WHERE status IN ('created', 'authorized', 'capturing') OR (status = 'captured' AND NOT provider_fee_booked)) AS payments`;

/** Puts the state of the double beside the program's tables, where the invariants compare them. */
export async function noteStripe({ ground, stripe }: World): Promise<void> {
  await ground.rows(MIRROR);
  await ground.rows(
    `WITH gone AS (DELETE FROM torture.stripe RETURNING 1)
     INSERT INTO torture.stripe SELECT kind, object FROM jsonb_each($1::jsonb) AS x (kind, objects), jsonb_array_elements(objects) AS object`,
    [JSON.stringify({ ...(await stripe.objects()), balance: [await balanceOf(stripe)] })],
  );
}

async function balanceOf({ url, key }: StripeDouble): Promise<object> {
  const response = await fetch(`${url}/v1/balance`, { headers: { authorization: `Bearer ${key}` } });
  return (await response.json()) as object;
}

/** Stripe's side, in Muse's words. */
const MIRROR = `
  CREATE TABLE IF NOT EXISTS torture.stripe (kind text NOT NULL, object jsonb NOT NULL);
  CREATE OR REPLACE VIEW torture.intents AS
    SELECT object ->> 'id' AS id, (object -> 'metadata' ->> 'muse_payment_id')::uuid AS payment_id, object ->> 'status' AS status,
           (object ->> 'amount')::bigint AS amount, (object ->> 'amount_received')::bigint AS received, upper(object ->> 'currency') AS currency
      FROM torture.stripe WHERE kind = 'paymentIntents';
  CREATE OR REPLACE VIEW torture.charges AS
    SELECT object ->> 'id' AS id, object ->> 'payment_intent' AS intent_id, (object ->> 'captured')::boolean AS is_captured,
           (object ->> 'amount_captured')::bigint AS captured FROM torture.stripe WHERE kind = 'charges';
  CREATE OR REPLACE VIEW torture.movements AS
    SELECT object ->> 'type' AS type, object ->> 'source' AS source, (object ->> 'amount')::bigint AS amount, (object ->> 'fee')::bigint AS fee
      FROM torture.stripe WHERE kind = 'balanceTransactions';
  CREATE OR REPLACE VIEW torture.transfers AS
    SELECT object ->> 'id' AS id, (object -> 'metadata' ->> 'muse_payment_id')::uuid AS payment_id, (object -> 'metadata' ->> 'muse_store_id')::uuid AS store_id,
           (object ->> 'amount')::bigint AS amount, (object ->> 'amount_reversed')::bigint AS reversed, object ->> 'destination' AS destination
      FROM torture.stripe WHERE kind = 'transfers';
  CREATE OR REPLACE VIEW torture.refunds AS
    SELECT object ->> 'id' AS id, object ->> 'charge' AS charge_id, object ->> 'status' AS status, (object ->> 'amount')::bigint AS amount
      FROM torture.stripe WHERE kind = 'refunds';
  CREATE OR REPLACE VIEW torture.reversals AS
    SELECT object ->> 'id' AS id, object ->> 'transfer' AS transfer_id, (object ->> 'amount')::bigint AS amount
      FROM torture.stripe WHERE kind = 'reversals';
  CREATE OR REPLACE VIEW torture.stripe_says AS
    SELECT i.payment_id, count(DISTINCT i.id) AS intents, coalesce(sum(c.captured), 0)::bigint AS captured, count(c.id) FILTER (WHERE c.is_captured) AS captures,
           coalesce(sum((SELECT sum(m.fee) FROM torture.movements m WHERE m.source = c.id AND m.type = 'charge')), 0)::bigint AS fees,
           coalesce(sum((SELECT count(*) FROM torture.movements m WHERE m.source = c.id AND m.type = 'charge')), 0)::bigint AS takings,
           coalesce(sum((SELECT sum(r.amount) FROM torture.refunds r WHERE r.charge_id = c.id AND r.status = 'succeeded')), 0)::bigint AS refunded,
           coalesce((SELECT sum(t.amount) FROM torture.transfers t WHERE t.payment_id = i.payment_id), 0)::bigint AS transferred,
           coalesce((SELECT sum(v.amount) FROM torture.reversals v JOIN torture.transfers t ON t.id = v.transfer_id WHERE t.payment_id = i.payment_id), 0)::bigint AS reversed
      FROM torture.intents i LEFT JOIN torture.charges c ON c.intent_id = i.id GROUP BY i.payment_id`;
