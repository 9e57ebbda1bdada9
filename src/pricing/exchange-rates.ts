import { Injectable } from '@nestjs/common';
import { Database, Tx, statement, type Reader } from '../platform/database';
import { InvalidField } from '../platform/http';
import { Events } from '../platform/events';
import type { PostExchangeRateRequest } from './dto/post-exchange-rate.request';
import { Kept } from './kept';
import { RateTable, type PinnedRate } from './rate-table';

const KEPT_MS = 5_000;

const COLUMNS = `id, base, quote, trim_scale(rate)::text AS rate, source, effective_at AS "effectiveAt", created_at AS "createdAt"`;
const ADD = statement(
  'pricing.add_rate',
  `INSERT INTO exchange_rates (base, quote, rate, source, effective_at, created_by)
   VALUES ($1, $2, $3, $4, coalesce($5, now()), $6) RETURNING ${COLUMNS}`,
);
// A walk from pair to pair along the index: the history behind each pair is never read.
const CURRENT = statement(
  'pricing.current_rates',
  `WITH RECURSIVE pairs AS (
     (SELECT base, quote FROM exchange_rates ORDER BY base, quote LIMIT 1)
     UNION ALL
     SELECT next.base, next.quote FROM pairs
      CROSS JOIN LATERAL (
        SELECT r.base, r.quote FROM exchange_rates r
         WHERE (r.base, r.quote) > (pairs.base, pairs.quote) ORDER BY r.base, r.quote LIMIT 1) next
   )
   SELECT rate.* FROM pairs
    CROSS JOIN LATERAL (
      SELECT ${COLUMNS} FROM exchange_rates r
       WHERE r.base = pairs.base AND r.quote = pairs.quote AND r.effective_at <= now()
       ORDER BY r.effective_at DESC, r.id DESC LIMIT 1) rate`,
);
// Several workers fetch the same source; the second finds nothing new.
const ONE_FETCH_AT_A_TIME = statement(
  'pricing.lock_fetch',
  `SELECT pg_advisory_xact_lock(hashtext('pricing.fetch')) AS locked`,
);
const ADD_NEWS = statement(
  'pricing.add_news',
  `INSERT INTO exchange_rates (base, quote, rate, source)
   SELECT $1, given.quote, given.rate::numeric, $4
     FROM unnest($2::text[], $3::text[]) AS given (quote, rate)
    WHERE given.rate::numeric IS DISTINCT FROM (
      SELECT r.rate FROM exchange_rates r
       WHERE r.base = $1 AND r.quote = given.quote AND r.effective_at <= now()
       ORDER BY r.effective_at DESC, r.id DESC LIMIT 1)
   RETURNING id`,
);
const ANY = statement('pricing.any_rate', `SELECT 1 AS one FROM exchange_rates WHERE base = $1 AND quote = $2 LIMIT 1`);

/** A stored rate: one whole unit of `base` costs `rate` of `quote` from `effectiveAt` on. */
export interface ExchangeRate {
  id: string;
  base: string;
  quote: string;
  rate: string;
  source: string;
  effectiveAt: Date;
  createdAt: Date;
}

/** Rates as a source gives them: all against one base. */
export interface SourceRates {
  base: string;
  rates: Record<string, string>;
}

/** The history of exchange rates, and the rates of this moment. */
@Injectable()
export class ExchangeRates {
  private readonly kept = new Kept<{ rates: ExchangeRate[]; table: RateTable }>(KEPT_MS);

  constructor(
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /** The rates of this moment, at most five seconds old. Whoever is in a transaction hands it over: see Kept. */
  async current(reader?: Reader): Promise<RateTable> {
    const { table } = await (reader instanceof Tx ? this.kept.getWithin(() => this.read(reader)) : this.present());
    return table;
  }

  /** The same with their sources. */
  async list(): Promise<ExchangeRate[]> {
    return (await this.present()).rates;
  }

  /** Adds a rate; the older ones stay for what was priced by them. Throws InvalidField for a currency against itself. */
  async post(tx: Tx, request: PostExchangeRateRequest, createdBy: string): Promise<ExchangeRate> {
    const { base, quote, rate, source = 'admin', effectiveAt = null } = request;
    if (base === quote) throw new InvalidField('/quote', 'quote must be another currency than base');
    const added = (await tx.maybeOne<ExchangeRate>(ADD, [base, quote, rate, source, effectiveAt, createdBy]))!;
    const payload = { base, quote, rate: added.rate };
    await this.events.publish(tx, { type: 'pricing.rate_posted', aggregateId: added.id, payload });
    return added;
  }

  /** Stores what a source says and differs from what is known; gives how many rates are new. */
  async record({ base, rates }: SourceRates, source: string): Promise<number> {
    const quotes = Object.keys(rates).filter((quote) => quote !== base);
    const added = await this.database.transaction(async (tx) => {
      await tx.run(ONE_FETCH_AT_A_TIME);
      return tx.run(ADD_NEWS, [base, quotes, quotes.map((quote) => rates[quote]), source]);
    });
    this.forget();
    return added;
  }

  /** Makes sure of one rate, for the demo. */
  async ensure(
    tx: Tx,
    { base, quote, rate, source }: Pick<ExchangeRate, 'base' | 'quote' | 'rate' | 'source'>,
  ): Promise<void> {
    if (await tx.maybeOne(ANY, [base, quote])) return;
    await tx.run(ADD, [base, quote, rate, source, null, null]);
  }

  /** To be called once a new rate has committed: the next question reads again. */
  forget(): void {
    this.kept.forget();
  }

  private present(): Promise<{ rates: ExchangeRate[]; table: RateTable }> {
    return this.kept.get(() => this.read(this.database));
  }

  private async read(reader: Reader): Promise<{ rates: ExchangeRate[]; table: RateTable }> {
    const rates = await reader.rows<ExchangeRate>(CURRENT);
    return { rates, table: new RateTable(rates.map(pinned)) };
  }
}

function pinned({ id, base, quote, rate, effectiveAt }: ExchangeRate): PinnedRate {
  return { id, base, quote, rate, effectiveAt: effectiveAt.toISOString() };
}
