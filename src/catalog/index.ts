export { Catalog } from './catalog.service';
export { CatalogModule } from './catalog.module';
export { MakeProductRequest } from './dto/make-product.request';
export { VariantChoice, type ChosenVariant } from './variant-choice';
