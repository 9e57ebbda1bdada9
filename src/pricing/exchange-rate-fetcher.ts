import { Inject, Injectable, Logger, Optional, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Config } from '../platform/config';
import { Jobs } from '../platform/jobs';
import type { ExchangeRateSource } from './exchange-rate-source';
import { ExchangeRates } from './exchange-rates';

const EVERY_MS = 60 * 60 * 1000;

export const EXCHANGE_RATE_SOURCE = Symbol('ExchangeRateSource');

/** Asks the source for rates when a worker starts and every hour; what fails or is malformed changes nothing. */
@Injectable()
export class ExchangeRateFetcher implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger('ExchangeRates');

  constructor(
    private readonly config: Config,
    private readonly jobs: Jobs,
    private readonly rates: ExchangeRates,
    @Optional() @Inject(EXCHANGE_RATE_SOURCE) private readonly source: ExchangeRateSource | undefined,
  ) {}

  onModuleInit(): void {
    if (this.source) this.jobs.every(EVERY_MS, 'pricing.fetch_rates', async () => void (await this.runOnce()));
  }

  onApplicationBootstrap(): void {
    // Not awaited: a source that is away must not hold up the start.
    if (this.source && this.config.runsWorker) void this.runOnce();
  }

  /** Gives how many rates were new, or undefined where there is no source or it failed. */
  async runOnce(): Promise<number | undefined> {
    if (!this.source) return undefined;
    try {
      return await this.rates.record(await this.source.fetch(), this.source.name);
    } catch (error) {
      this.logger.warn({
        message: 'no new exchange rates',
        reason: error instanceof Error ? error.message : 'unknown',
      });
      return undefined;
    }
  }
}
