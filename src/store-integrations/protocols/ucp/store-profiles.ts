import { Injectable } from '@nestjs/common';
import type { IncomingAnswer } from '../../../platform/http-client';
import { Database, statement } from '../../../platform/database';
import { IN_USE } from '../../connections/connections';
import { AnswerReader } from '../answer-reader';
import type { ConnectedStore, RemoteOrder } from '../store-api';
import { StoreFault } from '../store-fault';
import { StoreHttp, readAnswer } from '../store-http';
import { chooseVersion, readProfile, type BusinessProfile } from './business-profile';
import { lifeOf } from './profile-life';
import { PROFILE_PATH } from './platform-profile';

/** Of both fetches, where the version that both speak has a profile of its own; less where the call has less. */
const TIMEOUT_MS = 5_000;
/** A store whose profile cannot be fetched is believed what it said, until it is so old; a day longer than it may be kept. */
const USABLE_HOURS = 48;

const OF_STORE = statement(
  'ucp.profile_of_store',
  `SELECT profile, etag, fresh_until > now() AS "isFresh", fetched_at > now() - interval '${USABLE_HOURS} hours' AS "isUsable"
     FROM store_profiles WHERE store_id = $1 AND url = $2`,
);
const KEEP = statement(
  'ucp.keep_profile',
  `INSERT INTO store_profiles AS p (store_id, url, profile, etag, fresh_until)
   SELECT id, $2, $3, $4, now() + make_interval(secs => $5) FROM stores WHERE id = $1
   ON CONFLICT (store_id) DO UPDATE SET url = excluded.url, profile = excluded.profile, etag = excluded.etag,
     fetched_at = now(), fresh_until = excluded.fresh_until`,
);
const STILL_GOOD = statement(
  'ucp.profile_is_still_good',
  `UPDATE store_profiles SET fetched_at = now(), fresh_until = now() + make_interval(secs => $3) WHERE store_id = $1 AND url = $2`,
);
// Meanwhile nobody waits for it.
const PUT_OFF = statement(
  'ucp.put_profile_off',
  `UPDATE store_profiles SET fresh_until = now() + interval '1 minute' WHERE store_id = $1 AND url = $2`,
);
// Whoever changes the row is the one who asks.
const ASK_AGAIN = statement(
  'ucp.ask_for_profile_again',
  `UPDATE store_profiles SET asked_again_at = now()
    WHERE store_id = $1 AND coalesce(asked_again_at, '-infinity') < now() - interval '1 minute' RETURNING store_id`,
);
const BY_ORIGIN = statement(
  'ucp.stores_of_origin',
  `SELECT c.store_id AS id, c.base_url AS "baseUrl", ${IN_USE('c')} AS "isInUse" FROM store_connections c
    WHERE c.protocol = 'ucp' AND (c.base_url = $1 OR starts_with(c.base_url, $1 || '/')) ORDER BY "isInUse" DESC, c.store_id`,
);
// An order of Muse, then what may become one: its checkout was made there. What a store told before may have been kept anywhere.
const OF_ORDER = statement(
  'ucp.store_of_order',
  `SELECT s.id FROM unnest($1::uuid[]) WITH ORDINALITY AS s (id, place)
    ORDER BY EXISTS (SELECT FROM store_orders o WHERE o.store_id = s.id AND o.remote_id = $2 AND o.followed_at IS NOT NULL) DESC,
             EXISTS (SELECT FROM store_api_checkouts k WHERE k.store_id = s.id AND k.remote_id = $3) DESC, s.place
    LIMIT 1`,
);

interface Kept {
  profile: BusinessProfile;
  etag: string | null;
  isFresh: boolean;
  isUsable: boolean;
}

export type Place = Pick<ConnectedStore, 'id' | 'baseUrl'>;

/** A place at which an admin has connected a store, whether it is used at present or not. */
export type ConnectedPlace = Place & { isInUse: boolean };

type Running = Map<string, Promise<BusinessProfile>>;

/** What is under way already for this store, or this. */
function sharing(running: Running, { id, baseUrl }: Place, begin: () => Promise<BusinessProfile>) {
  const key = `${id} ${baseUrl}`;
  const begun = running.get(key) ?? begin().finally(() => running.delete(key));
  running.set(key, begun);
  return begun;
}

/**
 * Profiles of stores, fetched from where the admin said and kept for as long as the store allows, a minute at least and a
 * day at most. Guarantees: only https and public addresses, no redirect, no more than 1 MiB; one fetch at a time per store
 * and process; a profile that cannot be fetched anew is used until it is two days old, and asked for once a minute.
 */
@Injectable()
export class StoreProfiles {
  private readonly looking: Running = new Map();
  private readonly fetching: Running = new Map();

  constructor(
    private readonly http: StoreHttp,
    private readonly database: Database,
  ) {}

  /** Throws StoreFault `unavailable`: no answer, one that cannot be read, or no version that both speak. */
  of(store: Place, timeoutMs = TIMEOUT_MS): Promise<BusinessProfile> {
    // The look at what is kept is shared as well: what it saw may be old when the fetch of somebody else is over.
    return sharing(this.looking, store, () => this.look(store, timeoutMs));
  }

  private async look(store: Place, timeoutMs: number): Promise<BusinessProfile> {
    const url = urlOf(store);
    const kept = await this.database.maybeOne<Kept>(OF_STORE, [store.id, url]);
    if (kept?.isFresh) return kept.profile;
    try {
      return await this.fetchOnce(store, kept, Math.min(timeoutMs, TIMEOUT_MS));
    } catch (error) {
      if (!kept?.isUsable || !(error instanceof StoreFault)) throw error;
      await this.database.rows(PUT_OFF, [store.id, url]);
      return kept.profile;
    }
  }

  /** What a store says now, for a key that it did not name before: once a minute; null where it was just asked. */
  async again(store: Place): Promise<BusinessProfile | null> {
    const mayAsk = await this.database.maybeOne(ASK_AGAIN, [store.id]);
    return mayAsk ? this.fetchOnce(store, undefined, TIMEOUT_MS) : null;
  }

  /** The stores that an admin connected at this origin, those in use first: whose profile stands there is for no webhook to say. */
  storesAt(origin: string): Promise<ConnectedPlace[]> {
    return this.database.rows(BY_ORIGIN, [origin]);
  }

  /** Of several stores of one business: the one that the order was placed with. The first, where Muse knows nothing of it. */
  async storeOf(stores: ConnectedPlace[], order: Pick<RemoteOrder, 'id' | 'checkoutId'>): Promise<ConnectedPlace> {
    if (stores.length === 1) return stores[0]!;
    const values = [stores.map(({ id }) => id), order.id, order.checkoutId];
    const { id } = (await this.database.maybeOne<{ id: string }>(OF_ORDER, values))!;
    return stores.find((store) => store.id === id)!;
  }

  private fetchOnce(store: Place, kept: Kept | undefined, timeoutMs: number): Promise<BusinessProfile> {
    return sharing(this.fetching, store, () => this.fetch(store, kept, timeoutMs));
  }

  private async fetch(store: Place, kept: Kept | undefined, timeoutMs: number): Promise<BusinessProfile> {
    const url = urlOf(store);
    const until = Date.now() + timeoutMs;
    const answer = await this.get(url, timeoutMs, kept?.etag ?? null);
    const life = lifeOf(answer.headers['cache-control'], answer.headers.age);
    if (answer.status === 304 && kept) {
      await this.database.rows(STILL_GOOD, [store.id, url, life]);
      return kept.profile;
    }
    const profile = await this.chosen(store, answer, until);
    const etag = answer.headers.etag;
    await this.database.rows(KEEP, [store.id, url, profile, etag && etag.length <= 200 ? etag : null, life]);
    return profile;
  }

  /** Of the newest version that both speak: this document, or one that it names. */
  private async chosen(store: Place, answer: IncomingAnswer, until: number): Promise<BusinessProfile> {
    const mayBeHttp = this.http.mayLeadToHttp(store.baseUrl);
    const choice = read(answer, (document) => chooseVersion(document, mayBeHttp));
    if (!choice) throw noVersion();
    if ('profile' in choice) return choice.profile;
    const leaf = await this.get(choice.at, Math.max(1, until - Date.now()), null);
    const profile = read(leaf, (document) => readProfile(document, choice.version, mayBeHttp));
    if (!profile) throw noVersion();
    // Webhooks are signed by whoever the well-known place speaks for.
    const named = new Set(profile.keys.map(({ kid }) => kid));
    return { ...profile, keys: [...profile.keys, ...choice.keys.filter(({ kid }) => !named.has(kid))] };
  }

  private get(url: string, timeoutMs: number, etag: string | null): Promise<IncomingAnswer> {
    const headers = { accept: 'application/json', ...(etag !== null && { 'if-none-match': etag }) };
    return this.http.send(url, { headers, timeoutMs, hasEffect: false });
  }
}

function read<T>(answer: IncomingAnswer, reader: (document: AnswerReader) => T): T {
  if (answer.status !== 200) {
    throw new StoreFault('unavailable', 'no_profile', 'The store does not say how it sells.');
  }
  return readAnswer(answer.body, false, reader);
}

const noVersion = () =>
  new StoreFault('unavailable', 'version_unsupported', 'The store speaks no version of UCP that Muse does.');

/** The well-known place is of an origin, whatever stands behind it. */
const urlOf = ({ baseUrl }: Place): string => `${new URL(baseUrl).origin}${PROFILE_PATH}`;
