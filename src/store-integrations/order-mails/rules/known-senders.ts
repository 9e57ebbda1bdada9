import { parse } from 'tldts';
import sendersJson from './senders.json';

/** A store or carrier that mails speak of; `aliases` are names that nobody else may write under. */
export interface KnownSender {
  id: string;
  name: string;
  domains: string[];
  /** The same name under the domain of any country is theirs too. */
  anyCountry?: boolean;
  aliases: string[];
}

export const SENDERS = sendersJson as {
  stores: KnownSender[];
  carriers: KnownSender[];
} & Record<'relays' | 'trackers' | 'neutral' | 'freemail' | 'notStores', string[]>;

/** The domain that somebody registered: mail.shop.co.uk → shop.co.uk. Null for an address or a name without one. */
export function registrable(host: string): string | null {
  return parse(host, { allowPrivateDomains: false }).domain;
}

export function isAmong(
  domain: string | null,
  list: 'relays' | 'trackers' | 'neutral' | 'freemail' | 'notStores',
): boolean {
  return domain !== null && SENDERS[list].includes(domain);
}

/** Whether a registrable domain belongs to a known sender. */
export function owns(sender: KnownSender, domain: string): boolean {
  if (sender.domains.includes(domain)) return true;
  if (!sender.anyCountry) return false;
  const suffix = domain.slice(domain.indexOf('.') + 1);
  const name = sender.domains[0]!.split('.')[0]!;
  // Of a country, or one below a country's: amazon.de, amazon.co.uk.
  return domain.startsWith(`${name}.`) && /^(?:(?:com?|org)\.)?[a-z]{2}$/.test(suffix);
}
