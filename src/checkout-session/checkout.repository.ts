import { Injectable } from '@nestjs/common';
import { CREDENTIALS_AT } from '../identity';
import type { SealedJson } from '../platform/crypto';
import { Database, statement, type Conclusion, type Tx } from '../platform/database';
import { traceparent } from '../platform/tracing';
import type { PinnedRate } from '../pricing';
import { versionOfStore, type Handoff, type PlacedFigures } from '../store-integrations';
import { NOTIFY, RING } from './checkout.hints';
import type { Action, Session, SessionProgress, SnapshotLine, StoreCheckout } from './session';
import type { SessionStatus } from './session-states';
import { HandoffLinks, type HandoffTargets } from './handoffs/handoff-links';

export const SESSION_MINUTES = 30;
/** However often it is refreshed: nobody holds a store's stock for ever. */
const SESSION_HOURS_AT_MOST = 2;
export const QUOTE_MINUTES = 10;
/** How long stock waits for a payment: to be authorised, authenticated, or made by another method. */
export const ACTION_MINUTES = 15;

/** Whether the links of a hand-off `h` go through an affiliate programme, as far as its store and its own row say. */
export const AFFILIATE_IN_FORCE = `(h.status = 'waiting' AND h.affiliate_programme_id IS NOT NULL AND NOT h.affiliate_declined
    AND EXISTS (SELECT FROM affiliate_programmes p WHERE p.id = h.affiliate_programme_id AND p.ended_at IS NULL))`;

/** What is told of how it goes with a store of a session: StoreProgress. A function takes 100 arguments: what is of the store's own site is told apart. */
const STORE_PROGRESS = `'storeId', sc.store_id, 'name', st.name, 'included', sc.included, 'tier', sc.tier, 'servedBy', sc.served_by, 'status', sc.status, 'message', sc.message,
  'action', sc.action, 'failure', sc.failure, 'updatedAt', sc.updated_at, 'orderId', sc.order_id, 'orderNumber', o.muse_order_id, 'storeOrderNumber', o.order_number,
  'estimatedFrom', sc.estimated_from, 'estimatedTo', sc.estimated_to, 'payNow', sc.pay_now,
  'conversationId', coalesce(sc.conversation_id, o.conversation_id), 'onSite', json_build_object('handoffId', sc.handoff_id, 'continueUrl', CASE WHEN h.status = 'waiting' THEN h.continue_url END,
    'clickId', CASE WHEN h.targets IS NOT NULL THEN h.click_id END, 'shareAtStore', sc.share_at_store, 'affiliate', CASE WHEN h.id IS NULL THEN st.affiliated ELSE ${AFFILIATE_IN_FORCE} END, 'handoff', CASE WHEN h.kind IS NULL THEN sc.handoff
       ELSE jsonb_build_object('kind', h.kind, 'warnings', h.warnings, 'productLinks', h.product_links, 'carries', h.carries) END)`;
/** One store of a session as JSON; the names are those of StoreCheckout. */
const STORE_JSON = `json_build_object('id', sc.id, 'storeVersion', ${versionOfStore('st')}, 'position', sc.position,
  'currency', sc.currency, 'settlement', sc.settlement, 'settlementChosen', sc.settlement_chosen, 'deliveryOptions', sc.delivery_options,
  'deliveryOptionId', sc.delivery_option_id, 'deliveryChosen', sc.delivery_chosen, 'subtotalCents', sc.subtotal_cents,
  'discountCents', sc.discount_cents, 'discounts', sc.discounts, 'shippingCents', sc.shipping_cents, 'fees', sc.fees, 'taxCents', sc.tax_cents, 'taxIncludedCents', sc.tax_included_cents, 'taxLines', sc.tax_lines,
  'totalCents', sc.total_cents, 'quoteStands', coalesce(sc.quote_expires_at > clock_timestamp(), false), 'problems', sc.problems,
  'shippingAddress', sc.shipping_address, 'shipsToCountry', sc.ships_to_country, 'shipsToRegion', sc.ships_to_region, 'instructions', sc.instructions,
  'link', sc.link, 'storeAddressId', sc.store_address_id, 'storeInstrumentId', sc.store_instrument_id,
  'storeDiscountCodes', sc.store_discount_codes, 'storeDiscounts', sc.store_discounts,
  'sealedParts', sc.sealed_parts, 'access', CASE WHEN sc.sealed_order_id IS NOT NULL THEN json_build_object('orderId', sc.sealed_order_id, 'tokenHash', encode(sc.order_token_hash, 'hex')) END,
  ${STORE_PROGRESS})`;
const STORES_OF = (store: string) => `coalesce((SELECT json_agg(${store} ORDER BY sc.position)
       FROM store_checkouts sc JOIN stores st ON st.id = sc.store_id LEFT JOIN orders o ON o.id = sc.order_id
       LEFT JOIN handoffs h ON h.id = sc.handoff_id WHERE sc.session_id = cs.id), '[]') AS stores`;
/** What is told of how a session goes: SessionProgress. */
const PROGRESS = `cs.id, cs.sealed, cs.status, cs.version, cs.action, cs.payment_id AS "paymentId", cs.give_up_at AS "giveUpAt", cs.expires_at AS "expiresAt",
    cs.placed_at AS "placedAt", cs.completed_at AS "completedAt", cs.locale, u.locale AS "shopperLocale", coalesce(u.privacy, 'standard') AS "shopperPrivacy",
    coalesce(u.affiliate_links, true) AS "takesAffiliateLinks"`;
/** Until a payment by it is begun, a method can be removed: the session lacks one then. */
const METHOD_STANDS = `(cs.payment_method_id IS NULL OR cs.payment_id IS NOT NULL OR cs.completed_at IS NOT NULL
      OR EXISTS (SELECT 1 FROM payment_methods m WHERE m.id = cs.payment_method_id::uuid AND m.removed_at IS NULL))`;
/** A session with its stores, its shopper and the wrapped key of its private parts, all of one moment. */
const SESSION = `SELECT ${PROGRESS}, u.currency AS "shopperCurrency", coalesce(u.disabled_at IS NOT NULL, false) AS "shopperDisabled", ${CREDENTIALS_AT('u')} AS "shopperCredentialsAt",
    cs.shopper_id AS "shopperId", CASE WHEN u.id IS NULL THEN 'guest' ELSE 'user' END AS "shopperKind", cs.cart_id AS "cartId", cs.cart_items AS lines,
    cs.chosen_items AS "chosenItems", cs.currency, cs.rates, cs.shipping_address AS "shippingAddress",
    cs.billing_address AS "billingAddress", cs.contact, cs.ships_to_country AS "shipsToCountry", cs.ships_to_region AS "shipsToRegion", cs.coupons, CASE WHEN ${METHOD_STANDS} THEN cs.payment_method_id END AS "paymentMethodId",
    CASE WHEN ${METHOD_STANDS} THEN cs.payment_method END AS "paymentMethod", cs.authorized_at AS "authorizedAt", cs.accepted,
    cs.key_subject_id AS "keySubjectId", k.wrapped, k.master_key_id AS "masterKeyId", cs.expires_at > clock_timestamp() AS live,
    extract(epoch FROM cs.expires_at - clock_timestamp())::float8 AS "secondsLeft", clock_timestamp() AS now,
    ${STORES_OF(STORE_JSON)}
  FROM checkout_sessions cs
  LEFT JOIN users u ON u.id = cs.shopper_id LEFT JOIN data_keys k ON k.subject_id = cs.key_subject_id`;

const READ = statement('checkout.read', `${SESSION} WHERE cs.id = $1 AND cs.shopper_id = $2`);
const READ_PROGRESS = statement(
  'checkout.read_progress',
  `SELECT ${PROGRESS}, ${STORES_OF(`json_build_object(${STORE_PROGRESS})`)}
     FROM checkout_sessions cs LEFT JOIN users u ON u.id = cs.shopper_id WHERE cs.id = $1 AND cs.shopper_id = $2`,
);
const READ_ANY = statement('checkout.read_any', `${SESSION} WHERE cs.id = $1`);
const READ_PENDING = statement(
  'checkout.read_pending',
  `${SESSION} WHERE cs.shopper_id = $1 AND cs.status = 'pending'`,
);
// The lock by itself: a statement reads by the snapshot that it took before it waited, so what is read comes after.
const LOCK = statement(
  'checkout.lock',
  `SELECT id FROM checkout_sessions WHERE id = $1 AND shopper_id = $2 FOR NO KEY UPDATE`,
);
const LOCK_ANY = statement('checkout.lock_any', `SELECT id FROM checkout_sessions WHERE id = $1 FOR NO KEY UPDATE`);
// For outcomes, which change the cart: it is locked here, so that the statement that takes lines out sees them as they are.
const READ_AND_LOCK_CART = statement(
  'checkout.read_and_lock_cart',
  `WITH cart AS (
     SELECT c.id FROM carts c JOIN checkout_sessions s ON s.shopper_id = c.shopper_id
      WHERE s.id = $1 AND c.status <> 'merged' FOR NO KEY UPDATE OF c
   )
   ${SESSION} LEFT JOIN cart ON true WHERE cs.id = $1`,
);
// Two sessions begun at once by one shopper wait here for each other, before either looks for the pending one.
const SERIALISE = statement(
  'checkout.serialise_shopper',
  `SELECT pg_advisory_xact_lock(hashtextextended('checkout ' || $1::text, 0)) AS locked`,
);
const CANCEL_PENDING = statement(
  'checkout.cancel_pending',
  `WITH pending AS (SELECT id FROM checkout_sessions WHERE shopper_id = $1 AND status = 'pending' FOR NO KEY UPDATE)
   UPDATE checkout_sessions cs SET status = 'cancelled', version = version + 1, completed_at = now(), updated_at = now()
     FROM pending WHERE cs.id = pending.id RETURNING cs.id, ${NOTIFY('cs')}`,
);
const STORE_RECORDS = `jsonb_to_recordset($2::jsonb) AS x ("storeId" uuid, position int, included boolean, tier text, status text, currency text,
  settlement text, "deliveryOptions" jsonb, "deliveryOptionId" uuid, "deliveryChosen" boolean, "subtotalCents" bigint, "discountCents" bigint,
  "shippingCents" bigint, fees jsonb, "feesCents" bigint, "taxCents" bigint, "totalCents" bigint, problems jsonb, "shippingAddress" jsonb,
  "shipsToCountry" text, instructions jsonb, "estimatedFrom" date, "estimatedTo" date,
  discounts jsonb, "taxIncludedCents" bigint, "taxLines" jsonb, "shipsToRegion" text, "settlementChosen" boolean, "payNow" jsonb,
  "servedBy" text, link jsonb, "storeAddressId" text, "storeInstrumentId" text, "storeDiscountCodes" text[], "storeDiscounts" jsonb, "byJob" boolean,
  handoff jsonb, "shareAtStore" boolean)`;
const UPSERT_STORES = `INSERT INTO store_checkouts AS sc (session_id, store_id, position, included, tier, status, currency, settlement, delivery_options,
    delivery_option_id, delivery_chosen, subtotal_cents, discount_cents, shipping_cents, fees, fees_cents, tax_cents, total_cents, problems,
    shipping_address, ships_to_country, instructions, estimated_from, estimated_to, discounts, tax_included_cents, tax_lines, ships_to_region,
    settlement_chosen, pay_now, served_by, link, store_address_id, store_instrument_id, store_discount_codes, store_discounts,
    handoff, share_at_store, quoted_at, quote_expires_at)
  SELECT s.id, "storeId", position, included, tier, x.status, x.currency, settlement, "deliveryOptions", "deliveryOptionId", "deliveryChosen",
         "subtotalCents", "discountCents", "shippingCents", fees, "feesCents", "taxCents", "totalCents", problems, "shippingAddress",
         "shipsToCountry", instructions, "estimatedFrom", "estimatedTo", discounts, "taxIncludedCents", "taxLines", "shipsToRegion",
         coalesce("settlementChosen", false), "payNow", "servedBy", x.link, "storeAddressId", "storeInstrumentId",
         "storeDiscountCodes", "storeDiscounts", x.handoff, coalesce("shareAtStore", false),
         CASE WHEN "byJob" IS NOT TRUE THEN clock_timestamp() END, CASE WHEN "byJob" IS NOT TRUE THEN clock_timestamp() + interval '${QUOTE_MINUTES} minutes' END
    FROM s, ${STORE_RECORDS}
  ON CONFLICT ON CONSTRAINT store_checkouts_one_per_store DO UPDATE
    SET position = excluded.position, included = excluded.included, tier = excluded.tier, status = excluded.status,
        currency = excluded.currency,
        settlement = excluded.settlement, delivery_options = excluded.delivery_options, delivery_option_id = excluded.delivery_option_id,
        delivery_chosen = excluded.delivery_chosen, subtotal_cents = excluded.subtotal_cents, discount_cents = excluded.discount_cents,
        shipping_cents = excluded.shipping_cents, fees = excluded.fees, fees_cents = excluded.fees_cents, tax_cents = excluded.tax_cents,
        total_cents = excluded.total_cents, problems = excluded.problems, shipping_address = excluded.shipping_address,
        ships_to_country = excluded.ships_to_country, instructions = excluded.instructions, estimated_from = excluded.estimated_from,
        estimated_to = excluded.estimated_to, discounts = excluded.discounts, tax_included_cents = excluded.tax_included_cents,
        tax_lines = excluded.tax_lines, ships_to_region = excluded.ships_to_region, settlement_chosen = excluded.settlement_chosen,
        pay_now = excluded.pay_now, served_by = excluded.served_by, link = excluded.link, store_address_id = excluded.store_address_id,
        store_instrument_id = excluded.store_instrument_id, store_discount_codes = excluded.store_discount_codes,
        store_discounts = excluded.store_discounts, handoff = excluded.handoff, share_at_store = excluded.share_at_store, updated_at = now(),
        quoted_at = CASE WHEN $3 THEN coalesce(excluded.quoted_at, sc.quoted_at) ELSE sc.quoted_at END,
        quote_expires_at = CASE WHEN $3 THEN coalesce(excluded.quote_expires_at, sc.quote_expires_at) ELSE sc.quote_expires_at END
  RETURNING store_id`;
const CREATE = statement(
  'checkout.create',
  `WITH s AS (
     INSERT INTO checkout_sessions (id, session_id, shopper_id, cart_id, cart_items, chosen_items, currency, rates, shipping_address, contact,
       ships_to_country, key_subject_id, ships_to_region, coupons, sealed)
     VALUES ($1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $16, $14, $15, $17) RETURNING id, expires_at
   ), stores AS (${UPSERT_STORES})
   SELECT expires_at AS "expiresAt" FROM s`,
);
const SAVE = statement(
  'checkout.save',
  `WITH s AS (
     UPDATE checkout_sessions
        SET version = version + 1, cart_items = coalesce($4, cart_items), currency = $5, rates = coalesce($6, rates),
            shipping_address = $7, billing_address = $8, contact = $9, ships_to_country = $10, ships_to_region = $12, coupons = $13, locale = $14,
            sealed = $15, key_subject_id = $16, updated_at = now(),
            expires_at = CASE WHEN $11 THEN least(clock_timestamp() + interval '${SESSION_MINUTES} minutes', created_at + interval '${SESSION_HOURS_AT_MOST} hours')
                              ELSE expires_at END
      WHERE id = $1 RETURNING id, watched_until
   ), gone AS (
     DELETE FROM store_checkouts WHERE session_id = $1 AND store_id NOT IN (SELECT "storeId" FROM ${STORE_RECORDS}) RETURNING 1
   ), stores AS (${UPSERT_STORES})
   SELECT ${NOTIFY('s')} FROM s`,
);
/** Beside SAVE, of sealed sessions: the larger part of them, and none of others. */
const SAVE_SEALED = statement(
  'checkout.save_sealed_parts',
  `UPDATE store_checkouts sc SET sealed_parts = x.parts
     FROM jsonb_to_recordset($2::jsonb) AS x ("storeId" uuid, parts jsonb) WHERE sc.session_id = $1 AND sc.store_id = x."storeId"`,
);
/** What the buyers of the orders to come are told by, once for each store. */
const GIVE_ACCESS = statement(
  'checkout.give_access',
  `UPDATE store_checkouts sc SET sealed_order_id = x.order_id, order_token_hash = x.hash
     FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) AS x (store_id, order_id, hash) WHERE sc.session_id = $1 AND sc.store_id = x.store_id`,
);
const CLOSE = statement(
  'checkout.close',
  `UPDATE checkout_sessions cs SET status = $2, version = version + 1, completed_at = now(), updated_at = now()
    WHERE id = $1 RETURNING ${NOTIFY('cs')}`,
);
/** The session begins processing, its stores wait, and each gets its placement, due where the gate is open: one statement for any number. */
const BEGIN_PLACING = statement(
  'checkout.begin_placing',
  `WITH s AS (
     UPDATE checkout_sessions SET status = 'processing', version = version + 1, placed_at = now(), accepted = $2, updated_at = now(),
            payment_id = $5, give_up_at = CASE WHEN $5::uuid IS NOT NULL THEN now() + interval '${ACTION_MINUTES} minutes' END
      WHERE id = $1 RETURNING id, watched_until, placed_at
   ), waiting AS (
     UPDATE store_checkouts sc SET status = 'waiting', message = 'Waiting', updated_at = now() FROM s
      WHERE sc.session_id = s.id AND sc.included RETURNING sc.id, sc.store_id, coalesce(sc.served_by, sc.tier) AS tier
   ), placement AS (
     INSERT INTO placements (store_checkout_id, session_id, store_id, tier, status, next_attempt_at, traceparent)
     SELECT waiting.id, $1, store_id, tier, CASE WHEN $3 THEN 'queued' ELSE 'gated' END, CASE WHEN $3 THEN now() ELSE 'infinity' END, $4 FROM waiting
   )
   SELECT s.placed_at AS "placedAt", ${NOTIFY('s')}, CASE WHEN $3 THEN ${RING} END AS rung FROM s`,
);
const STORE_ASKS = statement(
  'checkout.store_asks',
  `WITH sc AS (
     UPDATE store_checkouts SET action = $3, message = $4, updated_at = now() WHERE session_id = $1 AND store_id = $2 RETURNING session_id
   )
   UPDATE checkout_sessions cs SET version = version + 1, updated_at = now() FROM sc WHERE cs.id = sc.session_id RETURNING ${NOTIFY('cs')}`,
);
const HAND_OFF = statement(
  'checkout.insert_handoff',
  `INSERT INTO handoffs (id, session_id, shopper_id, store_id, click_id, continue_url, items, expires_at, kind, warnings, product_links, carries, sealed_url,
     targets, affiliate_targets, link_seal, affiliate_programme_id)
   VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(hours => $8), $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
);
const STORE_OUTCOME = statement(
  'checkout.store_outcome',
  `WITH sc AS (
     UPDATE store_checkouts
        SET status = $2, message = $3, failure = $4, order_id = $5, handoff_id = coalesce($6, handoff_id), estimated_from = coalesce($7, estimated_from),
            estimated_to = coalesce($8, estimated_to), action = $12, updated_at = now()
      WHERE session_id = $1 AND store_id = $9 RETURNING session_id
   )
   UPDATE checkout_sessions cs
      SET status = $10, version = version + 1, completed_at = CASE WHEN $11 THEN coalesce(completed_at, now()) END, updated_at = now()
     FROM sc WHERE cs.id = sc.session_id RETURNING ${NOTIFY('cs')}`,
);
const CONTACTED = statement(
  'checkout.contacted',
  `UPDATE store_checkouts SET conversation_id = $3 WHERE session_id = $1 AND store_id = $2`,
);
const FIGURES = statement(
  'checkout.store_figures',
  `UPDATE store_checkouts SET subtotal_cents = $3, discount_cents = $4, shipping_cents = $5, fees = $6, fees_cents = $7, tax_cents = $8, total_cents = $9
    WHERE session_id = $1 AND store_id = $2`,
);
// Pending, that is; said by moments alone, as the index says it (docs/adr/0018).
export const SESSIONS_OVER = `SELECT id FROM checkout_sessions WHERE placed_at IS NULL AND completed_at IS NULL AND expires_at < now()`;
const OVER = statement(
  'checkout.over',
  `${SESSIONS_OVER} AND status = 'pending' AND id <> ALL ($2::uuid[]) ORDER BY expires_at LIMIT $1`,
);
const EXPIRE = statement(
  'checkout.expire',
  `WITH over AS (
     SELECT id FROM checkout_sessions WHERE id = $1 AND status = 'pending' AND expires_at < clock_timestamp() FOR NO KEY UPDATE SKIP LOCKED
   )
   UPDATE checkout_sessions cs SET status = 'expired', version = version + 1, completed_at = now(), updated_at = now()
     FROM over WHERE cs.id = over.id RETURNING ${NOTIFY('cs')}`,
);
const WATCH = statement(
  'checkout.watch',
  `UPDATE checkout_sessions SET watched_until = now() + interval '11 minutes' WHERE id = $1 AND shopper_id = $2 RETURNING id`,
);
const OPEN_SESSIONS = statement(
  'checkout.open_sessions',
  `SELECT count(*)::int AS open FROM checkout_sessions WHERE shopper_id = $1 AND status IN ('processing', 'action_required', 'needs_attention')`,
);
const UNAUTHORISED = statement(
  'checkout.unauthorised_sessions',
  `SELECT id FROM checkout_sessions
    WHERE shopper_id = $1 AND give_up_at IS NOT NULL AND authorized_at IS NULL AND completed_at IS NULL ORDER BY id`,
);
const LOCK_SESSIONS = statement(
  'checkout.lock_sessions_of_shopper',
  `SELECT id FROM checkout_sessions WHERE shopper_id = $1 ORDER BY id FOR NO KEY UPDATE`,
);
const CLAIM_SESSIONS = statement(
  'checkout.claim_sessions',
  `WITH handoff AS (UPDATE handoffs SET shopper_id = $2, updated_at = now() WHERE shopper_id = $1)
   UPDATE checkout_sessions SET shopper_id = $2, version = version + 1, updated_at = now() WHERE shopper_id = $1`,
);

/** A store checkout as it is written: without what only reading adds. */
export type StoreDraft = Omit<
  StoreCheckout,
  | 'id'
  | 'name'
  | 'storeVersion'
  | 'quoteStands'
  | 'message'
  | 'action'
  | 'failure'
  | 'updatedAt'
  | 'orderId'
  | 'orderNumber'
  | 'storeOrderNumber'
  | 'handoffId'
  | 'continueUrl'
  | 'affiliate'
  | 'conversationId'
  | 'access'
>;

export interface NewSession {
  id: string;
  sessionId: string;
  shopperId: string;
  cartId: string;
  lines: SnapshotLine[];
  chosenItems: string[] | null;
  currency: string;
  rates: PinnedRate[];
  shippingAddress: unknown;
  contact: unknown;
  shipsToCountry: string | null;
  shipsToRegion: string | null;
  coupons: Session['coupons'];
  keySubjectId: string;
  sealed: boolean;
  stores: StoreDraft[];
}

/** Every statement on sessions and store checkouts. Whoever locks a session and more locks the session first, always. */
@Injectable()
export class CheckoutRepository {
  constructor(
    private readonly database: Database,
    private readonly links: HandoffLinks,
  ) {}

  /** The shopper's session with its stores. */
  async read(
    sessionId: string,
    shopperId: string,
    reader: Pick<Database, 'maybeOne'> = this.database,
  ): Promise<Session | undefined> {
    return this.sessionOf(await reader.maybeOne<Row<Session>>(READ, [sessionId, shopperId]));
  }

  /** How it goes. */
  async readProgress(
    sessionId: string,
    shopperId: string,
    reader: Pick<Database, 'maybeOne'> = this.database,
  ): Promise<SessionProgress | undefined> {
    return this.sessionOf<SessionProgress>(
      await reader.maybeOne<Row<SessionProgress>>(READ_PROGRESS, [sessionId, shopperId]),
    );
  }

  /** A session for whoever works on it, whoever the shopper is. */
  async readAny(sessionId: string, reader: Pick<Database, 'maybeOne'> = this.database): Promise<Session | undefined> {
    return this.sessionOf(await reader.maybeOne<Row<Session>>(READ_ANY, [sessionId]));
  }

  /** The same, locked until the transaction ends. */
  async lockAny(tx: Tx, sessionId: string): Promise<Session | undefined> {
    tx.write(LOCK_ANY, [sessionId]);
    return this.readAny(sessionId, tx);
  }

  /** The shopper's pending session, if there is one. */
  async readPending(tx: Tx, shopperId: string): Promise<Session | undefined> {
    return this.sessionOf(await tx.maybeOne<Row<Session>>(READ_PENDING, [shopperId]));
  }

  /** The same, locked until the transaction ends. */
  async lock(tx: Tx, sessionId: string, shopperId: string): Promise<Session | undefined> {
    tx.write(LOCK, [sessionId, shopperId]);
    return this.read(sessionId, shopperId, tx);
  }

  /** The same for an outcome, whoever the shopper is; their cart is locked too. */
  async lockForOutcome(tx: Tx, sessionId: string): Promise<Session | undefined> {
    tx.write(LOCK_ANY, [sessionId]);
    return this.sessionOf(await tx.maybeOne<Row<Session>>(READ_AND_LOCK_CART, [sessionId]));
  }

  /** Cancels the shopper's pending session, if there is one; whoever else begins one waits until this transaction ends. */
  async takeTurn(tx: Tx, shopperId: string): Promise<string | null> {
    tx.write(SERIALISE, [shopperId]);
    return this.cancelPending(tx, shopperId);
  }

  async cancelPending(tx: Tx, shopperId: string): Promise<string | null> {
    return (await tx.maybeOne<{ id: string }>(CANCEL_PENDING, [shopperId]))?.id ?? null;
  }

  /** Writes a new session as the end of its transaction; `make` is told when it expires. */
  create<T>(tx: Tx, session: NewSession, make: (expiresAt: Date) => T): Conclusion<T> {
    const {
      id,
      sessionId,
      shopperId,
      cartId,
      lines,
      chosenItems,
      currency,
      rates,
      shippingAddress,
      contact,
      shipsToCountry,
    } = session;
    const values = [
      ...[
        id,
        JSON.stringify(session.stores.map(recordOf)),
        true,
        sessionId,
        shopperId,
        cartId,
        JSON.stringify(lines),
        chosenItems,
      ],
      ...[currency, JSON.stringify(rates), json(shippingAddress), json(contact), shipsToCountry],
      ...[session.shipsToRegion, JSON.stringify(session.coupons), session.keySubjectId, session.sealed],
    ];
    return tx.conclude<{ expiresAt: Date }, T>(CREATE, values, ([row]) => make(row!.expiresAt));
  }

  /**
   * Writes an edited session and its stores. `quoted`: the quotes are of now; `extended`: so are its thirty minutes;
   * `linesBefore`: of an edit, which leaves the rates as they were and, as often as not, the lines: the larger part of what
   * there is to write.
   */
  async save(
    tx: Tx,
    session: Session,
    { quoted, extended, linesBefore }: { quoted: boolean; extended: boolean; linesBefore?: string },
  ): Promise<void> {
    const { id, currency, rates, shippingAddress, billingAddress, contact, shipsToCountry, locale } = session;
    const lines = JSON.stringify(session.lines);
    tx.write(SAVE, [
      ...[
        id,
        JSON.stringify(session.stores.map(recordOf)),
        quoted,
        lines === linesBefore ? null : lines,
        currency,
        linesBefore === undefined ? JSON.stringify(rates) : null,
      ],
      ...[json(shippingAddress), json(billingAddress), json(contact), shipsToCountry, extended],
      ...[session.shipsToRegion, JSON.stringify(session.coupons), locale, session.sealed, session.keySubjectId],
    ]);
    if (!session.sealed) return;
    const sealed = session.stores.map(({ storeId, sealedParts }) => ({ storeId, parts: sealedParts }));
    tx.write(SAVE_SEALED, [id, JSON.stringify(sealed)]);
  }

  /** By which the orders of a sealed session will be reached. */
  async giveAccess(tx: Tx, sessionId: string, access: { storeId: string; orderId: string; hash: Buffer }[]) {
    const lists = [access.map((one) => one.storeId), access.map((one) => one.orderId), access.map((one) => one.hash)];
    tx.write(GIVE_ACCESS, [sessionId, ...lists]);
  }

  async close(tx: Tx, sessionId: string, status: 'cancelled' | 'expired'): Promise<void> {
    await tx.run(CLOSE, [sessionId, status]);
  }

  /** With a payment the placements are gated until it is authorised. */
  async beginPlacing(
    tx: Tx,
    sessionId: string,
    accepted: Session['accepted'],
    paymentId: string | null,
  ): Promise<Date> {
    const values = [sessionId, JSON.stringify(accepted), paymentId === null, traceparent(), paymentId];
    return (await tx.maybeOne<{ placedAt: Date }>(BEGIN_PLACING, values))!.placedAt;
  }

  /** What a store that is being asked asks the shopper; null: nothing any more. */
  storeAsks(tx: Tx, sessionId: string, storeId: string, action: Action | null, message: string | null): void {
    tx.write(STORE_ASKS, [sessionId, storeId, json(action), message]);
  }

  async insertHandoff(
    tx: Tx,
    handoff: {
      id: string;
      sessionId: string;
      shopperId: string;
      storeId: string;
      clickId: string;
      items: SnapshotLine[];
      hours: number;
      opens: Handoff;
      /** With what the shopper agreed to tell the store. */
      sealedUrl: SealedJson | null;
      affiliateProgrammeId: string | null;
    } & HandoffTargets,
  ): Promise<void> {
    const { id, sessionId, shopperId, storeId, clickId, items, hours, opens, sealedUrl } = handoff;
    const { targets, affiliateTargets } = handoff;
    tx.write(HAND_OFF, [
      ...[id, sessionId, shopperId, storeId, clickId, targets[0], JSON.stringify(items), hours],
      ...[
        opens.kind,
        JSON.stringify(opens.warnings),
        JSON.stringify(opens.productLinks),
        opens.carries,
        json(sealedUrl),
      ],
      ...[targets, affiliateTargets, this.links.seal(clickId, { targets, affiliateTargets })],
      handoff.affiliateProgrammeId,
    ]);
  }

  /** One store's new state, and with it the session's. */
  async storeOutcome(
    tx: Tx,
    sessionId: string,
    store: {
      storeId: string;
      status: StoreCheckout['status'];
      message: string;
      failure?: { code: string; detail: string };
      action?: Action;
      orderId?: string;
      handoffId?: string;
      estimatedFrom?: string;
      estimatedTo?: string;
    },
    session: { status: SessionStatus; final: boolean },
  ): Promise<void> {
    tx.write(STORE_OUTCOME, [
      ...[sessionId, store.status, store.message, json(store.failure), store.orderId ?? null, store.handoffId ?? null],
      ...[store.estimatedFrom ?? null, store.estimatedTo ?? null, store.storeId, session.status, session.final],
      json(store.action),
    ]);
  }

  /** A store's part came to a conversation; with storeOutcome, which tells of it. */
  async contacted(tx: Tx, sessionId: string, storeId: string, conversationId: string): Promise<void> {
    tx.write(CONTACTED, [sessionId, storeId, conversationId]);
  }

  /** What an order came to at its store, where that is not what was agreed in Muse. */
  saveFigures(tx: Tx, sessionId: string, storeId: string, figures: PlacedFigures): void {
    const { subtotalCents, discountCents, shippingCents, fees, taxCents, totalCents } = figures;
    const feesCents = fees.reduce((sum, fee) => sum + fee.amountCents, 0);
    const amounts = [
      subtotalCents,
      discountCents,
      shippingCents,
      JSON.stringify(fees),
      feesCents,
      taxCents,
      totalCents,
    ];
    tx.write(FIGURES, [sessionId, storeId, ...amounts]);
  }

  /** Pending sessions that have run out, the longest ago first. */
  async over(limit: number, but: string[]): Promise<string[]> {
    return (await this.database.rows<{ id: string }>(OVER, [limit, but])).map((row) => row.id);
  }

  /** Marks one expired, if it still has to be; false too while somebody is working on it. */
  async expire(tx: Tx, sessionId: string): Promise<boolean> {
    return (await tx.rows(EXPIRE, [sessionId])).length > 0;
  }

  /** Notes that somebody streams the session. False where the shopper has no such session. */
  async watch(sessionId: string, shopperId: string): Promise<boolean> {
    return (await this.database.maybeOne(WATCH, [sessionId, shopperId])) !== undefined;
  }

  /** Whether a session of the shopper is being placed: its address is needed until that is decided. */
  async openSessions(tx: Tx, shopperId: string): Promise<number> {
    return (await tx.maybeOne<{ open: number }>(OPEN_SESSIONS, [shopperId]))!.open;
  }

  /** Placed, and waiting for money that nobody has promised yet. */
  async unauthorised(tx: Tx, shopperId: string): Promise<string[]> {
    return (await tx.rows<{ id: string }>(UNAUTHORISED, [shopperId])).map(({ id }) => id);
  }

  /** Locks every session of a shopper: what a placement writes while this waits for it is seen by the next statement. */
  async lockAll(tx: Tx, shopperId: string): Promise<void> {
    await tx.run(LOCK_SESSIONS, [shopperId]);
  }

  /** JSON knows no dates, nor where Muse is reached. A session's own action lasts until it is given up. */
  private sessionOf<S extends SessionProgress = Session>(row: Row<S> | undefined): S | undefined {
    if (!row) return undefined;
    const action = row.action && { ...row.action, expiresAt: (row.giveUpAt ?? row.expiresAt).toISOString() };
    const stores = row.stores.map(({ onSite: { clickId, ...onSite }, ...store }) => {
      const { continueUrl, handoff } = onSite;
      const links = clickId !== null && {
        continueUrl: continueUrl && this.links.urlOf(clickId),
        handoff: handoff && { ...handoff, productLinks: this.links.productsOf(clickId, handoff.productLinks) },
      };
      return { ...store, ...onSite, ...links, updatedAt: new Date(store.updatedAt) };
    });
    return { ...row, action, stores } as unknown as S;
  }

  /** A guest's sessions and hand-offs, locked before, become a user's. */
  async claim(tx: Tx, guestId: string, userId: string): Promise<void> {
    await tx.run(CLAIM_SESSIONS, [guestId, userId]);
  }
}

type OnSite = 'handoffId' | 'continueUrl' | 'shareAtStore' | 'handoff' | 'affiliate';
/** As the statements give it: what is of a store's own site is told apart, its links not made yet. */
type Row<S extends SessionProgress> = Omit<S, 'stores'> & {
  stores: (Omit<S['stores'][number], OnSite> & { onSite: Pick<StoreCheckout, OnSite> & { clickId: string | null } })[];
};

function recordOf(store: StoreDraft): object {
  // What is sealed is written by itself.
  return { ...store, sealedParts: undefined, feesCents: store.fees.reduce((sum, fee) => sum + fee.amountCents, 0) };
}

function json(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
