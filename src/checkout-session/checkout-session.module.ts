import { Module } from '@nestjs/common';
import { CartModule } from '../cart';
import { IdentityModule } from '../identity';
import { InventoryModule } from '../inventory';
import { MessagingModule } from '../messaging';
import { OrdersModule } from '../orders';
import { PaymentsModule } from '../payments';
import { PricingModule } from '../pricing';
import { StoreIntegrationsModule } from '../store-integrations';
import { StoresModule } from '../stores';
import { AdminPlacementsController } from './admin-placements.controller';
import { CheckoutController } from './checkout.controller';
import { CheckoutExport } from './checkout-export';
import { CheckoutRepository } from './checkout.repository';
import { AdminCommissionsController } from './handoffs/commissions/admin-commissions.controller';
import { CommissionsRepository } from './handoffs/commissions/commissions.repository';
import { CommissionsService } from './handoffs/commissions/commissions.service';
import { HandoffLinks } from './handoffs/handoff-links';
import { HandoffOpens } from './handoffs/handoff-opens';
import { HandoffsController } from './handoffs/handoffs.controller';
import { HandoffsRepository } from './handoffs/handoffs.repository';
import { HandoffsService } from './handoffs/handoffs.service';
import { FoundOrdersController } from './found-orders/found-orders.controller';
import { FoundOrdersPrivacy } from './found-orders/found-orders-privacy';
import { FoundOrdersRepository } from './found-orders/found-orders.repository';
import { FoundOrdersService } from './found-orders/found-orders.service';
import { MailMatching } from './found-orders/mail-matching';
import { OutcomeWriter } from './outcome-writer';
import { PlaceService } from './place.service';
import { PlacementMetrics } from './placement-metrics';
import { PlacementIntake } from './placement-intake';
import { PlacementRunner } from './placement-runner';
import { PlacementsRepository } from './placements.repository';
import { PlacementsConsole } from './placements.console';
import { QuoteRunner } from './quote-runner';
import { QuotesRepository } from './quotes.repository';
import { Quoting } from './quoting';
import { SessionExpiry } from './session-expiry';
import { SessionOwners } from './session-owners';
import { SessionPayments } from './session-payments';
import { SessionPaymentsRepository } from './session-payments.repository';
import { OrderAccess } from './sealed/order-access';
import { SessionForgetting } from './sealed/session-forgetting';
import { SessionSealing } from './sealed/session-sealing';
import { SessionPrices } from './session-prices';
import { SessionVault } from './session-vault';
import { ShoppersAtStores } from './shoppers-at-stores';
import { SessionsService } from './sessions.service';

@Module({
  imports: [
    ...[IdentityModule, PricingModule, InventoryModule, PaymentsModule, StoreIntegrationsModule, CartModule],
    ...[OrdersModule, MessagingModule, StoresModule],
  ],
  controllers: [
    ...[CheckoutController, HandoffsController, FoundOrdersController],
    ...[AdminPlacementsController, AdminCommissionsController],
  ],
  providers: [
    ...[CheckoutRepository, HandoffsRepository, SessionVault, SessionPrices, Quoting, SessionsService, PlaceService],
    ...[SessionOwners, QuotesRepository, QuoteRunner, ShoppersAtStores],
    ...[SessionPaymentsRepository, SessionPayments, SessionSealing, OrderAccess, SessionForgetting],
    ...[
      OutcomeWriter,
      PlacementMetrics,
      PlacementsRepository,
      PlacementRunner,
      PlacementIntake,
      HandoffsService,
      SessionExpiry,
      PlacementsConsole,
    ],
    ...[CheckoutExport],
    ...[HandoffLinks, HandoffOpens, CommissionsRepository, CommissionsService],
    ...[FoundOrdersRepository, MailMatching, FoundOrdersService, FoundOrdersPrivacy],
  ],
  exports: [HandoffsService],
})
export class CheckoutSessionModule {}
