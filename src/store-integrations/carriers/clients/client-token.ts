import type { OutgoingRequest } from '../../../platform/http-client';
import { faultOfStatus, readAnswer, type StoreHttp } from '../../protocols/store-http';
import { StoreFault } from '../../protocols/store-fault';

/** Renewed so long before its end. */
const EARLY_MS = 60_000;
const SHORTEST_MS = 30_000;

/** How a token is asked for. */
export type TokenRequest = Pick<OutgoingRequest, 'headers' | 'body'> & { url: string };

/**
 * The token of a client that speaks for itself (OAuth 2.0 client credentials), kept in this process until it runs out. Whoever
 * asks while it is fetched waits for the same one.
 */
export class ClientToken {
  private kept: { token: string; until: number } | null = null;
  private asked: Promise<string> | null = null;

  constructor(
    private readonly http: StoreHttp,
    private readonly timeoutMs: number,
    private readonly request: () => TokenRequest,
  ) {}

  /** Throws StoreFault. */
  async get(): Promise<string> {
    if (this.kept && this.kept.until > Date.now()) return this.kept.token;
    this.asked ??= this.fetch().finally(() => (this.asked = null));
    return this.asked;
  }

  /** It was refused. */
  drop(token: string): void {
    if (this.kept?.token === token) this.kept = null;
  }

  private async fetch(): Promise<string> {
    const { url, headers, body } = this.request();
    const answer = await this.http.send(url, {
      method: 'POST',
      headers,
      body,
      timeoutMs: this.timeoutMs,
      hasEffect: false,
    });
    const fault = faultOfStatus(answer, false, Date.now());
    if (fault?.kind === 'relink' || fault?.kind === 'refused')
      throw new StoreFault('unavailable', 'keys_refused', 'The carrier refuses our keys.');
    if (fault) throw fault;
    const { token, seconds } = readAnswer(answer.body, false, (read) => ({
      token: read.at('access_token').text(),
      // Some write it as text.
      seconds: read.at('expires_in').isText ? Number(read.at('expires_in').text()) : read.at('expires_in').amount(),
    }));
    this.kept = { token, until: Date.now() + Math.max(seconds * 1_000 - EARLY_MS, SHORTEST_MS) };
    return token;
  }
}
