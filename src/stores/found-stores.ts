import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { statement, type Tx } from '../platform/database';

/** A partner store that an order found in mail is of. */
export interface FoundStore {
  id: string;
  name: string;
  currency: string;
}

// The host itself, or one below it. One that is open before one that is closed, the oldest first.
const BY_DOMAIN = statement(
  'stores.by_domain',
  `SELECT id, name, currency FROM stores
    WHERE kind = 'partner' AND EXISTS (SELECT FROM unnest(hosts) AS h (host), unnest($1::text[]) AS d (domain)
            WHERE split_part(host, ':', 1) = domain OR right(split_part(host, ':', 1), length(domain) + 1) = '.' || domain)
    ORDER BY status, id LIMIT 20`,
);
const ADD = statement(
  'stores.add_found',
  `INSERT INTO stores (id, name, slug, kind, tier, currency, country, url, hosts, status)
   VALUES ($1, $2, $2, 'partner', 'redirect', $3, $4, 'https://' || $2 || '/', ARRAY[$2], 'closed')
   ON CONFLICT ON CONSTRAINT stores_slug_is_unique DO UPDATE SET slug = excluded.slug RETURNING id, name, currency`,
);

/**
 * Stores that shoppers bought at without Muse. One that Muse does not sell for is noted as closed, under its domain alone:
 * what a mail calls itself is no name to show to others.
 */
@Injectable()
export class FoundStores {
  /** Those that have a host of one of these domains. */
  ofDomains(tx: Tx, domains: string[]): Promise<FoundStore[]> {
    return tx.rows(BY_DOMAIN, [domains]);
  }

  /** One of these domains, by its name where there are several; where there is none, it is noted by the first of them. */
  async at(tx: Tx, domains: [string, ...string[]], name: string | null, currency: string): Promise<FoundStore> {
    const [domain] = domains;
    const known = await this.ofDomains(tx, domains);
    const named = known.find((store) => store.name.toLowerCase() === name?.toLowerCase());
    const store = named ?? known[0];
    // A slug that is made of a name has no dot: this one is nobody else's.
    return store ?? (await tx.maybeOne<FoundStore>(ADD, [uuidv7(), domain, currency, countryOf(domain)]))!;
  }
}

/** By the domain's own country, as far as it has one; most shops of the rest are American. */
function countryOf(domain: string): string {
  const end = domain.split('.').at(-1)!.toUpperCase();
  if (end === 'UK') return 'GB';
  return /^[A-Z]{2}$/.test(end) && !USED_BY_ALL.has(end) ? end : 'US';
}

const USED_BY_ALL = new Set(['AI', 'CC', 'CO', 'FM', 'GG', 'IO', 'LY', 'ME', 'SH', 'TO', 'TV', 'EU']);
