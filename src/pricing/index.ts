export { convertParts } from './convert-parts';
export { DISPLAY_CURRENCY } from './display-currency';
export { ensureDemoRates } from './demo-rates';
export type { ExchangeRateSource } from './exchange-rate-source';
export { ExchangeRates, type ExchangeRate, type SourceRates } from './exchange-rates';
export { PricingModule } from './pricing.module';
export { RateTable, type Converted, type PinnedRate } from './rate-table';
