import { CARRIERS, carrierOfHost, type CarrierCode } from '../../carriers';
import type { MailContext } from '../finding';
import type { Person } from '../mime/letter';
import type { Link } from '../mime/page';
import { SENDERS, isAmong, owns, registrable, type KnownSender } from '../rules/known-senders';

export interface Sender {
  address: string;
  /** Registrable. */
  domain: string;
  name: string;
  /** A store that the rules or the context know by this domain. */
  store: { name: string; domain: string } | null;
  carrier: string | null;
  known: KnownSender | null;
  /** A service that writes for many stores. */
  isRelay: boolean;
  isFreemail: boolean;
}

/** Everyone under whose name only their own domains may write. */
const CARRIERS_AS_SENDERS: KnownSender[] = (Object.keys(CARRIERS) as CarrierCode[])
  .filter((code) => CARRIERS[code].domains.length > 0)
  .map((code) => ({
    ...{ id: code, name: CARRIERS[code].name, domains: [...CARRIERS[code].domains], anyCountry: code === 'dhl' },
    aliases: [CARRIERS[code].name.toLowerCase(), ...CARRIERS[code].aliases],
  }));
export const KNOWN: KnownSender[] = [...SENDERS.stores, ...SENDERS.carriers, ...CARRIERS_AS_SENDERS];
const CARRIER_IDS = new Set([...SENDERS.carriers, ...CARRIERS_AS_SENDERS].map(({ id }) => id));

export function senderOf(from: Person | null, context: MailContext): Sender | null {
  const host = from?.address.split('@').at(-1) ?? '';
  const domain = registrable(host);
  if (!from || !domain) return null;
  const own = context.stores.find(({ domains }) =>
    domains.some((one) => isUnder(host, one) || (isUnder(one, domain) && !isAmong(domain, 'relays'))),
  );
  const known = KNOWN.find((one) => owns(one, domain)) ?? null;
  const carrier = carrierOfHost(host) ?? (known && CARRIER_IDS.has(known.id) ? known.id : null);
  const store = own ?? (known && !carrier ? known : null);
  return {
    ...{ address: from.address, domain, name: from.name, known, carrier },
    store: store ? { name: store.name, domain } : null,
    isRelay: isAmong(domain, 'relays'),
    isFreemail: isAmong(domain, 'freemail'),
  };
}

/** Who sold, where a store or a service for it wrote. */
export function storeOf(sender: Sender, links: Link[], text: string): { name: string | null; domain: string | null } {
  if (sender.store) return sender.store;
  const written = nameFrom(sender.name);
  const site = siteOf(links, text);
  const isElsewhere =
    sender.isRelay ||
    sender.isFreemail ||
    (site !== null && isNamedAfter(site, written) && !isNamedAfter(sender.domain, written));
  const domain = isElsewhere ? site : sender.domain;
  const label = domain?.split('.')[0]?.replace(/-/g, ' ');
  const name = written ?? (label ? label.charAt(0).toUpperCase() + label.slice(1) : null);
  return { name, domain };
}

/** "Loom & Fern" writes from a mail service's domain, and its links lead to loomandfern.com. */
function isNamedAfter(domain: string, name: string | null): boolean {
  const letters = (text: string) =>
    text
      .toLowerCase()
      .replace(/&|\+/g, 'and')
      .replace(/[^\p{L}\p{N}]/gu, '');
  const [own, shown] = [letters(domain.split('.')[0]!), letters(name ?? '')];
  return own.length > 2 && shown.length > 2 && (own.includes(shown) || shown.includes(own));
}

/** The site that most of a mail's links and addresses belong to, services of the trade left out. */
function siteOf(links: Link[], text: string): string | null {
  const counts = new Map<string, number>();
  const hosts = links.flatMap(({ url }) => hostOf(url) ?? []);
  const addresses = [...text.matchAll(/[\w.+-]{1,64}@([\w.-]{4,255})/g)].map((match) => match[1]!);
  for (const host of [...hosts, ...addresses]) {
    const domain = registrable(host.replace(/\.$/, ''));
    if (
      !domain ||
      carrierOfHost(domain) ||
      (['relays', 'trackers', 'neutral', 'freemail'] as const).some((list) => isAmong(domain, list))
    )
      continue;
    counts.set(domain, (counts.get(domain) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

const NOISE =
  /(?<![\p{L}])(?:the )?(?:orders?|order (?:confirmations?|updates?|status|notifications?)|customer (?:service|care|support|experience)|confirmations?|notifications?|transactions?|no[- ]?reply|do[- ]?not[- ]?reply|shipping|shipments?|support|service|updates?|deliver(?:y|ies)|info|e-?mail|team|online store|online|receipts?|alerts?|returns?|refunds?|sales|help|hello|pedidos?|env[ií]os?|atenci[oó]n al cliente|tienda online|compras|servicio al cliente|bestellung(?:en)?|kundenservice|commandes?|service client)(?![\p{L}])/giu;

function nameFrom(display: string): string | null {
  if (!display || display.includes('@')) return null;
  const plain = display
    .replace(/\s+(?:via|por|from the team at)\s+.*$/iu, '')
    .replace(/^.*?\b(?:team|orders|support) (?:at|@) /iu, '');
  const cut = plain
    .replace(NOISE, ' ')
    .replace(/[|:•·–—-]+\s*$|^\s*[|:•·–—-]+|\s[|:•·–—-]\s*(?=$)/gu, ' ')
    .replace(/\s{2,}/g, ' ')
    .trim();
  const name = (/\p{L}[^\s]*\p{L}/u.test(cut) ? cut : plain).replace(/^["'(]+|["')]+$/g, '').trim();
  return /\p{L}[^\s]*\p{L}/u.test(name) ? name.slice(0, 100) : null;
}

export function hostOf(url: string): string | null {
  try {
    return new URL(url).hostname.toLowerCase();
  } catch {
    return null;
  }
}

function isUnder(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
