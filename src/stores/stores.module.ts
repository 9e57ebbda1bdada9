import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdentityModule } from '../identity';
import { PricingModule } from '../pricing';
import { AdminStoresController } from './admin-stores.controller';
import { DeliveryOptions } from './delivery-options.service';
import { DeliveryOption } from './entities/delivery-option.entity';
import { Store } from './entities/store.entity';
import { FoundStores } from './found-stores';
import { MerchantCouponsController } from './merchant-coupons.controller';
import { MerchantStoresController } from './merchant-stores.controller';
import { StoreCoupons } from './store-coupons.service';
import { MerchantKeysController, StoreKeysController } from './store-keys.controller';
import { StoreKeys } from './store-keys.service';
import { StoreDirectory } from './store-directory';
import { StoresExport } from './stores-export';
import { StoresController } from './stores.controller';
import { Stores } from './stores.service';
import { UnclaimedStores } from './unclaimed-stores';

/** Who sells, and how they deliver. */
@Module({
  imports: [TypeOrmModule.forFeature([Store, DeliveryOption]), IdentityModule, PricingModule],
  controllers: [
    ...[StoresController, MerchantStoresController, MerchantCouponsController, AdminStoresController],
    ...[StoreKeysController, MerchantKeysController],
  ],
  providers: [
    Stores,
    StoreDirectory,
    DeliveryOptions,
    StoreCoupons,
    StoreKeys,
    StoresExport,
    UnclaimedStores,
    FoundStores,
  ],
  exports: [Stores, StoreDirectory, DeliveryOptions, UnclaimedStores, FoundStores],
})
export class StoresModule {}
