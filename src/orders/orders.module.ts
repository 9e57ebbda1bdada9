import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity';
import { InventoryModule } from '../inventory';
import { PaymentsModule } from '../payments';
import { PricingModule } from '../pricing';
import { StoreIntegrationsModule } from '../store-integrations';
import { StoresModule } from '../stores';
import { AdminOrdersController } from './admin-orders.controller';
import { ChangeEndings } from './changes/change-endings';
import { ChangePaying } from './changes/change-paying';
import { MerchantOrderChangesController } from './changes/merchant-order-changes.controller';
import { OrderChangesController } from './changes/order-changes.controller';
import { OrderChangesRepository } from './changes/order-changes.repository';
import { OrderChanges } from './changes/order-changes.service';
import { StoreRequests } from './following/store-requests';
import { StoreRequestsRepository } from './following/store-requests.repository';
import { OrderTracking } from './following/order-tracking';
import { OrderTrackingRepository } from './following/order-tracking.repository';
import { CarrierTracking } from './following/carrier-tracking';
import { StoreTracking } from './following/store-tracking';
import { MerchantOrderLifeController } from './life/merchant-order-life.controller';
import { OrderCompletion } from './life/order-completion';
import { OrderCounts } from './life/order-counts';
import { OrderDecisions } from './life/order-decisions';
import { OrderHistory } from './life/order-history';
import { AdminOrderLifeController, OrderLifeController } from './life/order-life.controller';
import { OrderLifeRepository } from './life/order-life.repository';
import { OrderMoves } from './life/order-moves';
import { OrderNotes } from './life/order-notes';
import { OrderShipping } from './life/order-shipping';
import { OrderTimers } from './life/order-timers';
import { OrderWords } from './life/order-words';
import { MerchantOrdersController } from './merchant-orders.controller';
import { KeptOrders } from './kept-orders';
import { OrderAccessTokens } from './links/order-access-tokens';
import { OrderConversations } from './order-conversations';
import { OrderEndings } from './order-endings';
import { OrderMetrics } from './order-metrics';
import { OrderMoney } from './paying/order-money';
import { OrderSides } from './order-sides';
import { OrderParties } from './order-parties';
import { BuyersMoney } from './paying/buyers-money';
import { OrderPaying } from './paying/order-paying';
import { OrderPayments } from './paying/order-payments';
import { OrderPaymentsRepository } from './paying/order-payments.repository';
import { OrderRefunds } from './paying/order-refunds';
import { OrdersController } from './orders.controller';
import { OrdersPaidByHand } from './paying/orders-paid-by-hand';
import { OrdersExport } from './orders-export';
import { OrdersRepository } from './orders.repository';
import { OrdersService } from './orders.service';
import { BuyerKeys } from './sealed/buyer-keys';
import { BuyerKeysController } from './sealed/buyer-keys.controller';
import { BuyerRefs } from './sealed/buyer-refs';
import { Exchanges } from './returns/exchanges';
import { MerchantReturnsController } from './returns/merchant-returns.controller';
import { ReturnsController } from './returns/returns.controller';
import { ReturnsRepository } from './returns/returns.repository';
import { ReturnMoney } from './returns/return-money';
import { Returns } from './returns/returns.service';

@Module({
  imports: [IdentityModule, PricingModule, StoresModule, InventoryModule, PaymentsModule, StoreIntegrationsModule],
  controllers: [
    ...[OrdersController, MerchantOrdersController, AdminOrdersController],
    ...[OrderLifeController, MerchantOrderLifeController, AdminOrderLifeController],
    BuyerKeysController,
    ...[OrderChangesController, MerchantOrderChangesController, ReturnsController, MerchantReturnsController],
  ],
  providers: [
    ...[OrderAccessTokens, OrdersRepository, OrderPaymentsRepository, OrderEndings, KeptOrders, OrdersService],
    ...[BuyerRefs, BuyerKeys],
    OrderParties,
    ...[OrderPayments, BuyersMoney, OrderPaying, OrderRefunds, OrdersPaidByHand, OrderMetrics],
    OrderConversations,
    ...[OrderMoney, OrderChangesRepository, ChangeEndings, OrderChanges, ChangePaying],
    ...[ReturnsRepository, Exchanges, ReturnMoney, Returns],
    OrdersExport,
    ...[OrderLifeRepository, OrderWords, OrderMoves, OrderDecisions, OrderShipping, OrderCompletion, OrderTimers],
    ...[OrderHistory, OrderNotes, OrderCounts, OrderSides],
    ...[OrderTrackingRepository, OrderTracking, StoreTracking, CarrierTracking, StoreRequestsRepository, StoreRequests],
  ],
  exports: [
    ...[BuyerRefs, OrderAccessTokens, OrderConversations, OrderParties, OrderSides, OrdersService, OrderShipping],
    OrderTracking,
  ],
})
export class OrdersModule {}
