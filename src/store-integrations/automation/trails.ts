import { Injectable } from '@nestjs/common';
import type { Page } from 'puppeteer-core';
import { Vault, openJson, sealJson, type SealedJson } from '../../platform/crypto';
import { Database, statement, sweeping, type Reader, type Tx } from '../../platform/database';
import { maskedMarkup, maskedPicture, type StepReport } from '../recipes';

/** How it went, and what the page looked like in the end; fields and secrets were masked in the page itself. */
export interface Trail {
  /** PNG, base64; null where none could be made in which everything is covered. */
  picture: string | null;
  markup: string;
  /** Without what stands behind it. */
  path: string | null;
  steps: StepReport[];
}

export interface TrailRow {
  runId: string;
  madeAt: Date;
}

const MOST_PICTURE_BYTES = 2_000_000;
const MOST_MARKUP = 500_000;
const MOST_STEPS = 500;
/** A store that is broken breaks every run: a few tell all there is to tell. */
const MOST_AN_HOUR = 20;
const DAYS = 14;

const KEEP = statement(
  'automation_trails.keep',
  `INSERT INTO automation_trails (run_id, key_subject_id, sealed) SELECT $1, $2, $3
    WHERE (SELECT count(*) FROM automation_runs r JOIN automation_trails t ON t.run_id = r.id
            WHERE r.store_id = $4 AND t.made_at > now() - interval '1 hour') < ${MOST_AN_HOUR}`,
);
const READ = statement(
  'automation_trails.read',
  `SELECT t.sealed, t.made_at AS "madeAt", t.key_subject_id AS "keySubjectId", k.wrapped, k.master_key_id AS "masterKeyId"
     FROM automation_trails t JOIN automation_runs r ON r.id = t.run_id LEFT JOIN data_keys k ON k.subject_id = t.key_subject_id
    WHERE t.run_id = $1 AND r.store_id = $2 AND t.made_at > now() - interval '${DAYS} days'`,
);
const FORGET = statement(
  'automation_trails.forget',
  `DELETE FROM automation_trails t USING automation_runs r WHERE r.id = t.run_id AND r.user_id = $1 AND ($2::uuid IS NULL OR r.store_id = $2)`,
);
const OLD = sweeping('automation_trails.sweep', 'automation_trails', `made_at < now() - interval '${DAYS} days'`);

/**
 * What a failed run leaves, so that somebody can mend its recipe. Guarantees: what was filled in is covered before a picture or
 * a copy of the page leaves the browser; it lies sealed, under the shopper's own key where it was a shopper's run; it is gone
 * after fourteen days, and with the link or the account.
 */
@Injectable()
export class Trails {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  /** While the page is still open; null where it is gone. `hidden`: what nobody may see. */
  async take(page: Page, hidden: readonly string[], steps: readonly StepReport[]): Promise<Trail | null> {
    try {
      if (page.isClosed()) return null;
      const markup = await maskedMarkup(page, hidden);
      const picture = await maskedPicture(page, hidden);
      return {
        picture: picture && picture.length <= MOST_PICTURE_BYTES ? picture.toString('base64') : null,
        markup: markup.slice(0, MOST_MARKUP),
        path: pathOf(page.url(), hidden),
        steps: steps.slice(-MOST_STEPS),
      };
    } catch {
      // A page that cannot be looked at leaves no trail; its run is recorded all the same.
      return null;
    }
  }

  async keep(tx: Tx, runId: string, { storeId, userId }: Whose, trail: Trail): Promise<void> {
    const subject = userId ?? storeId;
    const sealed = sealJson(await this.vault.keyFor(tx, subject), placeOf(runId, storeId), trail);
    tx.write(KEEP, [runId, subject, JSON.stringify(sealed), storeId]);
  }

  /** Undefined where there is none, or none any more. */
  async read(reader: Reader, storeId: string, runId: string): Promise<(Trail & TrailRow) | undefined> {
    type Row = { sealed: SealedJson; madeAt: Date; keySubjectId: string; wrapped: Buffer | null; masterKeyId: string };
    const row = await reader.maybeOne<Row>(READ, [runId, storeId]);
    if (!row?.wrapped) return undefined;
    const key = this.vault.unwrap(row.keySubjectId, row.wrapped, row.masterKeyId);
    return { runId, madeAt: row.madeAt, ...openJson<Trail>(key, placeOf(runId, storeId), row.sealed) };
  }

  /** Those of a user at one store, or at all. */
  forget(tx: Tx, userId: string, storeId: string | null): void {
    tx.write(FORGET, [userId, storeId]);
  }

  sweep(): Promise<void> {
    return this.database.sweep(OLD);
  }
}

interface Whose {
  storeId: string;
  userId: string | null;
}

function pathOf(url: string, hidden: readonly string[]): string | null {
  try {
    const path = decodeURIComponent(new URL(url).pathname).toLowerCase();
    return hidden.some((text) => path.includes(text.toLowerCase())) ? null : path;
  } catch {
    return null;
  }
}

function placeOf(runId: string, storeId: string): string {
  return JSON.stringify(['automation_trails', runId, storeId]);
}
