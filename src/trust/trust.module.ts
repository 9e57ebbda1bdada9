import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity';
import { OrdersModule } from '../orders';
import { StoresModule } from '../stores';
import { MerchantTrustController } from './merchant-trust.controller';
import { OrderTrustController } from './order-trust.controller';
import { RatingsRepository } from './ratings/ratings.repository';
import { RatingsService } from './ratings/ratings.service';
import { AdminReportsController } from './reports/admin-reports.controller';
import { ReportsConsole } from './reports/reports.console';
import { ReportsController } from './reports/reports.controller';
import { ReportsRepository } from './reports/reports.repository';
import { ReportsService } from './reports/reports.service';
import { TrustController } from './trust.controller';
import { TrustExport } from './trust-export';
import { TrustFactsReader } from './trust-facts';
import { TrustService } from './trust.service';
import { Words } from './words';

@Module({
  imports: [IdentityModule, StoresModule, OrdersModule],
  controllers: [
    TrustController,
    OrderTrustController,
    ReportsController,
    MerchantTrustController,
    AdminReportsController,
  ],
  providers: [
    ...[Words, TrustFactsReader, TrustService, TrustExport],
    ...[RatingsRepository, RatingsService],
    ...[ReportsRepository, ReportsService, ReportsConsole],
  ],
})
export class TrustModule {}
