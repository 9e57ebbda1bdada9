import { ownedBy } from './authentication-results';

/** What is known of a mail before anything of it is read. */
export interface MailHead {
  /** All that stand in From; a mail of several, or of none, is nobody's. */
  from: string[];
  subject: string;
  /** A few fields, as they stand. */
  headers: string;
}

/** Whose mails are people's. */
const PEOPLE = new Set([
  ...['gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'yahoo.com', 'ymail.com'],
  ...['aol.com', 'icloud.com', 'me.com', 'mac.com', 'gmx.com', 'gmx.de', 'gmx.net', 'web.de', 'proton.me'],
  ...['protonmail.com', 'fastmail.com', 'mail.ru', 'yandex.ru', 'qq.com', '163.com', 'zoho.com', 'mail.com'],
  ...['yahoo.es', 'hotmail.es', 'outlook.es', 'yahoo.fr', 'orange.fr', 'free.fr', 't-online.de'],
]);
/** What a person writes about an order, or forwards of one. */
const OF_ORDERS =
  /\b(order|orders|ordered|shipp(ed|ing|ment)|deliver(y|ed|ing)|dispatch(ed)?|refund(ed)?|parcel|package|tracking|receipt|purchase[ds]?|pedidos?|env[ií]os?|enviad[oa]s?|entregas?|entregad[oa]s?|compras?|paquetes?|reembolsos?|commande|livraison|colis|bestellung|versand|lieferung|paket)\b/i;

/**
 * Whether a mail may be opened: of a sender whom the shopper has chosen, or, where they have chosen none, one that may be about
 * an order by its head alone. Letters of people, of lists on which people talk, and what answers by itself are left shut.
 */
export function isWorthReading({ from, subject, headers }: MailHead, senders: readonly string[], own: string): boolean {
  const [address] = from;
  if (address === undefined || from.length > 1 || !/^[^@\s]+@[^@\s]+$/.test(address)) return false;
  if (senders.length > 0) return senders.some((sender) => isOf(address, sender));
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  if (/^auto-submitted:\s*auto-replied/im.test(headers)) return false;
  if (/^list-post:\s*<mailto:/im.test(headers) && !/^list-post:\s*no/im.test(headers)) return false;
  const isOfPeople = PEOPLE.has(domain) || address.toLowerCase() === own.toLowerCase();
  return !isOfPeople || OF_ORDERS.test(subject);
}

/** An address by itself, or whatever is below a domain. */
function isOf(address: string, sender: string): boolean {
  const [given, wanted] = [address.toLowerCase(), sender.toLowerCase()];
  if (wanted.includes('@')) return given === wanted;
  const domain = given.slice(given.lastIndexOf('@') + 1);
  return domain === wanted || domain.endsWith(`.${wanted}`);
}

/** The domain of a mail's only sender; null where there is none. */
export function domainOfSender({ from }: Pick<MailHead, 'from'>): string | null {
  const [address] = from;
  return address === undefined ? null : ownedBy(address.slice(address.lastIndexOf('@') + 1));
}
