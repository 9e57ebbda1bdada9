import { Injectable } from '@nestjs/common';
import { regionCode, regionFault } from '../../identity';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { InvalidField, decodeIdCursor, encodeCursor, page } from '../../platform/http';
import { Kept } from '../kept';
import { ppmOf } from '../percent';
import type { ListTaxRatesRequest, PostTaxRateRequest } from './dto/tax-rate.request';
import { TaxRateResponse, type TaxRateListResponse } from './dto/tax-rate.response';
import type { TaxCalculator, TaxAssessment, TaxableSale } from './tax-calculator';
import { assessTax, type TaxRate } from './tax-rules';

const KEPT_MS = 5_000;

const COLUMNS = `id, country, region, category, name, rate_ppm AS "ratePpm", inclusive, on_delivery AS "onDelivery"`;
const STORED = `${COLUMNS}, effective_at AS "effectiveAt", created_at AS "createdAt"`;
const ADD = statement(
  'tax.add_rate',
  `INSERT INTO tax_rates (country, region, category, name, rate_ppm, inclusive, on_delivery, effective_at, created_by)
   VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, now()), $9) RETURNING ${STORED}`,
);
const CURRENT = statement(
  'tax.current_rates',
  `SELECT DISTINCT ON (country, coalesce(upper(region), ''), coalesce(lower(category), ''), lower(name)) ${COLUMNS} FROM tax_rates
    WHERE effective_at <= now()
    ORDER BY country, coalesce(upper(region), ''), coalesce(lower(category), ''), lower(name), effective_at DESC, id DESC`,
);
const LIST = statement(
  'tax.list_rates',
  `SELECT ${STORED} FROM tax_rates WHERE ($1::uuid IS NULL OR id < $1) AND ($2::text IS NULL OR country = $2) ORDER BY id DESC LIMIT $3`,
);
const ANY = statement('tax.any_rate', `SELECT 1 AS one FROM tax_rates WHERE country = $1 LIMIT 1`);

export type StoredTaxRate = TaxRate & { effectiveAt: Date; createdAt: Date };

/**
 * The history of tax rates, and the calculator that goes by it. A process reads the rates that hold at most every five
 * seconds, so a checkout may be quoted by one that has just been replaced; what it was quoted by stands in it.
 */
@Injectable()
export class TaxRates implements TaxCalculator {
  private readonly kept = new Kept<TaxRate[]>(KEPT_MS);

  constructor(
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  async assess(tx: Tx, sale: TaxableSale): Promise<TaxAssessment> {
    return assessTax(sale, await this.kept.getWithin(() => tx.rows<TaxRate>(CURRENT)));
  }

  /** Adds a rate; the older ones stay for what was taxed by them. Throws InvalidField. */
  async post(tx: Tx, body: PostTaxRateRequest, createdBy: string | null): Promise<TaxRateResponse> {
    const { country, name, inclusive, onDelivery = false } = body;
    const region = body.region ? regionCode(country, body.region).toUpperCase() : null;
    const category = body.category ?? null;
    // Addresses have codes where Muse knows them: a rate of another spelling would tax nobody.
    const fault = region === null ? undefined : regionFault(country, region);
    if (fault) throw new InvalidField('/region', fault);
    if (category !== null && onDelivery) {
      throw new InvalidField('/onDelivery', 'is for a rate of all goods: delivery has no category');
    }
    const values = [country, region, category, name, ppmOf(body.percent), inclusive, onDelivery];
    const added = (await tx.maybeOne<StoredTaxRate>(ADD, [...values, body.effectiveAt ?? null, createdBy]))!;
    const payload = { country, region, category, name, ratePpm: added.ratePpm, inclusive };
    await this.events.publish(tx, { type: 'pricing.tax_rate_posted', aggregateId: added.id, payload });
    return TaxRateResponse.of(added);
  }

  async list({ country, cursor, limit }: ListTaxRatesRequest): Promise<TaxRateListResponse> {
    const before = decodeIdCursor(cursor) ?? null;
    const found = await this.database.rows<StoredTaxRate>(LIST, [before, country ?? null, limit + 1]);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    return { data: rows.map((row) => TaxRateResponse.of(row)), nextCursor };
  }

  /** Makes sure of a country's rates, for the demo. */
  async ensure(tx: Tx, country: string, rates: Omit<PostTaxRateRequest, 'country'>[]): Promise<void> {
    if (await tx.maybeOne(ANY, [country])) return;
    for (const rate of rates) await this.post(tx, { country, ...rate }, null);
  }

  /** To be called once a new rate has committed: the next question reads again. */
  forget(): void {
    this.kept.forget();
  }
}
