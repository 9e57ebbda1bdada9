import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog';
import { IdentityModule } from '../identity';
import { PricingModule } from '../pricing';
import { StoreIntegrationsModule } from '../store-integrations';
import { AvailabilityRepository } from './availability/availability.repository';
import { CartAvailability } from './availability/cart-availability';
import { CartLooks } from './availability/cart-looks';
import { CartCheckout } from './cart-checkout';
import { CartExport } from './cart-export';
import { CartHolders } from './cart-holders';
import { CartController } from './cart.controller';
import { CartRepository } from './cart.repository';
import { CartService } from './cart.service';

@Module({
  imports: [IdentityModule, PricingModule, CatalogModule, StoreIntegrationsModule],
  controllers: [CartController],
  providers: [
    CartRepository,
    CartService,
    CartCheckout,
    CartExport,
    CartHolders,
    ...[CartLooks, CartAvailability, AvailabilityRepository],
  ],
  exports: [CartCheckout, CartHolders, CartAvailability],
})
export class CartModule {}
