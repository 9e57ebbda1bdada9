import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdentityModule } from '../identity';
import { InventoryModule } from '../inventory';
import { PricingModule } from '../pricing';
import { StoresModule } from '../stores';
import { CatalogData } from './catalog-data';
import { Catalog } from './catalog.service';
import { Brand } from './entities/brand.entity';
import { PriceChange } from './entities/price-change.entity';
import { Product } from './entities/product.entity';
import { Variant } from './entities/variant.entity';
import { MerchantCatalogController } from './merchant-catalog.controller';
import { ProductSearch } from './product-search';
import { ProductsController } from './products.controller';
import { SecondPrices } from './second-prices';
import { VariantChoice } from './variant-choice';

/** The goods: products, variants, prices, and how shoppers find them. */
@Module({
  imports: [
    TypeOrmModule.forFeature([Brand, Product, Variant, PriceChange]),
    IdentityModule,
    PricingModule,
    StoresModule,
    InventoryModule,
  ],
  controllers: [ProductsController, MerchantCatalogController],
  providers: [Catalog, CatalogData, ProductSearch, SecondPrices, VariantChoice],
  exports: [Catalog, ProductSearch, VariantChoice],
})
export class CatalogModule {}
