import { registrable } from '../mail-findings/store-domains';

/** What a mail provider found out about a sender. */
export type Authenticated = 'pass' | 'fail' | 'unknown';

/** One check of it (RFC 8601): `dkim`, `spf`, `dmarc`, with the domain that it is about. */
export interface CheckResult {
  method: string;
  result: string;
  domain: string | null;
}

const METHODS: Record<string, string[]> = {
  dmarc: ['header.from'],
  dkim: ['header.d', 'header.i'],
  spf: ['smtp.mailfrom', 'smtp.helo'],
};
const LONGEST = 8_000;

/**
 * What the topmost Authentication-Results of a mail says of its sender. Those below may have been written by anybody; and the
 * topmost counts only where it is by a server that is `isTrusted`: one of the provider whose mailbox it is. A provider takes
 * away what came in under its own name (RFC 8601, 5).
 */
export function authenticationOf(
  headers: string,
  fromDomain: string,
  isTrusted: (server: string) => boolean,
): Authenticated {
  const value = /^authentication-results:((?:.*)(?:\r?\n[ \t].*)*)/im.exec(headers)?.[1];
  if (value === undefined || value.length > LONGEST) return 'unknown';
  const [server, ...checks] = plain(value.replaceAll(/\r?\n/g, ' ')).split(';');
  const name = server!.trim().split(/\s+/)[0]!.toLowerCase();
  if (!isTrusted(name)) return 'unknown';
  return verdictOf(checks.flatMap(checkOf), fromDomain);
}

/** Whether the checks prove the domain of a mail's From: a pass counts for the domain that it is about, and for no other. */
export function verdictOf(checks: CheckResult[], fromDomain: string): Authenticated {
  // What is no host's name may hold another's: whoever owns attacker.com may sign for `shop.com/.attacker.com`.
  if (!isName(fromDomain)) return 'unknown';
  const isOwn = (domain: string | null) => domain !== null && isName(domain) && ownedBy(domain) === ownedBy(fromDomain);
  const known = checks.filter(({ method }) => method in METHODS);
  if (known.some(({ result, domain }) => result === 'pass' && isOwn(domain))) return 'pass';
  return known.some(({ method, result }) => method === 'dmarc' && result === 'fail') ? 'fail' : 'unknown';
}

/** Servers of a mailbox's provider, by their names: of the domain of its IMAP host, of the address, or known to be its own. */
export function isServerOf(host: string, address: string, known: readonly string[]): (server: string) => boolean {
  const own = new Set([host, address.slice(address.lastIndexOf('@') + 1), ...known].map(ownedBy));
  return (server) => own.has(ownedBy(server));
}

function isName(host: string): boolean {
  return /^[\p{L}\p{M}\p{N}._-]+$/u.test(host);
}

/** The domain that somebody owns; what is no host's name, as it is. */
export function ownedBy(host: string): string {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (!isName(name)) return name;
  return registrable(name);
}

function checkOf(text: string): CheckResult[] {
  const [first, ...properties] = text.trim().split(/\s+/);
  const [method, result] = (first ?? '').toLowerCase().split('=');
  if (!method || !result) return [];
  const name = method.split('/')[0]!;
  const values = new Map(
    properties.map((property): [string, string] => {
      const [key = '', ...value] = property.split('=');
      return [key.toLowerCase(), value.join('=').toLowerCase()];
    }),
  );
  const about = METHODS[name]?.map((key) => values.get(key)).find((value) => value !== undefined && value !== '');
  return [{ method: name, result, domain: about === undefined ? null : about.slice(about.lastIndexOf('@') + 1) }];
}

/**
 * Without comments, which may hold anything, semicolons and results too; and so may what is quoted, such as the local part of
 * a sender's address: of that only letters and signs of an address stay.
 */
function plain(text: string): string {
  let depth = 0;
  let isQuoted = false;
  let rest = '';
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === '\\') at++;
    else if (sign === '"' && depth === 0) isQuoted = !isQuoted;
    else if (isQuoted) rest += /[\w.@-]/.test(sign) ? sign : '_';
    else if (sign === '(') depth++;
    else if (sign === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0) rest += sign;
  }
  return rest;
}
