export { Brand } from './entities/brand.entity';
export { PriceChange } from './entities/price-change.entity';
export { Product } from './entities/product.entity';
export { Variant } from './entities/variant.entity';
export { Catalog } from './catalog.service';
export { CatalogModule } from './catalog.module';
export { MakeProductRequest } from './dto/make-product.request';
export { VariantChoice, type ChosenVariant } from './variant-choice';
