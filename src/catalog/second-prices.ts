import { Injectable } from '@nestjs/common';
import type { Tx } from '../platform/database';
import type { Money } from '../platform/money';
import { DISPLAY_CURRENCY, ExchangeRates } from '../pricing';
import type { PriceIn } from './dto/product.response';

/** Prices in the second currency, at the present rate. Goods show no rate's id: only sessions and orders pin one. */
@Injectable()
export class SecondPrices {
  constructor(private readonly rates: ExchangeRates) {}

  /** Whoever is in a transaction hands it over, so that no second connection is waited for. */
  async current(tx?: Tx): Promise<PriceIn> {
    const rates = await this.rates.current(tx);
    return (amount, from): Record<string, Money> => {
      const converted = rates.convert(amount, from, DISPLAY_CURRENCY);
      return converted ? { [DISPLAY_CURRENCY]: { amount: converted.amount, currency: DISPLAY_CURRENCY } } : {};
    };
  }
}
