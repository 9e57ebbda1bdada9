import { payableOf } from '../payments';
import { statement, type Reader } from '../platform/database';
import { contactOnly } from '../stores';
import { IN_USE } from './connections/connections';
import type { StoreFacts } from './store-facts';

const KEPT = 5_000;

/**
 * Fragment: which version of a row of stores this is. Every change of a row, whoever makes it, gives it another pair, and
 * a change of a store's delivery options, connection, serving recipe or permalink changes its row too (triggers
 * delivery_options_touch_their_store, store_connections_touch_their_store, store_recipes_touch_their_store and
 * store_platforms_touch_their_store).
 */
export const versionOfStore = (row: string): string => `${row}.xmin::text || ${row}.ctid::text`;
export const STORE_VERSION = versionOfStore('s');

const FACTS = statement(
  'market.store_facts',
  `SELECT ${STORE_VERSION} AS version, json_build_object('id', s.id, 'name', s.name, 'kind', s.kind, 'tier', s.tier, 'currency', s.currency,
            'country', s.country, 'open', s.status = 'active', 'contactOnly', ${contactOnly('s')}, 'linkRequired', s.link_required, 'connected', EXISTS (SELECT FROM store_connections c WHERE c.store_id = s.id AND ${IN_USE('c')}), 'automated', EXISTS (SELECT FROM store_recipes r WHERE r.store_id = s.id AND r.status = 'active'), 'affiliated', s.affiliated, 'hosts', s.hosts, 'url', s.url, 'platform', s.platform, 'cartLink', s.cart_link,
            'permalink', (SELECT w.permalink FROM store_platforms w WHERE w.store_id = s.id), 'payNow', ${payableOf('s')},
            'delivery', coalesce((
              SELECT json_agg(json_build_object('id', d.id, 'name', d.name, 'priceCents', d.price_cents, 'freeOverCents', d.free_over_cents,
                       'minDays', d.min_days, 'maxDays', d.max_days, 'countries', d.countries) ORDER BY d.price_cents, d.max_days, d.id)
                FROM delivery_options d WHERE d.store_id = s.id AND d.status = 'active'), '[]'::json)) AS facts
     FROM stores s WHERE s.id = ANY ($1::uuid[])`,
);

/** Store ids, each with STORE_VERSION of the row that a statement saw. */
export type StoreVersions = Record<string, string>;

interface Known {
  version: string;
  facts: StoreFacts;
}

/**
 * What our tables say of stores, kept in the process: stores change seldom and every cart shows some.
 * Guarantee: never older than the versions it is asked for, so nothing has to be forgotten; one statement for all that are
 * not known, none where all are. The facts are shared: nobody may change them.
 */
class KnownStores {
  private readonly known = new Map<string, Known>();

  async of(reader: Reader, versions: StoreVersions): Promise<StoreFacts[]> {
    const ids = Object.keys(versions);
    const missing = ids.filter((id) => this.known.get(id)?.version !== versions[id]);
    if (missing.length === 0) return ids.map((id) => this.known.get(id)!.facts);
    const read = new Map((await reader.rows<Known>(FACTS, [missing])).map((row) => [row.facts.id, row]));
    const facts = ids.flatMap((id) => (read.get(id) ?? this.known.get(id))?.facts ?? []);
    for (const [id, row] of read) this.keep(id, row);
    return facts;
  }

  private keep(id: string, row: Known): void {
    this.known.delete(id);
    this.known.set(id, row);
    // The one that was read longest ago: reading it again costs one statement.
    if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value!);
  }
}

/** One for the process: a version is of one row of one database, whoever asks. */
export const knownStores = new KnownStores();
