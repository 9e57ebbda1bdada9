import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdentityModule } from '../identity';
import { Config } from '../platform/config';
import { SafeClient } from '../platform/http-client';
import { AdminCouponsController } from './coupons/admin-coupons.controller';
import { CouponsExport } from './coupons/coupons-export';
import { Coupons } from './coupons/coupons';
import { ExchangeRateRow } from './entities/exchange-rate.entity';
import { EXCHANGE_RATE_SOURCE, ExchangeRateFetcher } from './exchange-rate-fetcher';
import { exchangeRateSource } from './exchange-rate-source';
import { ExchangeRates } from './exchange-rates';
import { ExchangeRatesController } from './exchange-rates.controller';
import { TAX_CALCULATOR } from './tax/tax-calculator';
import { TaxRates } from './tax/tax-rates';
import { TaxRatesController } from './tax/tax-rates.controller';

/** What money is worth in other money, what tax comes to a price, and what coupons take off it. */
@Global()
@Module({
  imports: [IdentityModule, TypeOrmModule.forFeature([ExchangeRateRow])],
  controllers: [ExchangeRatesController, TaxRatesController, AdminCouponsController],
  providers: [
    ExchangeRates,
    ExchangeRateFetcher,
    Coupons,
    CouponsExport,
    TaxRates,
    { provide: TAX_CALCULATOR, useExisting: TaxRates },
    {
      provide: EXCHANGE_RATE_SOURCE,
      inject: [Config, SafeClient],
      useFactory: (config: Config, client: SafeClient) => exchangeRateSource(config.EXCHANGE_RATES_URL, client),
    },
  ],
  exports: [ExchangeRates, Coupons, TaxRates, TAX_CALCULATOR],
})
export class PricingModule {}
