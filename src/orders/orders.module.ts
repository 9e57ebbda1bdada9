import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity';
import { InventoryModule } from '../inventory';
import { PaymentsModule } from '../payments';
import { PricingModule } from '../pricing';
import { StoresModule } from '../stores';
import { AdminOrdersController } from './admin-orders.controller';
import { MerchantOrdersController } from './merchant-orders.controller';
import { OrderAccessTokens } from './links/order-access-tokens';
import { OrderConversations } from './order-conversations';
import { OrderEndings } from './order-endings';
import { OrderMetrics } from './order-metrics';
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

@Module({
  imports: [IdentityModule, PricingModule, StoresModule, InventoryModule, PaymentsModule],
  controllers: [OrdersController, MerchantOrdersController, AdminOrdersController, BuyerKeysController],
  providers: [
    ...[OrderAccessTokens, OrdersRepository, OrderPaymentsRepository, OrderEndings, OrdersService],
    ...[BuyerRefs, BuyerKeys],
    ...[OrderPayments, OrderPaying, OrderRefunds, OrdersPaidByHand, OrderMetrics],
    ...[OrderConversations, OrdersExport],
  ],
  exports: [BuyerRefs, OrderAccessTokens, OrderConversations, OrdersService],
})
export class OrdersModule {}
