import { Injectable } from '@nestjs/common';
import type { SealedJson } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import type { Language } from '../../platform/http';
import type { Carried, HandoffKind, HandoffWarning, ProductLink } from '../../store-integrations';
import { AFFILIATE_IN_FORCE } from '../checkout.repository';
import type { SnapshotLine } from '../session';
import { HandoffLinks, type HandoffTargets } from './handoff-links';

export type HandoffStatus = 'waiting' | 'ordered' | 'abandoned' | 'expired';

export interface HandoffRow {
  id: string;
  sessionId: string;
  shopperId: string;
  storeId: string;
  storeName: string;
  currency: string;
  items: SnapshotLine[];
  /** The link that its shopper follows: see HandoffLinks. */
  continueUrl: string;
  /** Where the store's own site opens with the cart; nothing of the shopper's own stands in it. */
  storeUrl: string;
  clickId: string;
  /** Null: made before there were links of Muse's own. */
  targets: string[] | null;
  opens: number;
  firstOpenedAt: Date | null;
  lastOpenedAt: Date | null;
  /** How far it fills the cart there; null of those from before it was kept. */
  kind: HandoffKind | null;
  warnings: HandoffWarning[];
  productLinks: ProductLink[];
  /** What of the shopper's own the link tells the store. */
  carries: Carried[];
  status: HandoffStatus;
  orderId: string | null;
  expiresAt: Date;
  live: boolean;
  /** What its shopper is told things in. */
  locale: Language | null;
  /** Whether its links go through an affiliate programme. */
  affiliated: boolean;
}

/** Whether its links go through an affiliate programme: of who buys unseen, or has turned that off, none does. */
const AFFILIATED = `(${AFFILIATE_IN_FORCE} AND coalesce(u.affiliate_links AND u.privacy <> 'paranoid', true))`;
const HANDOFF = `h.id, h.session_id AS "sessionId", h.shopper_id AS "shopperId", h.store_id AS "storeId", s.name AS "storeName", s.currency,
  h.items, h.continue_url AS "storeUrl", h.click_id AS "clickId", h.targets, h.opens, h.first_opened_at AS "firstOpenedAt", h.last_opened_at AS "lastOpenedAt",
  h.kind, h.warnings, h.product_links AS "productLinks", h.carries, h.status, h.order_id AS "orderId", h.expires_at AS "expiresAt",
  h.expires_at > clock_timestamp() AS live, coalesce(cs.locale, u.locale) AS locale, ${AFFILIATED} AS affiliated`;
const FROM = `FROM handoffs h JOIN stores s ON s.id = h.store_id JOIN checkout_sessions cs ON cs.id = h.session_id LEFT JOIN users u ON u.id = h.shopper_id`;

const OF_SHOPPER = statement('handoffs.of_shopper', `SELECT ${HANDOFF} ${FROM} WHERE h.id = $1 AND h.shopper_id = $2`);
const LOCK = statement('handoffs.lock', `SELECT ${HANDOFF} ${FROM} WHERE h.id = $1 FOR NO KEY UPDATE OF h`);
const END = statement(
  'handoffs.end',
  `UPDATE handoffs SET status = $2, order_id = $3, updated_at = now() WHERE id = $1`,
);
const SESSION_OF = statement('handoffs.session_of', `SELECT session_id AS "sessionId" FROM handoffs WHERE id = $1`);
export const HANDOFFS_OVER = `SELECT id FROM handoffs WHERE status = 'waiting' AND expires_at < now()`;
const EXPIRED = statement(
  'handoffs.expired',
  `${HANDOFFS_OVER} AND id <> ALL ($2::uuid[]) ORDER BY expires_at LIMIT $1`,
);

const OF_CLICK = statement(
  'handoffs.of_click',
  `SELECT h.id, h.session_id AS "sessionId", h.store_id AS "storeId", h.targets, h.affiliate_targets AS "affiliateTargets", h.link_seal AS "linkSeal",
          h.status = 'waiting' AND h.expires_at > clock_timestamp() AND u.disabled_at IS NULL AS waits, ${AFFILIATED} AS affiliated,
          h.sealed_url AS "sealedUrl", cs.key_subject_id AS "keySubjectId", k.wrapped, k.master_key_id AS "masterKeyId"
     FROM handoffs h JOIN checkout_sessions cs ON cs.id = h.session_id LEFT JOIN users u ON u.id = h.shopper_id
     LEFT JOIN data_keys k ON k.subject_id = cs.key_subject_id WHERE h.click_id = $1`,
);
const DECLINE_AFFILIATE = statement(
  'handoffs.decline_affiliate',
  `UPDATE handoffs SET affiliate_declined = $3, updated_at = now() WHERE id = $1 AND shopper_id = $2`,
);
const COUNT_OPEN = statement(
  'handoffs.count_open',
  `UPDATE handoffs SET opens = opens + 1, first_opened_at = coalesce(first_opened_at, now()), last_opened_at = greatest(last_opened_at, now())
    WHERE id = $1 AND status = 'waiting' RETURNING opens`,
);
const EXPIRING = statement(
  'handoffs.expiring',
  `WITH soon AS (
     SELECT id FROM handoffs WHERE status = 'waiting' AND reminded_at IS NULL
        AND expires_at BETWEEN clock_timestamp() AND clock_timestamp() + interval '24 hours' ORDER BY expires_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
   )
   UPDATE handoffs h SET reminded_at = now() FROM soon WHERE h.id = soon.id
   RETURNING h.id, h.session_id AS "sessionId", h.store_id AS "storeId"`,
);
// The words are the session's, under its key; the row of the hand-off says whether there is still anything to remind of.
const TO_REMIND = statement(
  'handoffs.to_remind',
  `SELECT ${HANDOFF}, cs.contact, cs.key_subject_id AS "keySubjectId", k.wrapped, k.master_key_id AS "masterKeyId"
     ${FROM}
     LEFT JOIN data_keys k ON k.subject_id = cs.key_subject_id
    WHERE h.id = $1 AND h.status = 'waiting' AND u.disabled_at IS NULL`,
);

/** A waiting hand-off, with what its shopper is reached by. */
export interface HandoffToRemind extends HandoffRow {
  contact: SealedJson | null;
  keySubjectId: string;
  wrapped: Buffer | null;
  masterKeyId: string | null;
}

/** What following one of its links takes. */
export interface FollowedHandoff {
  id: string;
  sessionId: string;
  storeId: string;
  targets: HandoffTargets['targets'] | null;
  affiliateTargets: HandoffTargets['affiliateTargets'];
  linkSeal: Buffer | null;
  /** The first target with what the shopper agreed to tell the store, and the key that it lies under. */
  sealedUrl: SealedJson | null;
  keySubjectId: string;
  wrapped: Buffer | null;
  masterKeyId: string | null;
  /** Whether there is still a cart to go to, and somebody who may. */
  waits: boolean;
  affiliated: boolean;
}

/** Every statement on hand-offs. Their session's row is locked before theirs. */
@Injectable()
export class HandoffsRepository {
  constructor(
    private readonly database: Database,
    private readonly links: HandoffLinks,
  ) {}

  async ofShopper(
    handoffId: string,
    shopperId: string,
    reader: Pick<Database, 'maybeOne'> = this.database,
  ): Promise<HandoffRow | undefined> {
    return this.withLink(await reader.maybeOne<HandoffRow>(OF_SHOPPER, [handoffId, shopperId]));
  }

  async lock(tx: Tx, handoffId: string): Promise<HandoffRow | undefined> {
    return this.withLink(await tx.maybeOne<HandoffRow>(LOCK, [handoffId]));
  }

  ofClick(clickId: string): Promise<FollowedHandoff | undefined> {
    return this.database.maybeOne<FollowedHandoff>(OF_CLICK, [clickId]);
  }

  /** How often one that waits was opened, with this time; undefined where it waits no more. */
  async countOpen(tx: Tx, handoffId: string): Promise<number | undefined> {
    return (await tx.maybeOne<{ opens: number }>(COUNT_OPEN, [handoffId]))?.opens;
  }

  /** Whether its shopper wants affiliate links there, or straight ones. */
  async takeAffiliateLink(tx: Tx, handoffId: string, shopperId: string, takes: boolean): Promise<void> {
    await tx.run(DECLINE_AFFILIATE, [handoffId, shopperId, !takes]);
  }

  private withLink<R extends HandoffRow>(row: R | undefined): R | undefined {
    if (!row?.targets) return row && { ...row, continueUrl: row.storeUrl };
    const { clickId, productLinks } = row;
    return {
      ...row,
      continueUrl: this.links.urlOf(clickId),
      productLinks: this.links.productsOf(clickId, productLinks),
    };
  }

  async end(
    tx: Tx,
    handoffId: string,
    status: Exclude<HandoffStatus, 'waiting'>,
    orderId: string | null,
  ): Promise<void> {
    await tx.run(END, [handoffId, status, orderId]);
  }

  /** Those that have run out, the longest ago first. */
  async over(limit: number, but: string[]): Promise<string[]> {
    return (await this.database.rows<{ id: string }>(EXPIRED, [limit, but])).map((row) => row.id);
  }

  /** Marks those that run out within 24 hours, each once; gives them. */
  expiring(tx: Tx, limit: number): Promise<{ id: string; sessionId: string; storeId: string }[]> {
    return tx.rows(EXPIRING, [limit]);
  }

  /** One that still waits; undefined once it has ended, or its shopper's account is closed. */
  async toRemind(tx: Tx, handoffId: string): Promise<HandoffToRemind | undefined> {
    return this.withLink(await tx.maybeOne<HandoffToRemind>(TO_REMIND, [handoffId]));
  }

  /** Which session it is of. */
  async sessionOf(tx: Tx, handoffId: string): Promise<string | undefined> {
    return (await tx.maybeOne<{ sessionId: string }>(SESSION_OF, [handoffId]))?.sessionId;
  }
}
