import type { Tx } from '../../platform/database';

/** Where goods go, as far as tax depends on it. */
export interface TaxPlace {
  /** ISO 3166-1 alpha-2 */
  country: string;
  /** The subdivision, as addresses have it */
  region: string | null;
}

/** What one store sells to one place. Amounts in minor units of one currency, after the store's own discounts. */
export interface TaxableSale {
  place: TaxPlace;
  lines: { category: string | null; amountCents: number }[];
  deliveryCents: number;
}

/** One tax on a sale: frozen with the checkout and its order, so it says by itself what it was worked out from. */
export interface TaxLine {
  rateId: string;
  name: string;
  /** Parts per million */
  ratePpm: number;
  /** Whether the prices contain it */
  inclusive: boolean;
  /** What it was worked out from, the tax itself not counted */
  baseCents: number;
  taxCents: number;
}

export interface TaxAssessment {
  taxLines: TaxLine[];
  /** Comes on top of the prices */
  addedCents: number;
  /** Is in the prices already */
  includedCents: number;
  /** Both of each line, in the order of the sale; what is missing to the sums is delivery's */
  lines: { addedCents: number; includedCents: number }[];
}

/**
 * What tax a sale bears: the business choice is whose rates and rules hold. The one at hand reads `tax_rates`; a provider's
 * would take its place. It is asked inside a transaction, so it may read the database and must not call out: a provider's
 * rates are fetched by a job, as exchange rates are.
 */
export interface TaxCalculator {
  assess(tx: Tx, sale: TaxableSale): Promise<TaxAssessment>;
}

export const TAX_CALCULATOR = Symbol('TaxCalculator');
