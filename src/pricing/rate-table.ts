import { compose, convertBy, invert, ratio, type Ratio } from '../platform/money';

const PIVOT = 'USD';

/** A rate that a session keeps in its own row: one whole unit of `base` costs `rate` whole units of `quote`. */
export interface PinnedRate {
  id: string;
  base: string;
  quote: string;
  /** A positive decimal as text. */
  rate: string;
  /** RFC 3339 */
  effectiveAt: string;
}

/** An amount in another currency, and the rate that says so: null where the currency is the same. */
export interface Converted {
  amount: number;
  rateId: string | null;
}

interface Leg {
  rate: PinnedRate;
  by: Ratio;
}

/** From one currency to another; the rate is the last one used. */
interface Way {
  by: Ratio;
  rateId: string;
}

/**
 * Exchange rates of one moment. Converts directly, else by the inverse of a rate, else across USD, exact until one
 * rounding at the end; the id it names is that of the last rate used.
 */
export class RateTable {
  private readonly byPair: ReadonlyMap<string, Leg>;
  private readonly ways = new Map<string, Way | null>();

  constructor(private readonly rates: readonly PinnedRate[]) {
    this.byPair = new Map(rates.map((rate) => [pair(rate.base, rate.quote), { rate, by: ratio(rate.rate) }]));
  }

  /** The table of a session: the same code on the rates that it pinned. */
  static fromPinned(pinned: readonly PinnedRate[]): RateTable {
    return new RateTable(pinned);
  }

  /** Every rate of this table. */
  all(): readonly PinnedRate[] {
    return this.rates;
  }

  /** Minor units of `from` in minor units of `to`; null where no rate leads there or the result does not fit. */
  convert(amount: number, from: string, to: string): Converted | null {
    if (from === to) return { amount, rateId: null };
    const way = this.composed(from, to);
    if (!way) return null;
    const converted = convertBy(amount, from, to, way.by);
    return converted === null ? null : { amount: converted, rateId: way.rateId };
  }

  /** The rates it takes to convert any of `currencies` into any of `quotes`; currencies that no rate reaches are left out. */
  pin(currencies: readonly string[], quotes: readonly string[]): PinnedRate[] {
    const used = new Set<PinnedRate>();
    for (const from of currencies) {
      for (const to of quotes) {
        if (from !== to) for (const leg of this.way(from, to) ?? []) used.add(leg.rate);
      }
    }
    return [...used].map((rate) => ({ ...rate }));
  }

  /** The legs of a way as one ratio, worked out once. */
  private composed(from: string, to: string): Way | null {
    const known = this.ways.get(pair(from, to));
    if (known !== undefined) return known;
    const legs = this.way(from, to);
    const way = legs ? { by: legs.map((leg) => leg.by).reduce(compose), rateId: legs.at(-1)!.rate.id } : null;
    this.ways.set(pair(from, to), way);
    return way;
  }

  private way(from: string, to: string): Leg[] | undefined {
    const whole = this.leg(from, to);
    if (whole) return [whole];
    if (from === PIVOT || to === PIVOT) return undefined;
    const there = this.leg(from, PIVOT);
    const on = this.leg(PIVOT, to);
    return there && on && [there, on];
  }

  private leg(from: string, to: string): Leg | undefined {
    const direct = this.byPair.get(pair(from, to));
    if (direct) return direct;
    const inverse = this.byPair.get(pair(to, from));
    return inverse && { rate: inverse.rate, by: invert(inverse.by) };
  }
}

function pair(base: string, quote: string): string {
  return `${base}/${quote}`;
}
