import { getDomain, getPublicSuffix } from 'tldts';
import { SENDERS } from '../order-mails/rules/known-senders';

const BY_OWNER = { allowPrivateDomains: true } as const;
/** Of software that stores run on: each has a name below, and the list of public suffixes does not know it. */
const SHARED = new Set([
  ...[
    'mybigcommerce.com',
    'bigcartel.com',
    'company.site',
    'myvtex.com',
    'vtexcommercestable.com.br',
    'squarespace.com',
  ],
  ...['mitiendanube.com', 'shoplightspeed.com', 'jumpseller.com', 'storenvy.com', 'odoo.com', '3dcartstores.com'],
]);

/**
 * The domain that somebody owns: shops below one that is shared (luna.myshopify.com) each have their own. Of a host that
 * belongs to nobody's zone (a name of a test, an address) the host itself.
 */
export function registrable(host: string): string {
  const name = nameOf(host);
  const domain = getDomain(name, BY_OWNER) ?? name;
  if (!SHARED.has(domain) || name === domain) return domain;
  const below = name.slice(0, -domain.length - 1).split('.');
  return `${below.at(-1)!}.${domain}`;
}

/** The same of what a mail says; null where that is no domain, or one that everybody may have a name below. */
export function ownedDomain(host: string): string | null {
  const domain = registrable(host);
  const isDomain = domain.length <= 253 && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain);
  return isDomain && getPublicSuffix(domain, BY_OWNER) !== domain && !SHARED.has(domain) ? domain : null;
}

/** Whether the host is one of several owners' below one registered domain. */
export function isShared(host: string): boolean {
  const name = nameOf(host);
  const domain = getDomain(name);
  return getDomain(name, BY_OWNER) !== domain || (domain !== null && SHARED.has(domain));
}

/**
 * All domains of whoever owns this one, as far as is known: a house has several, and writes by any of them. By name alone: that
 * a store has its name in many countries does not make it the owner of that name in every one.
 */
export function domainsOfOwner(domain: string): string[] {
  const owners = SENDERS.stores.filter(({ domains }) => domains.includes(domain));
  return [...new Set([domain, ...owners.flatMap(({ domains }) => domains)])];
}

function nameOf(host: string): string {
  return host.toLowerCase().split(':')[0]!.replace(/\.$/, '');
}
