import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity';
import { InventoryModule } from '../inventory';
import { PricingModule } from '../pricing';
import { StoresModule } from '../stores';
import { MerchantOrdersController } from './merchant-orders.controller';
import { OrderAccessTokens } from './order-access-tokens';
import { OrdersController } from './orders.controller';
import { OrdersRepository } from './orders.repository';
import { OrdersService } from './orders.service';

@Module({
  imports: [IdentityModule, PricingModule, StoresModule, InventoryModule],
  controllers: [OrdersController, MerchantOrdersController],
  providers: [OrderAccessTokens, OrdersRepository, OrdersService],
  exports: [OrderAccessTokens, OrdersService],
})
export class OrdersModule {}
