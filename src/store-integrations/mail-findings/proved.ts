import { getDomain } from 'tldts';
import type { MailFinding, ReadMail } from '../order-mails/finding';

/**
 * Whether a mail may speak for the store or the carrier that it tells of: its authenticated sender is of the store's own
 * domain, or is known, by a rule, to write for it. What a mail says of itself (its structured data, its text) proves
 * nothing, and neither does a forwarded one: whoever forwards it can have written it.
 */
export function isProved(
  authenticated: 'pass' | 'fail' | 'unknown',
  { from, isForwarded }: Pick<ReadMail, 'from' | 'isForwarded'>,
  { store, carrier, evidence }: Pick<MailFinding, 'store' | 'carrier' | 'evidence'>,
): boolean {
  if (authenticated !== 'pass' || isForwarded || from === null) return false;
  const sender = registrable(from.domain);
  if (store.domain !== null && registrable(store.domain) === sender) return true;
  const bySender = (of: string) =>
    evidence.some((entry) => entry.of === of && (entry.by === 'rule' || entry.by === 'sender'));
  return bySender('store') || (carrier !== null && bySender('carrier'));
}

/** The domain that somebody owns; of a host that belongs to nobody's zone (a name of a test, an address) the host itself. */
export function registrable(host: string): string {
  const name = host.toLowerCase().split(':')[0]!;
  return getDomain(name, { allowPrivateDomains: true }) ?? name;
}

/** The same of what a mail says; null where that is no domain at all. */
export function ownedDomain(host: string): string | null {
  const domain = registrable(host);
  return domain.length <= 253 && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain) ? domain : null;
}
