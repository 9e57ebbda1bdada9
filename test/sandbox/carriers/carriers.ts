import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { APIS, type Api } from './apis';

/** What happens to a parcel, as a carrier's people scan it. */
export type Scan = 'label' | 'picked_up' | 'departed' | 'out_for_delivery' | 'delivered' | 'attempted' | 'going_back';

export interface Parcel {
  number: string;
  scans: { scan: Scan; at: string; city: string; state: string }[];
  /** YYYY-MM-DD */
  due: string | null;
}

export type Name = 'ups' | 'fedex' | 'usps' | 'dhl';
/** What goes wrong with the next calls of a carrier. */
export type CarrierFault = '429' | '500' | '503' | '401' | 'malformed' | 'hang' | 'reset';

/** What is told by POST /__control, one of these. */
export type Control =
  | { scan: Name; number: string; what: Scan; at?: string; city?: string; state?: string }
  | { due: Name; number: string; day: string | null }
  | { fault: Name; kind: CarrierFault; times?: number }
  | { heal: Name }
  | { calls: true }
  | { reset: true };

export interface Call {
  carrier: Name;
  what: 'token' | 'track';
  number: string | null;
  status: number;
}

/** A request with its body, and what a carrier knows. */
export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface Answer {
  status: number;
  body: unknown;
  /** The number that was asked for. */
  number?: string;
  headers?: Record<string, string>;
}

/** Keys that they take, all the same in development. */
const KEYS = { id: 'sandbox-carrier-id', secret: 'sandbox-carrier-secret', key: 'sandbox-carrier-key' };

/** The four carriers: their parcels, tokens, faults and the calls that they met. */
export class Carriers {
  private readonly parcels = new Map<string, Parcel>();
  private readonly tokens = new Map<string, number>();
  private faults: { carrier: Name; kind: CarrierFault; times: number }[] = [];
  private calls: Call[] = [];
  private readonly tokenSeconds: number;

  constructor(env: NodeJS.ProcessEnv) {
    this.tokenSeconds = Number(env['TOKEN_SECONDS'] ?? 3_600);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://carriers');
    const body = await bodyOf(request);
    if (url.pathname === '/__control')
      return send(response, { status: 200, body: this.control(JSON.parse(body) as Control) });
    const [, name = '', ...rest] = url.pathname.split('/');
    const api = Object.hasOwn(APIS, name) ? APIS[name as Name] : undefined;
    if (!api) return send(response, { status: 404, body: { error: 'no such carrier' } });
    const asked: Asked = {
      ...{ method: request.method ?? 'GET', path: `/${rest.join('/')}`, query: url.searchParams },
      ...{ headers: request.headers, body },
    };
    return this.answer(name as Name, api, asked, response);
  }

  private answer(carrier: Name, api: Api, asked: Asked, response: ServerResponse): void {
    const token = api.token?.(asked, KEYS);
    if (token !== undefined) {
      const found = token ? this.newToken(carrier) : { status: 401, body: api.refused };
      this.calls.push({ carrier, what: 'token', number: null, status: found.status });
      return send(response, found);
    }
    const fault = this.faults.find((one) => one.carrier === carrier && one.times > 0);
    if (fault) fault.times -= 1;
    const isAllowed = api.token
      ? this.isToken(carrier, asked) && fault?.kind !== '401'
      : asked.headers['dhl-api-key'] === KEYS.key;
    const found = isAllowed
      ? api.track(asked, (number) => this.parcels.get(`${carrier} ${number}`))
      : { status: 401, body: api.refused };
    if (fault?.kind === '429')
      Object.assign(found, { status: 429, body: api.refused, headers: { 'retry-after': '120' } });
    if (fault?.kind === '500' || fault?.kind === '503')
      Object.assign(found, { status: Number(fault.kind), body: api.refused });
    this.calls.push({
      carrier,
      what: 'track',
      number: found.number ?? null,
      status: fault?.kind === 'hang' ? 0 : found.status,
    });
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') return void response.socket?.resetAndDestroy();
    if (fault?.kind === 'malformed')
      return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"trackResp');
    send(response, found);
  }

  private newToken(carrier: Name): Answer {
    const token = randomBytes(24).toString('base64url');
    this.tokens.set(`${carrier} ${token}`, Date.now() + this.tokenSeconds * 1_000);
    // UPS and USPS write the seconds as text.
    const seconds = carrier === 'fedex' ? this.tokenSeconds : String(this.tokenSeconds);
    return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: seconds } };
  }

  private isToken(carrier: Name, { headers }: Asked): boolean {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    return (this.tokens.get(`${carrier} ${token}`) ?? 0) > Date.now();
  }

  private control(control: Control): unknown {
    if ('scan' in control) {
      const { scan: carrier, number, what, at = new Date().toISOString(), city = 'Miami', state = 'FL' } = control;
      this.parcel(carrier, number).scans.push({ scan: what, at, city, state });
    } else if ('due' in control) this.parcel(control.due, control.number).due = control.day;
    else if ('fault' in control)
      this.faults.push({ carrier: control.fault, kind: control.kind, times: control.times ?? 1 });
    else if ('heal' in control) this.faults = this.faults.filter(({ carrier }) => carrier !== control.heal);
    else if ('calls' in control) return this.calls;
    else {
      this.parcels.clear();
      this.tokens.clear();
      [this.faults, this.calls] = [[], []];
    }
    return {};
  }

  private parcel(carrier: Name, number: string): Parcel {
    const parcel = this.parcels.get(`${carrier} ${number}`) ?? { number, scans: [], due: null };
    this.parcels.set(`${carrier} ${number}`, parcel);
    return parcel;
  }
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}
