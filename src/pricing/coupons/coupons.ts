import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ClaimRegistry } from '../../identity';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { InvalidField, NotFound, decodeIdCursor, encodeCursor, page, type PageRequest } from '../../platform/http';
import type { MoneyDto } from '../../platform/money';
import { ppmOf } from '../percent';
import type { CouponTerms, Discount } from './coupon-rules';
import { CouponOver } from './coupons.errors';
import type { EndCouponRequest, MakeCouponRequest } from './dto/coupon.request';
import { CouponResponse, type CouponListResponse, type CouponRow } from './dto/coupon.response';

/** Fragment: a row `k` of coupons as CouponTerms, as things stand now for a shopper. */
export const couponTermsJson = (
  shopperId: string,
) => `json_build_object('id', k.id, 'storeId', k.store_id, 'code', k.code, 'kind', k.kind,
  'amountCents', k.amount_cents, 'percentPpm', k.percent_ppm, 'currency', k.currency, 'minimumCents', k.minimum_cents,
  'state', CASE WHEN k.ends_at <= now() THEN 'over' WHEN k.starts_at > now() THEN 'not_yet' WHEN k.redeemed >= k.max_redemptions THEN 'used_up'
    WHEN k.max_per_shopper <= (SELECT u.used FROM coupon_uses u WHERE u.coupon_id = k.id AND u.shopper_id = ${shopperId}) THEN 'used_by_shopper'
    ELSE 'open' END)`;

const COLUMNS = `id, store_id AS "storeId", code, kind, amount_cents AS "amountCents", percent_ppm AS "percentPpm", currency,
  minimum_cents AS "minimumCents", starts_at AS "startsAt", ends_at AS "endsAt", max_redemptions AS "maxRedemptions",
  max_per_shopper AS "maxPerShopper", redeemed, created_at AS "createdAt",
  CASE WHEN ends_at <= now() THEN 'over' WHEN starts_at > now() THEN 'scheduled' WHEN redeemed >= max_redemptions THEN 'used_up' ELSE 'active' END AS status`;
const MAKE = statement(
  'coupons.make',
  `INSERT INTO coupons (store_id, code, kind, amount_cents, percent_ppm, currency, minimum_cents, starts_at, ends_at, max_redemptions,
     max_per_shopper, created_by)
   VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, now()), $9, $10, $11, $12) RETURNING ${COLUMNS}`,
);
const LIST = statement(
  'coupons.list',
  `SELECT ${COLUMNS} FROM coupons WHERE store_id IS NOT DISTINCT FROM $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
);
const LOCK = statement(
  'coupons.lock_one',
  `SELECT ${COLUMNS} FROM coupons WHERE id = $1 AND store_id IS NOT DISTINCT FROM $2 FOR NO KEY UPDATE`,
);
const END = statement(
  'coupons.end',
  `UPDATE coupons SET ends_at = greatest($2, now(), starts_at), updated_at = now() WHERE id = $1 RETURNING ${COLUMNS}`,
);
const PRESENT = statement(
  'coupons.present_terms',
  `SELECT ${couponTermsJson('$2')} AS terms FROM coupons k WHERE k.id = ANY ($1::uuid[])`,
);
// By itself, and in the order of ids: what counts them has to see them as they are once they are locked.
const LOCK_ALL = statement(
  'coupons.lock',
  `SELECT id FROM coupons WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
);
const REDEEM = statement(
  'coupons.redeem',
  `WITH taken AS (
     UPDATE coupons SET redeemed = redeemed + 1, updated_at = now()
      WHERE id = ANY ($1::uuid[]) AND (max_redemptions IS NULL OR redeemed < max_redemptions)
        AND starts_at <= now() AND (ends_at IS NULL OR ends_at > now())
     RETURNING id, max_per_shopper
   ), counted AS (
     INSERT INTO coupon_uses AS u (coupon_id, shopper_id, used) SELECT id, $2, 1 FROM taken
     ON CONFLICT (coupon_id, shopper_id) DO UPDATE SET used = u.used + 1
       WHERE NOT EXISTS (SELECT FROM taken WHERE taken.id = u.coupon_id AND u.used >= taken.max_per_shopper)
     RETURNING coupon_id
   ), noted AS (
     INSERT INTO coupon_redemptions (session_id, coupon_id, store_id, shopper_id, funded_by, amount_cents, currency)
     SELECT $3, x."couponId", x."storeId", $2, x."fundedBy", x."amountCents", x.currency
       FROM jsonb_to_recordset($4::jsonb) AS x ("couponId" uuid, "storeId" uuid, "fundedBy" text, "amountCents" bigint, currency text)
       JOIN counted ON counted.coupon_id = x."couponId"
   )
   SELECT coupon_id AS id FROM counted`,
);
const LOCK_OF_SESSION = statement(
  'coupons.lock_of_session',
  `SELECT id FROM coupons WHERE id IN (SELECT coupon_id FROM coupon_redemptions WHERE session_id = $1) ORDER BY id FOR NO KEY UPDATE`,
);
const GIVE_BACK = statement(
  'coupons.give_back',
  `WITH lapsed AS (
     UPDATE coupon_redemptions SET given_back_at = now() WHERE session_id = $1 AND store_id = $2 AND given_back_at IS NULL
     RETURNING coupon_id, shopper_id
   ), free AS (
     SELECT coupon_id, shopper_id FROM lapsed WHERE NOT EXISTS (
       SELECT FROM coupon_redemptions r
        WHERE r.session_id = $1 AND r.coupon_id = lapsed.coupon_id AND r.store_id <> $2 AND r.given_back_at IS NULL)
   ), use AS (
     UPDATE coupon_uses u SET used = u.used - 1 FROM free WHERE u.coupon_id = free.coupon_id AND u.shopper_id = free.shopper_id
   ), coupon AS (
     UPDATE coupons SET redeemed = redeemed - 1, updated_at = now() FROM free WHERE coupons.id = free.coupon_id
   )
   SELECT coupon_id AS id FROM free`,
);
// Uses of both count from now on, though together they may be more than one shopper was meant to have.
const CLAIM = statement(
  'coupons.claim',
  `WITH theirs AS (DELETE FROM coupon_uses WHERE shopper_id = $1 RETURNING coupon_id, used), own AS (
     INSERT INTO coupon_uses AS u (coupon_id, shopper_id, used) SELECT coupon_id, $2, used FROM theirs ORDER BY coupon_id
     ON CONFLICT (coupon_id, shopper_id) DO UPDATE SET used = u.used + excluded.used
   )
   UPDATE coupon_redemptions SET shopper_id = $2 WHERE shopper_id = $1`,
);

/** What one coupon takes off one store of a checkout. */
export type CouponShare = Pick<Discount, 'couponId' | 'code' | 'fundedBy'> & {
  storeId: string;
  amountCents: number;
  currency: string;
};

/**
 * Coupons, and the uses of them. Their rows are locked last of all (after stock), in the order of ids. A use is a placed
 * checkout: it is counted with `place`, and given back once none of the stores that it took something off stands any more,
 * because their placements failed or their orders were cancelled. What comes back later (a return, a refund) does not give
 * a use back.
 */
@Injectable()
export class Coupons implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly events: Events,
    private readonly claims: ClaimRegistry,
  ) {}

  onModuleInit(): void {
    this.claims.register('coupons', async (tx, guestId, userId) => void (await tx.run(CLAIM, [guestId, userId])));
  }

  /** A coupon of a store, or (`store` null) of the platform. Throws InvalidField, CouponCodeTaken. */
  async make(
    tx: Tx,
    store: { id: string; currency: string } | null,
    body: MakeCouponRequest,
    createdBy: string | null,
  ): Promise<CouponResponse> {
    const currency = assertTerms(body, store?.currency);
    const made = (await tx.maybeOne<CouponRow>(MAKE, [
      ...[store?.id ?? null, body.code, body.kind, body.amount?.amount ?? null],
      ...[body.percent === undefined ? null : ppmOf(body.percent), currency, body.minimum?.amount ?? null],
      ...[
        body.startsAt ?? null,
        body.endsAt ?? null,
        body.maxRedemptions ?? null,
        body.maxPerShopper ?? null,
        createdBy,
      ],
    ]))!;
    await this.tell(tx, 'made', made.id, { storeId: made.storeId, kind: made.kind });
    return CouponResponse.of(made);
  }

  async list(storeId: string | null, { limit, cursor }: PageRequest): Promise<CouponListResponse> {
    const found = await this.database.rows<CouponRow>(LIST, [storeId, decodeIdCursor(cursor) ?? null, limit + 1]);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    return { data: rows.map((row) => CouponResponse.of(row)), nextCursor };
  }

  /** Moves its end. Throws NotFound (unknown, another's), CouponOver (it has ended already). */
  async end(tx: Tx, storeId: string | null, couponId: string, { endsAt }: EndCouponRequest): Promise<CouponResponse> {
    const coupon = await tx.maybeOne<CouponRow>(LOCK, [couponId, storeId]);
    if (!coupon) throw new NotFound('coupon');
    if (coupon.status === 'over') throw new CouponOver([coupon.code]);
    const ended = (await tx.maybeOne<CouponRow>(END, [couponId, endsAt]))!;
    await this.tell(tx, 'end_set', couponId, { storeId, endsAt: ended.endsAt!.toISOString() });
    return CouponResponse.of(ended);
  }

  /** These coupons as they stand now for a shopper. */
  async present(tx: Tx, couponIds: string[], shopperId: string): Promise<CouponTerms[]> {
    if (couponIds.length === 0) return [];
    return (await tx.rows<{ terms: CouponTerms }>(PRESENT, [couponIds, shopperId])).map((row) => row.terms);
  }

  /** Counts a use of each coupon of these shares, all or none. Throws CouponOver: used up, over, or used by this shopper. */
  async redeem(tx: Tx, sessionId: string, shopperId: string, shares: CouponShare[]): Promise<void> {
    if (shares.length === 0) return;
    const codes = new Map(shares.map((share) => [share.couponId, share.code]));
    const ids = [...codes.keys()];
    tx.write(LOCK_ALL, [ids]);
    const counted = await tx.rows<{ id: string }>(REDEEM, [ids, shopperId, sessionId, JSON.stringify(shares)]);
    for (const { id } of counted) codes.delete(id);
    if (codes.size > 0) throw new CouponOver([...codes.values()]);
    for (const id of ids) await this.tell(tx, 'redeemed', id, { sessionId });
  }

  /** What coupons took off this store of a session no longer stands. Gives the ids of those whose use came back. Again: nothing. */
  async giveBack(tx: Tx, sessionId: string, storeId: string): Promise<string[]> {
    tx.write(LOCK_OF_SESSION, [sessionId]);
    const ids = (await tx.rows<{ id: string }>(GIVE_BACK, [sessionId, storeId])).map(({ id }) => id);
    for (const id of ids) await this.tell(tx, 'given_back', id, { sessionId });
    return ids;
  }

  private tell(tx: Tx, what: string, couponId: string, payload: object): Promise<void> {
    const event = { type: `pricing.coupon_${what}`, aggregateId: couponId, payload: { couponId, ...payload } };
    return this.events.publish(tx, event);
  }
}

/** What belongs together, in one currency; gives it. */
function assertTerms({ kind, amount, percent, minimum, startsAt, endsAt }: MakeCouponRequest, ofStore?: string) {
  if ((amount !== undefined) !== (kind === 'amount')) {
    throw new InvalidField('/amount', 'must be given for kind amount, and only for it');
  }
  if ((percent !== undefined) !== (kind === 'percent')) {
    throw new InvalidField('/percent', 'must be given for kind percent, and only for it');
  }
  if (percent !== undefined && ppmOf(percent) === 0) throw new InvalidField('/percent', 'must be more than 0');
  assertAmount('/amount', amount, ofStore);
  assertAmount('/minimum', minimum, ofStore ?? amount?.currency);
  // One that starts now ends later than this very moment.
  if (endsAt && endsAt <= (startsAt ?? new Date())) throw new InvalidField('/endsAt', 'must be later than it starts');
  return (amount ?? minimum)?.currency ?? null;
}

function assertAmount(pointer: string, given: MoneyDto | undefined, currency: string | undefined): void {
  if (given === undefined) return;
  if (given.amount === 0) throw new InvalidField(`${pointer}/amount`, 'must be more than 0');
  if (currency !== undefined && given.currency !== currency) {
    throw new InvalidField(`${pointer}/currency`, `must be ${currency}`);
  }
}
