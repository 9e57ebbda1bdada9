import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../platform/config';
import { SafeClient } from '../platform/http-client';
import { ExchangeRateRow } from './entities/exchange-rate.entity';
import { EXCHANGE_RATE_SOURCE, ExchangeRateFetcher } from './exchange-rate-fetcher';
import { exchangeRateSource } from './exchange-rate-source';
import { ExchangeRates } from './exchange-rates';
import { ExchangeRatesController } from './exchange-rates.controller';

/** What money is worth in other money. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([ExchangeRateRow])],
  controllers: [ExchangeRatesController],
  providers: [
    ExchangeRates,
    ExchangeRateFetcher,
    {
      provide: EXCHANGE_RATE_SOURCE,
      inject: [Config, SafeClient],
      useFactory: (config: Config, client: SafeClient) => exchangeRateSource(config.EXCHANGE_RATES_URL, client),
    },
  ],
  exports: [ExchangeRates],
})
export class PricingModule {}
