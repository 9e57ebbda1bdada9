import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { SafeClient } from '../platform/http-client';
import type { SourceRates } from './exchange-rates';

const MAX_BYTES = 256 * 1024;
const TIMEOUT_MS = 10_000;
const MOST_RATES = 500;
const CURRENCY = /^[A-Z]{3}$/;
const RATE = /^(?=.*[1-9])\d{1,12}(\.\d{1,12})?$/;

/** Where exchange rates come from: the seam for a provider. Throws where it cannot be reached or says something malformed. */
export interface ExchangeRateSource {
  /** Stored beside each of its rates. */
  readonly name: string;
  fetch(): Promise<SourceRates>;
}

export class MalformedRates extends Error {
  constructor(what: string) {
    super(`The source of exchange rates is malformed: ${what}`);
    this.name = 'MalformedRates';
  }
}

/** A document `{ "base": "USD", "rates": { "VES": "36.5", … } }` over http(s). */
export class HttpExchangeRateSource implements ExchangeRateSource {
  readonly name: string;

  constructor(
    private readonly client: SafeClient,
    private readonly url: string,
  ) {
    this.name = new URL(url).host;
  }

  async fetch(): Promise<SourceRates> {
    const headers = { accept: 'application/json' };
    const answer = await this.client.fetch(this.url, { headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });
    if (answer.status !== 200) throw new Error(`The source of exchange rates answered ${answer.status}`);
    return readRates(answer.body.toString('utf8'));
  }
}

/** The same document in a file. */
export class FileExchangeRateSource implements ExchangeRateSource {
  readonly name = 'file';

  constructor(private readonly url: string) {}

  async fetch(): Promise<SourceRates> {
    const path = fileURLToPath(this.url);
    if ((await stat(path)).size > MAX_BYTES) throw new MalformedRates('the file is too large');
    return readRates(await readFile(path, 'utf8'));
  }
}

/** The source that EXCHANGE_RATES_URL names, or none. */
export function exchangeRateSource(url: string | undefined, client: SafeClient): ExchangeRateSource | undefined {
  if (url === undefined) return undefined;
  return url.startsWith('file:') ? new FileExchangeRateSource(url) : new HttpExchangeRateSource(client, url);
}

/** All or nothing: one wrong rate refuses the whole document. Throws MalformedRates. */
export function readRates(text: string): SourceRates {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new MalformedRates('it is no JSON');
  }
  const { base, rates } = (document ?? {}) as { base?: unknown; rates?: unknown };
  if (typeof base !== 'string' || !CURRENCY.test(base)) throw new MalformedRates('base is no currency');
  if (typeof rates !== 'object' || rates === null || Array.isArray(rates))
    throw new MalformedRates('rates is no object');
  const entries = Object.entries(rates);
  if (entries.length === 0 || entries.length > MOST_RATES) throw new MalformedRates(`it has ${entries.length} rates`);
  return {
    base,
    rates: Object.fromEntries(entries.map(([quote, rate]) => [readCurrency(quote), readRate(quote, rate)])),
  };
}

function readCurrency(quote: string): string {
  if (!CURRENCY.test(quote)) throw new MalformedRates('a member of rates is no currency');
  return quote;
}

function readRate(quote: string, rate: unknown): string {
  // Providers write numbers too; as text they keep what JSON gave, or are refused where that is no plain decimal.
  const text = typeof rate === 'number' ? String(rate) : rate;
  if (typeof text !== 'string' || !RATE.test(text))
    throw new MalformedRates(`the rate of ${quote} is no positive decimal`);
  return text;
}
