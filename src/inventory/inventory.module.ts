import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdentityModule } from '../identity';
import { Database } from '../platform/database';
import { Jobs } from '../platform/jobs';
import { Metrics } from '../platform/metrics';
import { StoresModule } from '../stores';
import { Hold } from './entities/hold.entity';
import { Inventory } from './entities/inventory.entity';
import { FORGET_HOLDS, Holds } from './holds';
import { showHolds } from './inventory.metrics';
import { MerchantInventoryController } from './merchant-inventory.controller';
import { Stock } from './stock.service';

const SWEEP_EVERY_MS = 60_000;
const SWEEP_LIMIT = 500;
const FORGET_EVERY_MS = 600_000;

/** Stock, and what of it is set aside. */
@Module({
  imports: [TypeOrmModule.forFeature([Inventory, Hold]), IdentityModule, StoresModule],
  controllers: [MerchantInventoryController],
  providers: [Holds, Stock],
  exports: [Holds, Stock],
})
export class InventoryModule implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly holds: Holds,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    showHolds(this.metrics, this.database);
    this.jobs.every(SWEEP_EVERY_MS, 'expired holds', async () => {
      await this.database.transaction((tx) => this.holds.releaseExpired(tx, SWEEP_LIMIT));
    });
    this.jobs.every(FORGET_EVERY_MS, 'holds that are over', () => this.database.sweep(FORGET_HOLDS));
  }
}
