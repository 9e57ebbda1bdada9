import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity';
import { InventoryModule } from '../inventory';
import { PaymentsModule } from '../payments';
import { PricingModule } from '../pricing';
import { StoresModule } from '../stores';
import { AdminOrdersController } from './admin-orders.controller';
import { ChangeEndings } from './changes/change-endings';
import { ChangePaying } from './changes/change-paying';
import { MerchantOrderChangesController } from './changes/merchant-order-changes.controller';
import { OrderChangesController } from './changes/order-changes.controller';
import { OrderChangesRepository } from './changes/order-changes.repository';
import { OrderChanges } from './changes/order-changes.service';
import { MerchantOrdersController } from './merchant-orders.controller';
import { OrderAccessTokens } from './links/order-access-tokens';
import { OrderEndings } from './order-endings';
import { OrderMetrics } from './order-metrics';
import { OrderWords } from './order-words';
import { OrderMoney } from './paying/order-money';
import { OrderPaying } from './paying/order-paying';
import { OrderPayments } from './paying/order-payments';
import { OrderPaymentsRepository } from './paying/order-payments.repository';
import { OrderRefunds } from './paying/order-refunds';
import { OrdersController } from './orders.controller';
import { OrdersPaidByHand } from './paying/orders-paid-by-hand';
import { OrdersRepository } from './orders.repository';
import { OrdersService } from './orders.service';
import { Exchanges } from './returns/exchanges';
import { MerchantReturnsController } from './returns/merchant-returns.controller';
import { ReturnsController } from './returns/returns.controller';
import { ReturnsRepository } from './returns/returns.repository';
import { Returns } from './returns/returns.service';

@Module({
  imports: [IdentityModule, PricingModule, StoresModule, InventoryModule, PaymentsModule],
  controllers: [
    ...[OrdersController, MerchantOrdersController, AdminOrdersController],
    ...[OrderChangesController, MerchantOrderChangesController, ReturnsController, MerchantReturnsController],
  ],
  providers: [
    ...[OrderAccessTokens, OrdersRepository, OrderPaymentsRepository, OrderEndings, OrdersService],
    ...[OrderPayments, OrderPaying, OrderRefunds, OrdersPaidByHand, OrderMetrics],
    ...[OrderMoney, OrderWords, OrderChangesRepository, ChangeEndings, OrderChanges, ChangePaying],
    ...[ReturnsRepository, Exchanges, Returns],
  ],
  exports: [OrderAccessTokens, OrdersService],
})
export class OrdersModule {}
