import { Injectable } from '@nestjs/common';
import { Database, statement, type Statement } from '../platform/database';
import { convertBy, invert, ratio } from '../platform/money';
import type { Counterparty, Reporter, TrustFacts } from './trust-score';

/** The newest verified sales, counterparties and upheld reports that are looked at: more would not move a score. */
const SALES = 2_000;
const COUNTERPARTIES = 500;
const REPORTERS = 500;
/** Of each counterparty, and of the one who is scored: with how many they deal, as far as is looked. */
const DEALINGS = 100;
const CIRCLE = 2_000;
/** What a sale is taken for whose currency has no rate: little. */
const UNKNOWN_VALUE_CENTS = 100;

/** What is known of one, before any weighing. */
export interface KnownFacts extends TrustFacts {
  /** At most SALES. */
  verifiedSales: number;
  /** How many gave so many stars, 1 to 5. */
  stars: [number, number, number, number, number];
}

/** What tells a sealed order's buyer from another's at the same store, in hex; of an open order, or a guest's, null. */
const BUYER_REF = `encode(o.buyer_ref, 'hex')`;

/** With whom a person has verified sales, as buyer and as merchant: of each purchase and of each store the newest so many. */
const dealings = (person: string, most: number) =>
  `((SELECT s.owner_user_id AS id FROM (SELECT store_id FROM verified_sales WHERE buyer_user_id = ${person} ORDER BY verified_at DESC LIMIT ${most}) AS bought
       JOIN stores s ON s.id = bought.store_id WHERE s.owner_user_id IS NOT NULL)
    UNION
    (SELECT sold.buyer_user_id FROM stores s,
            LATERAL (SELECT buyer_user_id FROM verified_sales WHERE store_id = s.id ORDER BY verified_at DESC LIMIT ${most}) AS sold
      WHERE s.owner_user_id = ${person} AND sold.buyer_user_id IS NOT NULL))`;

/** Whether one person's stores have sold to another. */
const sold = (seller: string, buyer: string) =>
  `EXISTS (SELECT FROM stores s JOIN verified_sales v ON v.store_id = s.id WHERE s.owner_user_id = ${seller} AND v.buyer_user_id = ${buyer})`;

interface Scored {
  /** The account that is scored, or null. */
  person: string;
  /** Rows of sales: order_id, person and who (of the other side), kind, silent, total_cents, currency, verified_at. */
  sales: string;
  /** Whose ratings count. */
  ratedBy: 'buyer' | 'merchant';
  /** Upheld reports about it: person and who of the reporter, decided_at. */
  reports: string;
}

/**
 * One statement that gives all that a score looks at, in bounded numbers: the newest sales, put together by counterparty in SQL,
 * so that a store with a hundred thousand sales costs no more than one with SALES. (Each LATERAL with a LIMIT is a look at an index
 * that the planner cannot make a scan of a whole table.)
 */
function factsStatement(name: string, { person, sales, ratedBy, reports }: Scored): Statement {
  return statement(
    name,
    `WITH subject AS (SELECT ${person} AS person),
     sale AS MATERIALIZED (${sales} ORDER BY v.verified_at DESC LIMIT ${SALES}),
     rated AS MATERIALIZED (
       SELECT sale.who, r.stars FROM sale, LATERAL (
         SELECT stars FROM ratings WHERE order_id = sale.order_id AND side = '${ratedBy}' AND shown_at IS NOT NULL LIMIT 1) AS r
     ),
     amount AS (
       SELECT who, jsonb_object_agg(currency, cents) AS amounts FROM (SELECT who, currency, sum(total_cents) AS cents FROM sale GROUP BY 1, 2) AS a GROUP BY who
     ),
     opinion AS (SELECT who, avg(stars)::float8 AS stars FROM rated GROUP BY who),
     met AS MATERIALIZED (
       SELECT who, kind, person, count(*)::int AS sales, (count(*) FILTER (WHERE silent))::int AS silent, max(verified_at) AS newest
         FROM sale GROUP BY who, kind, person ORDER BY newest DESC LIMIT ${COUNTERPARTIES}
     ),
     circle AS MATERIALIZED (SELECT d.id FROM subject, LATERAL ${dealings('subject.person', CIRCLE)} AS d),
     sells AS MATERIALIZED (
       SELECT met.person FROM met, LATERAL (
         SELECT FROM stores s, LATERAL (SELECT FROM verified_sales WHERE store_id = s.id ORDER BY verified_at DESC LIMIT 1) AS v
          WHERE s.owner_user_id = met.person LIMIT 1) AS any_sale
     ),
     seller AS (
       SELECT sells.person, ${sold('sells.person', 'subject.person')} AND ${sold('subject.person', 'sells.person')} AS mutual, around.*
         FROM sells CROSS JOIN subject, LATERAL (
           SELECT count(*)::int AS others, (count(*) FILTER (WHERE d.id IN (SELECT id FROM circle)))::int AS shared
             FROM ${dealings('sells.person', DEALINGS)} AS d WHERE d.id <> sells.person AND d.id IS DISTINCT FROM subject.person) AS around
     ),
     counterparty AS (
       SELECT met.kind, met.sales, met.silent AS "silentSales", amount.amounts, extract(epoch FROM now() - met.newest)::float8 / 86400 AS "newestDays",
              opinion.stars, coalesce(met.person = subject.person, false) AS "isSelf",
              coalesce(seller.mutual, false) AS "isMutual", coalesce(seller.others, 0) AS others, coalesce(seller.shared, 0) AS "sharedOthers"
         FROM met CROSS JOIN subject JOIN amount USING (who) LEFT JOIN opinion USING (who) LEFT JOIN seller ON seller.person = met.person
     ),
     reported AS (
       SELECT who, person, max(decided_at) AS decided_at FROM (${reports} ORDER BY r.decided_at DESC LIMIT ${REPORTERS}) AS r GROUP BY who, person
     ),
     reporter AS (
       SELECT extract(epoch FROM now() - decided_at)::float8 / 86400 AS "decidedDays",
              (SELECT count(*)::int FROM ${dealings('reported.person', DEALINGS)} AS d WHERE d.id <> reported.person) AS dealings
         FROM reported
     )
     SELECT (SELECT coalesce(json_agg(c), '[]') FROM counterparty AS c) AS counterparties,
            (SELECT coalesce(json_agg(p), '[]') FROM reporter AS p) AS reporters,
            (SELECT count(*)::int FROM sale) AS "verifiedSales",
            (SELECT coalesce(json_object_agg(stars, given), '{}') FROM (SELECT stars, count(*)::int AS given FROM rated GROUP BY stars) AS s) AS stars,
            (SELECT coalesce(json_object_agg(currency, rate), '{}') FROM (
               SELECT currency, (SELECT rate::text FROM exchange_rates WHERE base = 'USD' AND quote = currency AND effective_at <= now()
                                  ORDER BY effective_at DESC, id DESC LIMIT 1) AS rate
                 FROM (SELECT DISTINCT currency FROM sale) AS c) AS r) AS rates`,
  );
}

const OF_BUYER = `v.buyer_user_id AS person, coalesce(v.buyer_user_id::text, encode(v.buyer_ref, 'hex'), v.order_id::text) AS who,
  CASE WHEN v.buyer_user_id IS NOT NULL THEN 'user' WHEN v.buyer_ref IS NOT NULL THEN 'sealed' ELSE 'guest' END AS kind`;
const OF_MERCHANT = `s.owner_user_id AS person, coalesce(s.owner_user_id::text, v.store_id::text) AS who, 'user' AS kind`;
const SALE = `v.order_id, v.total_cents, v.currency, v.verified_at`;
const MERCHANTS_REPORTS = `SELECT s.owner_user_id AS person, coalesce(s.owner_user_id::text, s.id::text) AS who, r.decided_at
  FROM orders o JOIN reports r ON r.order_id = o.id JOIN stores s ON s.id = r.store_id WHERE r.side = 'merchant' AND r.outcome = 'upheld'`;

// $1: the store.
const STORE = factsStatement('trust.facts_of_store', {
  person: `(SELECT owner_user_id FROM stores WHERE id = $1)`,
  sales: `SELECT ${OF_BUYER}, coalesce(v.silent_side = 'buyer', false) AS silent, ${SALE} FROM verified_sales v WHERE v.store_id = $1`,
  ratedBy: 'buyer',
  reports: `SELECT o.buyer_user_id AS person, coalesce(o.buyer_user_id::text, ${BUYER_REF}, o.id::text) AS who, r.decided_at
    FROM reports r JOIN orders o ON o.id = r.order_id WHERE r.store_id = $1 AND r.side = 'buyer' AND r.outcome = 'upheld'`,
});
// $1: the user.
const USER = factsStatement('trust.facts_of_user', {
  person: `$1::uuid`,
  sales: `SELECT ${OF_MERCHANT}, coalesce(v.silent_side = 'merchant', false) AS silent, ${SALE}
    FROM verified_sales v JOIN stores s ON s.id = v.store_id WHERE v.buyer_user_id = $1`,
  ratedBy: 'merchant',
  reports: `${MERCHANTS_REPORTS} AND o.buyer_user_id = $1`,
});
// $1: an order that names no user. What is known of its buyer is what this store has seen of them: a reference holds the store.
const UNNAMED = factsStatement('trust.facts_of_unnamed_buyer', {
  person: `NULL::uuid`,
  sales: `SELECT ${OF_MERCHANT}, coalesce(v.silent_side = 'merchant', false) AS silent, ${SALE}
    FROM orders o JOIN verified_sales v ON v.order_id = o.id OR v.buyer_ref = o.buyer_ref
    JOIN stores s ON s.id = v.store_id WHERE o.id = $1`,
  ratedBy: 'merchant',
  reports: `${MERCHANTS_REPORTS} AND o.id = $1`,
});

interface StoredFacts {
  counterparties: (Omit<Counterparty, 'valueCents'> & { amounts: Record<string, number> })[];
  reporters: Reporter[];
  verifiedSales: number;
  stars: Record<string, number>;
  /** By currency: what one dollar costs; null: not known. */
  rates: Record<string, string | null>;
}

/** Reads what a score is made of. */
@Injectable()
export class TrustFactsReader {
  constructor(private readonly database: Database) {}

  ofStore(storeId: string): Promise<KnownFacts> {
    return this.read(STORE, storeId);
  }

  /** As a buyer. */
  ofUser(userId: string): Promise<KnownFacts> {
    return this.read(USER, userId);
  }

  /** The buyer of an order that names no user. */
  ofUnnamedBuyer(orderId: string): Promise<KnownFacts> {
    return this.read(UNNAMED, orderId);
  }

  private async read(facts: Statement, id: string): Promise<KnownFacts> {
    const { counterparties, reporters, verifiedSales, stars, rates } = (await this.database.maybeOne<StoredFacts>(
      facts,
      [id],
    ))!;
    return {
      counterparties: counterparties.map(({ amounts, ...rest }) => ({
        ...rest,
        valueCents: inDollars(amounts, rates),
      })),
      reporters,
      verifiedSales,
      stars: [stars['1'] ?? 0, stars['2'] ?? 0, stars['3'] ?? 0, stars['4'] ?? 0, stars['5'] ?? 0],
    };
  }
}

function inDollars(amounts: Record<string, number>, rates: StoredFacts['rates']): number {
  return Object.entries(amounts).reduce((sum, [currency, cents]) => {
    if (currency === 'USD') return sum + cents;
    const rate = rates[currency];
    if (!rate || !Number.isSafeInteger(cents)) return sum + UNKNOWN_VALUE_CENTS;
    return sum + (convertBy(cents, currency, 'USD', invert(ratio(rate))) ?? UNKNOWN_VALUE_CENTS);
  }, 0);
}
