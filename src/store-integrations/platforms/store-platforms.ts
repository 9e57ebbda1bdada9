import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { NotFound, InvalidField } from '../../platform/http';
import { JOB_OF, Jobs, reasonOf } from '../../platform/jobs';
import { traceparent } from '../../platform/tracing';
import { Stores, type CartLink } from '../../stores';
import { abilityOf } from '../strategies/redirect/platforms/build-cart';
import type { LookRequest } from './dto/platform.request';
import type { PlatformLookResponse, StorePlatformResponse } from './dto/platform.response';
import { isOfSite, isReservedName } from './page-signs';
import { PlatformDetection, type Look } from './platform-detection';

const TASK = 'look_at_store';
const CONSUMER = 'store-platforms';
const SWEEP_MS = 60_000;
/** Whoever looks has so long; then another does. */
const TAKEN_SECONDS = 120;
/** A permalink is asked for again each day, and stands until it was not found for two. */
const USABLE_HOURS = 48;

// Of stores that shoppers finish at themselves: of the others an admin may ask.
const OPENED = statement(
  'store_platforms.opened',
  `WITH w AS (
     INSERT INTO store_platforms (store_id) SELECT id FROM stores
      WHERE id = $1 AND kind = 'partner' AND tier = 'redirect' AND platform IS NULL AND status = 'active' ON CONFLICT DO NOTHING RETURNING store_id AS id
   )
   SELECT graphile_worker.add_job('${TASK}', ${JOB_OF('$2')}, job_key := id::text, max_attempts := 3) FROM w`,
);
const DUE = statement(
  'store_platforms.due',
  `SELECT w.store_id AS id FROM store_platforms w JOIN stores s ON s.id = w.store_id
    WHERE w.next_look_at <= now() AND s.status = 'active' ORDER BY w.next_look_at LIMIT 50`,
);
const PAGE = `s.id AS "storeId", coalesce(w.page_url, s.url) AS "pageUrl", s.hosts`;
const CLAIM = statement(
  'store_platforms.claim',
  `UPDATE store_platforms w SET next_look_at = clock_timestamp() + interval '${TAKEN_SECONDS} seconds' FROM stores s
    WHERE w.store_id = $1 AND w.next_look_at <= clock_timestamp() AND s.id = w.store_id RETURNING ${PAGE}`,
);
const ASK = statement(
  'store_platforms.ask',
  `WITH w AS (
     INSERT INTO store_platforms AS w (store_id, page_url, next_look_at)
     SELECT id, $2, clock_timestamp() + interval '${TAKEN_SECONDS} seconds' FROM stores WHERE id = $1 AND kind = 'partner'
     ON CONFLICT (store_id) DO UPDATE SET page_url = coalesce($2, w.page_url), next_look_at = excluded.next_look_at RETURNING store_id, page_url
   )
   SELECT ${PAGE} FROM w JOIN stores s ON s.id = w.store_id`,
);
// A page that did not answer says nothing of what was seen on it before.
const TELL = statement(
  'store_platforms.tell',
  `UPDATE store_platforms SET
      platform = CASE WHEN $2::text IS NOT NULL OR $5::text IS NULL THEN $2 ELSE platform END,
      evidence = CASE WHEN $2::text IS NOT NULL OR $5::text IS NULL THEN $3::text[] ELSE evidence END,
      permalink = CASE WHEN $4::text IS NOT NULL OR $5::text IS NULL OR looked_at IS NULL OR looked_at < now() - interval '${USABLE_HOURS} hours' THEN $4 ELSE permalink END,
      fault = $5, failures = CASE WHEN $5::text IS NULL THEN 0 ELSE failures + 1 END,
      looked_at = CASE WHEN $5::text IS NULL THEN now() ELSE looked_at END,
      next_look_at = now() + CASE WHEN $5::text IS NOT NULL THEN least(interval '1 hour' * power(2, least(failures, 8)), interval '7 days')
                                  WHEN $4::text IS NOT NULL THEN interval '1 day' ELSE interval '7 days' END
    WHERE store_id = $1`,
);
const READ = statement(
  'store_platforms.read',
  `SELECT s.id AS "storeId", s.platform, s.cart_link AS "cartLink", w.page_url AS "pageUrl", w.platform AS seen, coalesce(w.evidence, '{}') AS evidence,
          w.permalink, w.fault, w.looked_at AS "lookedAt", w.next_look_at AS "nextLookAt"
     FROM stores s LEFT JOIN store_platforms w ON w.store_id = s.id WHERE s.id = $1 AND s.kind = 'partner'`,
);

interface ToLookAt {
  storeId: string;
  pageUrl: string | null;
  hosts: string[];
}

interface StorePlatformRow {
  storeId: string;
  platform: string | null;
  cartLink: CartLink | null;
  pageUrl: string | null;
  seen: string | null;
  evidence: string[];
  permalink: string | null;
  fault: string | null;
  lookedAt: Date | null;
  nextLookAt: Date | null;
}

/**
 * What partner stores run, as it is seen on their sites. A store that is made without a platform is looked at, and given what
 * was seen; what an admin said is never changed but by an admin. Where a permalink was found it is asked for again each day.
 * Errors: NotFound for what is no partner store, InvalidField for a page at another's site.
 */
@Injectable()
export class StorePlatforms implements OnModuleInit {
  private readonly logger = new Logger('Stores');

  constructor(
    private readonly detection: PlatformDetection,
    private readonly stores: Stores,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    // Sites are slow: while one is looked at, the queue goes on.
    this.jobs.handle(TASK, ({ id }) => this.jobs.beside(() => this.runOnce(id)));
    this.jobs.every(SWEEP_MS, 'platforms of stores', () => this.sweep());
    this.events.subscribe('stores.store_opened', CONSUMER, async (tx, { payload }) => {
      const { storeId } = payload as { storeId: string };
      await tx.rows(OPENED, [storeId, traceparent()]);
    });
  }

  async sweep(): Promise<void> {
    const due = await this.database.rows<{ id: string }>(DUE);
    await this.jobs.addAgain(
      TASK,
      due.map(({ id }) => id),
    );
  }

  /** Looks at one that is due, if nobody else does. */
  async runOnce(storeId: string): Promise<void> {
    const claimed = await this.database.maybeOne<ToLookAt>(CLAIM, [storeId]);
    if (!claimed) return;
    try {
      await this.look(claimed, false);
    } catch (error) {
      this.logger.warn({ message: 'store not looked at', storeId, reason: reasonOf(error) });
    }
  }

  /** What somebody's page shows, of a store or not. */
  async lookAt(pageUrl: string): Promise<PlatformLookResponse> {
    const { platform, evidence, permalink, fault } = await this.detection.look(pageUrl);
    return { platform, evidence, permalink, fault, links: abilityOf({ platform, permalink, cartLink: null }) };
  }

  async read(storeId: string): Promise<StorePlatformResponse> {
    const row = await this.database.maybeOne<StorePlatformRow>(READ, [storeId]);
    if (!row) throw new NotFound('store');
    const { cartLink, lookedAt, nextLookAt, ...shown } = row;
    return {
      ...shown,
      lookedAt: lookedAt?.toISOString() ?? null,
      nextLookAt: nextLookAt?.toISOString() ?? null,
      links: abilityOf({ ...row, cartLink }),
    };
  }

  /** Looks at a store now, for an admin; `apply`: what is seen is its platform from now on, whatever stood there. */
  async lookNow(storeId: string, { pageUrl, apply }: LookRequest): Promise<StorePlatformResponse> {
    const store = await this.database.maybeOne<Pick<ToLookAt, 'hosts'>>(HOSTS, [storeId]);
    if (!store) throw new NotFound('store');
    if (pageUrl !== undefined && !isOfSite(pageUrl, store.hosts))
      throw new InvalidField('/pageUrl', "must be a page on one of the store's hosts");
    const asked = await this.database.maybeOne<ToLookAt>(ASK, [storeId, pageUrl ?? null]);
    if (!asked) throw new NotFound('store');
    await this.look(asked, apply === true);
    return this.read(storeId);
  }

  private async look({ storeId, pageUrl, hosts }: ToLookAt, instead: boolean): Promise<void> {
    const seen = await this.see(pageUrl, hosts);
    await this.database.transaction(async (tx) => this.tell(tx, storeId, seen, instead));
  }

  private see(pageUrl: string | null, hosts: string[]): Promise<Look> | Look {
    const isNowhere = pageUrl === null || isReservedName(new URL(pageUrl).hostname);
    if (isNowhere) return { platform: null, evidence: [], permalink: null, fault: 'no_answer' };
    return this.detection.look(pageUrl, hosts);
  }

  private async tell(tx: Tx, storeId: string, look: Look, instead: boolean): Promise<void> {
    const { platform, evidence, permalink, fault } = look;
    // In the order in which a change of the permalink takes them: the store's row is touched by it.
    if (platform) await this.stores.learnPlatform(tx, storeId, platform, instead);
    await tx.run(TELL, [storeId, platform, evidence, permalink, fault]);
  }
}

const HOSTS = statement('store_platforms.hosts', `SELECT hosts FROM stores WHERE id = $1 AND kind = 'partner'`);
