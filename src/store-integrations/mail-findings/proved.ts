import type { MailFinding, ReadMail } from '../order-mails/finding';
import { isShared, ownedDomain, registrable } from './store-domains';

/**
 * Whether a mail may speak for the store or the carrier that it tells of: its authenticated sender is of the store's own
 * domain, or is known to write for it. What a mail says of itself (its structured data, its text) proves nothing, and
 * neither does a forwarded one: whoever forwards it can have written it.
 */
export function isProved(
  authenticated: 'pass' | 'fail' | 'unknown',
  { from, isForwarded }: Pick<ReadMail, 'from' | 'isForwarded'>,
  finding: Pick<MailFinding, 'store' | 'carrier' | 'evidence'>,
): boolean {
  if (authenticated !== 'pass' || isForwarded || from === null) return false;
  const sender = hostOf(from);
  if (storeDomainOf({ from }, finding) === registrable(sender)) return true;
  // Whoever reads the mail knows senders by registered domains; below a shared one anybody may be.
  if (isShared(sender)) return false;
  return finding.evidence.some(({ of, by }) => of === 'store' && (by === 'rule' || by === 'sender'));
}

/** The domain of who sold, as its owner has it; null where the mail names none. */
export function storeDomainOf(
  { from }: Pick<ReadMail, 'from'>,
  { store, carrier }: Pick<MailFinding, 'store' | 'carrier'>,
): string | null {
  if (store.domain === null) return null;
  const sender = from && registrable(hostOf(from));
  // Of a shop below a shared domain only its own name says who it is.
  if (sender !== null && carrier === null && sender.endsWith(`.${store.domain.toLowerCase()}`))
    return ownedDomain(sender);
  return ownedDomain(store.domain);
}

function hostOf({ address, domain }: NonNullable<ReadMail['from']>): string {
  return address.split('@').at(-1) || domain;
}
