import ipaddr from 'ipaddr.js';
import { isUrl } from './is-url';

/** Names that lead nowhere else than into some network: RFC 6761, RFC 6762, RFC 8375, and what clouds call their own. */
const LOCAL_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa|localdomain)$/;

/** All that is routed of IPv6; outside lie ranges that carry an IPv4 address, such as `::127.0.0.1`. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** Whether an IP address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_IPV6);
}

/**
 * Whether a host, as `new URL()` writes it, may be somebody's on the public internet: a name that is not of a private
 * network, or an address that is routed. What a name resolves to is for SafeClient to see, each time anew.
 */
export function isPublicHost(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  if (ipaddr.isValid(name)) return isPublicAddress(name);
  return name.includes('.') && !LOCAL_NAME.test(name);
}

/**
 * Whether an address that somebody gave may be kept and shown: http or https, no credentials in it, a public host.
 * `new URL()` first puts every spelling right (decimal, octal, hex, full-width digits, trailing dots).
 */
export function isPublicUrl(address: unknown): boolean {
  if (typeof address !== 'string' || !isUrl(address)) return false;
  const { protocol, username, password, hostname } = new URL(address);
  if (protocol !== 'https:' && protocol !== 'http:') return false;
  return username === '' && password === '' && isPublicHost(hostname);
}
