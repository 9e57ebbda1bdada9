import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdentityModule } from '../identity';
import { AdminStoresController } from './admin-stores.controller';
import { DeliveryOptions } from './delivery-options.service';
import { DeliveryOption } from './entities/delivery-option.entity';
import { Store } from './entities/store.entity';
import { MerchantStoresController } from './merchant-stores.controller';
import { StoreDirectory } from './store-directory';
import { StoresController } from './stores.controller';
import { Stores } from './stores.service';

/** Who sells, and how they deliver. */
@Module({
  imports: [TypeOrmModule.forFeature([Store, DeliveryOption]), IdentityModule],
  controllers: [StoresController, MerchantStoresController, AdminStoresController],
  providers: [Stores, StoreDirectory, DeliveryOptions],
  exports: [Stores, StoreDirectory, DeliveryOptions],
})
export class StoresModule {}
