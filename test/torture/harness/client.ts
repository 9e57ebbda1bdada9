import { Agent, request, type IncomingHttpHeaders } from 'node:http';

/** A parsed answer of the API. */
export type Body = ReturnType<typeof JSON.parse>;

export interface Answer {
  status: number;
  body: Body;
  headers: IncomingHttpHeaders;
}

interface Options {
  token?: string;
  body?: object;
  key?: string;
  /** Which of the API's processes; the next one in turn by itself. */
  process?: number;
  /** 503 is a good answer: somebody outside does not answer, and the client is to ask again. */
  mayBeUnavailable?: boolean;
}

const TIMEOUT_MS = 30_000;
/** Half an access token's life. */
const FRESH_MS = 300_000;

/** Somebody who signs in again before their access token ends; a request names them by their first one. */
interface SignedIn {
  credentials: { email: string; password: string };
  token: string;
  since: number;
  renewing?: Promise<void>;
}

/** Requests to the API's processes in turn. Counts every answer, and keeps what none of them may be: 5xx. */
export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });
  private turn = 0;
  requests = 0;
  readonly serverErrors: string[] = [];
  private readonly signedIn = new Map<string, SignedIn>();

  constructor(private readonly ports: readonly number[]) {}

  /** Whoever got this token stays signed in, however long the run takes. */
  keepSignedIn(token: string, credentials: SignedIn['credentials']): void {
    this.signedIn.set(token, { credentials, token, since: Date.now() });
  }

  async send(method: string, path: string, given: Options = {}): Promise<Answer> {
    const options = { ...given, token: await this.freshOf(given.token) };
    const port = this.ports[(options.process ?? this.turn++) % this.ports.length]!;
    this.requests++;
    const answer = await exchange(port, method, `/api/v1${path}`, { ...options, agent: this.agent });
    const isExpected = options.mayBeUnavailable && answer.status === 503;
    if (answer.status >= 500 && !isExpected)
      this.serverErrors.push(`${method} ${path}: ${answer.status} ${answer.body?.detail}`);
    return answer;
  }

  /** The body of an answer that has to be a good one. */
  async expect(method: string, path: string, options: Options = {}): Promise<Body> {
    const { status, body } = await this.send(method, path, options);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status} ${body?.code}: ${body?.detail}`);
    return body;
  }

  /** Where a link of Muse's own leads, at whatever address it says that Muse is. */
  async follow(link: string): Promise<string | null> {
    const port = this.ports[this.turn++ % this.ports.length]!;
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
    const to = `http://127.0.0.1:${port}${new URL(link).pathname}`;
    return (await fetch(to, { redirect: 'manual', headers })).headers.get('location');
  }

  close(): void {
    this.agent.destroy();
  }

  private async freshOf(token: string | undefined): Promise<string | undefined> {
    const who = token === undefined ? undefined : this.signedIn.get(token);
    if (!who) return token;
    if (Date.now() - who.since > FRESH_MS) await (who.renewing ??= this.renew(who));
    return who.token;
  }

  /** Where that does not work now, the old one lasts a while. */
  private async renew(who: SignedIn): Promise<void> {
    const answer = await this.send('POST', '/auth/login', { body: who.credentials, mayBeUnavailable: true }).catch(
      () => undefined,
    );
    if (answer?.status === 200) Object.assign(who, { token: answer.body.accessToken, since: Date.now() });
    who.renewing = undefined;
  }
}

interface Exchange extends Options {
  /** Without one, a connection of its own. */
  agent?: Agent;
  timeoutMs?: number;
}

/** One request and its whole answer. Fails where none comes in time. */
export function exchange(
  port: number,
  method: string,
  path: string,
  { token, body, key, agent, timeoutMs = TIMEOUT_MS }: Exchange = {},
): Promise<Answer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(payload !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(payload),
    }),
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, headers, agent: agent ?? false, timeout: timeoutMs };
    const sent = request(options, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        resolve({ status: response.statusCode!, body: text && JSON.parse(text), headers: response.headers });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer within ${timeoutMs} ms`)));
    sent.on('error', reject);
    sent.end(payload);
  });
}
