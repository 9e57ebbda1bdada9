import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import * as dns from 'node:dns';
import * as http from 'node:http';
import * as https from 'node:https';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { Config } from '../config';
import { inSpan } from '../tracing';
import { OutgoingRefused } from './outgoing-refused';
import { isPublicAddress } from './public-host';
import { isUrl } from './is-url';

const MAX_REDIRECTS = 3;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const FOR_ONE_ORIGIN = new Set(['authorization', 'cookie', 'proxy-authorization']);

export interface OutgoingRequest {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** For all of it: name look-up, connecting, redirects and the last byte. Default 10 s. */
  timeoutMs?: number;
  /** Of the body; a longer one is refused, not cut. Default 1 MiB. */
  maxBytes?: number;
  /** `refuse`: an answer that leads elsewhere is refused, whatever the method. Default: GET and HEAD follow up to three. */
  redirects?: 'follow' | 'refuse';
  /** Refuses http, except of the sandbox: for whatever carries a token or is believed. */
  onlyHttps?: boolean;
  /** Called when the connection stands and the request goes out: an error before is one of which nobody heard. */
  onSent?: () => void;
}

export interface IncomingAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
  /** Where it came from in the end, after redirects. */
  url: string;
}

/**
 * The only way out to an address that somebody else named.
 * Guarantees: no connection to a private, loopback, link-local or metadata address, whatever its spelling, checked on
 * the address that is connected to, so a name that changes its mind between look-up and connection gains nothing;
 * every redirect is checked like a first request, at most three, none from https down to http; time and size are
 * bounded. Origins of SANDBOX_ORIGINS pass outside production, exactly as written there.
 * Errors: OutgoingRefused where a rule forbids it, the network's own otherwise. A status of 400 and above is an answer.
 */
@Injectable()
export class SafeClient implements OnModuleDestroy {
  // Agents of its own: a keep-alive agent shared with others would hand over connections that were never checked.
  private readonly filtering = {
    'http:': new RequestFilteringHttpAgent({ keepAlive: false, maxSockets: 100 }),
    'https:': new RequestFilteringHttpsAgent({ keepAlive: false, maxSockets: 100 }),
  };
  private readonly sandbox = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 100 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 100 }),
  };
  private readonly sandboxOrigins: ReadonlySet<string>;

  constructor(config: Config) {
    this.sandboxOrigins = new Set(
      config.isProduction ? [] : config.SANDBOX_ORIGINS.map((origin) => new URL(origin).origin),
    );
  }

  onModuleDestroy(): void {
    for (const agents of [this.filtering, this.sandbox]) {
      agents['http:'].destroy();
      agents['https:'].destroy();
    }
  }

  async fetch(address: string | URL, request: OutgoingRequest = {}): Promise<IncomingAnswer> {
    const deadline = AbortSignal.timeout(request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const method = request.method ?? 'GET';
    let url = this.checked(address);
    if (request.onlyHttps && url.protocol !== 'https:' && !this.isSandbox(url)) {
      throw new OutgoingRefused('url', 'It is not https');
    }
    let headers = lowerCased(request.headers ?? {});
    for (let redirects = 0; ; redirects++) {
      // The host, and not the address: what stands in a path or query may be anybody's data.
      const about = { 'http.request.method': method, 'server.address': url.hostname };
      const [to, sent] = [url, { ...request, method, headers }];
      const answer = await inSpan(`${method} ${to.hostname}`, 'client', about, () => this.once(to, sent, deadline));
      const location = answer.headers.location;
      const isRedirect = REDIRECTS.has(answer.status) && location !== undefined;
      if (isRedirect && request.redirects === 'refuse') throw new OutgoingRefused('redirects', 'It redirects');
      // Sending a body on to another place is for the caller to decide.
      if (!isRedirect || (method !== 'GET' && method !== 'HEAD')) return answer;
      if (redirects >= MAX_REDIRECTS) throw new OutgoingRefused('redirects', 'It redirects too often');
      const next = this.checked(location, url);
      if (url.protocol === 'https:' && next.protocol === 'http:') {
        throw new OutgoingRefused('downgrade', 'It redirects from https to http');
      }
      if (next.origin !== url.origin) {
        headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !FOR_ONE_ORIGIN.has(name)));
      }
      url = next;
    }
  }

  /**
   * A connection to somebody's port, by the same rules, for whoever passes on what others say over it. The host is written
   * as `new URL()` writes it.
   */
  connect(host: string, port: number, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<Socket> {
    const isSandbox = ['http', 'https'].some((scheme) => this.isSandbox(`${scheme}://${host}:${port}`));
    const literal = host.replace(/^\[|\]$/g, '');
    if (!isSandbox && isIP(literal) !== 0 && !isPublicAddress(literal)) return Promise.reject(notPublic());
    return new Promise((resolve, reject) => {
      const socket = connect({ host: literal, port, noDelay: true, ...(!isSandbox && { lookup: this.lookup }) });
      const late = () => socket.destroy(new OutgoingRefused('timeout', 'It did not answer in time'));
      const timer = setTimeout(late, timeoutMs);
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.off('error', reject);
        resolve(socket);
      });
      socket.once('error', reject).once('close', () => clearTimeout(timer));
    });
  }

  /**
   * Where a name leads, for a client that connects by itself, to the very address that was checked: it cannot change its mind
   * in between. Throws OutgoingRefused where any of its addresses is not public.
   */
  addressOf(host: string): Promise<string> {
    const literal = host.replace(/^\[|\]$/g, '');
    if (isIP(literal) !== 0) return isPublicAddress(literal) ? Promise.resolve(literal) : Promise.reject(notPublic());
    return new Promise((resolve, reject) =>
      this.lookup(literal, { all: true }, (error, found) =>
        error ? reject(error) : resolve(typeof found === 'string' ? found : found[0]!.address),
      ),
    );
  }

  /** Whether an address is of the sandbox, and therefore may be http and private. */
  isSandbox(address: string | URL): boolean {
    return isUrl(String(address)) && this.sandboxOrigins.has(new URL(String(address)).origin);
  }

  /** How names are looked up; a test may answer itself. */
  protected readonly resolve: LookupFunction = dns.lookup;

  /** What the filter takes for public and is not: IPv6 outside 2000::/3. */
  private readonly lookup: LookupFunction = (hostname, options, done) =>
    this.resolve(hostname, options, (error, found, family) => {
      const addresses = typeof found === 'string' ? [found] : (found ?? []).map(({ address }) => address);
      if (!error && !addresses.every(isPublicAddress)) done(notPublic(), '');
      else done(error, found, family);
    });

  private checked(address: string | URL, base?: URL): URL {
    if (!isUrl(String(address), base?.href)) throw new OutgoingRefused('url', 'It is no URL');
    const url = new URL(String(address), base?.href);
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new OutgoingRefused('url', 'It is not http or https');
    if (url.username !== '' || url.password !== '') throw new OutgoingRefused('url', 'It holds credentials');
    return url;
  }

  private once(url: URL, request: OutgoingRequest, deadline: AbortSignal): Promise<IncomingAnswer> {
    const protocol = url.protocol as 'http:' | 'https:';
    const isSandbox = this.sandboxOrigins.has(url.origin);
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    if (!isSandbox && isIP(literal) !== 0 && !isPublicAddress(literal)) return Promise.reject(notPublic());
    const agent = (isSandbox ? this.sandbox : this.filtering)[protocol];
    const maxBytes = request.maxBytes ?? DEFAULT_MAX_BYTES;
    return new Promise<IncomingAnswer>((resolve, reject) => {
      const fail = (error: unknown): void => reject(explain(error, deadline));
      let outgoing: http.ClientRequest;
      try {
        outgoing = (protocol === 'https:' ? https : http).request(url, {
          method: request.method,
          // Compressed, a small body could grow without bound; what is sent compressed all the same is not unpacked.
          headers: { 'user-agent': 'Muse/1', ...request.headers, 'accept-encoding': 'identity' },
          agent,
          ...(!isSandbox && { lookup: this.lookup }),
          signal: deadline,
          maxHeaderSize: MAX_HEADER_BYTES,
        });
      } catch (error) {
        // The filter throws at once for an address that is written as a number.
        fail(error);
        return;
      }
      outgoing.on('error', fail);
      // An answer that changes the protocol is none; unheard, it would be waited for without end.
      outgoing.on('upgrade', (_, socket) => {
        socket.destroy();
        fail(new Error('It answers in another protocol'));
      });
      if (request.onSent) tellWhenSent(outgoing, protocol, request.onSent);
      outgoing.on('response', (incoming) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        incoming.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes <= maxBytes) parts.push(part);
          else incoming.destroy(new OutgoingRefused('size', `Its answer is longer than ${maxBytes} bytes`));
        });
        incoming.on('error', fail);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode!,
            headers: incoming.headers,
            body: Buffer.concat(parts),
            url: url.href,
          }),
        );
      });
      outgoing.end(request.body);
    });
  }
}

/** A connection that was kept from before is there already; of a new one https still shakes hands. */
function tellWhenSent(outgoing: http.ClientRequest, protocol: string, onSent: () => void): void {
  outgoing.on('socket', (socket) => {
    if (outgoing.reusedSocket) onSent();
    else socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', onSent);
  });
}

const notPublic = () => new OutgoingRefused('address', 'It leads to an address that is not public');

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The network's error in the words of this client, without addresses that a look-up found. */
function explain(error: unknown, deadline: AbortSignal): unknown {
  if (error instanceof OutgoingRefused) return error;
  if (deadline.aborted) return new OutgoingRefused('timeout', 'It did not answer in time');
  const message = error instanceof Error ? error.message : '';
  if (message.includes('is not allowed. Because')) return notPublic();
  return error;
}
