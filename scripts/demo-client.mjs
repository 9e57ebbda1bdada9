// What the demo needs of HTTP: calls that must succeed, event streams, and words for money.
import { randomUUID } from 'node:crypto';

/** The demo saw something else than it was promised. */
export class Unexpected extends Error {}

/** Stops the demo where something is not as it should be. */
export function check(holds, what) {
  if (!holds) throw new Unexpected(what);
}

export const newKey = () => randomUUID();

/** One shopper, merchant or visitor, by the token that it carries. */
export class Client {
  constructor(base, token) {
    this.base = base;
    this.token = token;
  }

  get = (path) => this.call('GET', path);
  put = (path, body) => this.call('PUT', path, body);
  delete = (path) => this.call('DELETE', path);
  /** With a key of its own, as every client should: sent again, it would not happen again. */
  post = (path, body, key = newKey()) => this.call('POST', path, body, { 'idempotency-key': key });

  /** The body of an answer that is a success; throws Unexpected for any other. */
  async call(method, path, body, headers = {}) {
    return (await this.ask(method, path, body, headers)).body;
  }

  /** The same as it came, for what is no JSON. */
  async text(path) {
    return (await this.raw('GET', path)).text;
  }

  async ask(method, path, body, headers = {}) {
    const { status, headers: answered, text } = await this.raw(method, path, body, headers);
    return { status, headers: answered, body: text === '' ? undefined : JSON.parse(text) };
  }

  async raw(method, path, body, headers = {}) {
    const response = await fetch(`${this.base}/api/v1${path}`, {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Unexpected(`${method} ${path} answered ${response.status}: ${text}`);
    return { status: response.status, headers: response.headers, text };
  }

  /** The data of each event of a stream, until the reader stops or `ms` have passed. */
  async *stream(path, ms = 30_000) {
    const response = await fetch(`${this.base}/api/v1${path}`, {
      headers: { authorization: `Bearer ${this.token}`, accept: 'text/event-stream' },
      signal: AbortSignal.timeout(ms),
    });
    check(response.ok, `GET ${path} answered ${response.status}`);
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = text
          .slice(0, end)
          .split('\n')
          .filter((line) => line.startsWith('data: '));
        text = text.slice(end + 2);
        if (data.length > 0) yield JSON.parse(data.map((line) => line.slice(6)).join('\n'));
      }
    }
  }
}

const SIGNS = { USD: '$', VES: 'Bs ' };

/** $351.93 */
export function inWords({ amount, currency }) {
  const whole = Math.abs(amount / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const sign = amount < 0 ? '−' : '';
  return SIGNS[currency] ? `${sign}${SIGNS[currency]}${whole}` : `${sign}${whole} ${currency}`;
}
