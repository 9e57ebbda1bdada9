import ipaddr from 'ipaddr.js';

/** Where a request comes from: what trusted proxies say, and who is connected. */
export interface From {
  readonly ip: string;
  readonly socket: { readonly remoteAddress?: string };
}

/**
 * What counts as one address: an IPv4 address, or the /64 of an IPv6 one, since whoever has one address of a /64 has all.
 * IPv4 written as IPv6 is IPv4. A proxy's word that is no address counts for nothing: then it is who is connected, so
 * that no header makes keys of its own.
 */
export function networkOf({ ip, socket }: From): string {
  const address = addressOf(ip) ?? addressOf(socket.remoteAddress ?? '');
  if (address === undefined) return 'unknown';
  if (address instanceof ipaddr.IPv4) return address.toString();
  const groups = address.parts.slice(0, 4).map((part) => part.toString(16));
  return `${groups.join(':')}::/64`;
}

/** An address in whatever spelling: with a port or brackets, as some proxies write it, or IPv4 as IPv6. */
function addressOf(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const written = text.trim();
  const [, bracketed, withPort] = /^\[([^\]]*)\](?::\d*)?$|^([^:]*):\d*$/.exec(written) ?? [];
  const bare = (bracketed ?? withPort ?? written).split('%')[0]!;
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return undefined;
  const parsed = ipaddr.IPv6.parse(bare);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed;
}
