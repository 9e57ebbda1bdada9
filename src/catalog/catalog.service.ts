import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import type { Caller } from '../identity';
import { Stock } from '../inventory';
import { Database, Tx, statement } from '../platform/database';
import { Events } from '../platform/events';
import { InvalidField, NotFound, decodeIdCursor, encodeCursor, page } from '../platform/http';
import { StoreDirectory, type Store } from '../stores';
import { SkuTaken, VariantLimitReached } from './catalog.errors';
import {
  VARIANTS_PER_PRODUCT,
  type MakeProductRequest,
  type MakeVariantRequest,
  type PatchProductRequest,
  type PatchVariantRequest,
} from './dto/make-product.request';
import { PriceChangeResponse, type PriceHistoryResponse } from './dto/price-change.response';
import {
  ManagedProductResponse,
  ManagedVariantResponse,
  type ManagedProductListResponse,
} from './dto/product.response';
import { PriceChange } from './entities/price-change.entity';
import { Product, type GoodsStatus } from './entities/product.entity';
import { Variant } from './entities/variant.entity';
import { assertDistinctSkus, assertPageOfStore, assertPrices } from './goods-rules';
import { MANAGED_PRODUCT, MANAGED_PRODUCTS, type ProductRow } from './product-rows';
import { SecondPrices } from './second-prices';

// DO UPDATE rather than DO NOTHING: it answers the row that stands, also one that another transaction has just added.
const BRAND = statement(
  'catalog.brand',
  `INSERT INTO brands (name) VALUES ($1) ON CONFLICT (lower(name)) DO UPDATE SET name = brands.name RETURNING id, name`,
);

const ADD_VARIANTS = statement(
  'catalog.add_variants',
  `WITH made AS (
     INSERT INTO variants (store_id, product_id, currency, sku, size, color, price_cents, original_price_cents, external_id, position)
     SELECT $1, $2, $3, d.sku, d.size, d.color, d.price, d.original, d.external_id, $10 + d.place
       FROM unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[])
            WITH ORDINALITY AS d (sku, size, color, price, original, external_id, place)
     RETURNING id, position, price_cents, original_price_cents, currency
   ), priced AS (
     INSERT INTO price_changes (variant_id, price_cents, original_price_cents, currency, changed_by)
     SELECT id, price_cents, original_price_cents, currency, $11 FROM made
   )
   SELECT id FROM made ORDER BY position`,
);

const SKUS_TAKEN = statement(
  'catalog.skus_taken',
  `SELECT sku FROM variants WHERE store_id = $1 AND sku = ANY ($2::text[])`,
);

const NAME = statement(
  'catalog.name',
  `SELECT p.title AS product, v.sku, v.size, v.color FROM variants v JOIN products p ON p.id = v.product_id WHERE v.id = $1`,
);

/** What a variant is called. */
export interface VariantName {
  /** The product's title. */
  product: string;
  sku: string;
  size: string | null;
  color: string | null;
}

/**
 * What stores do to their goods.
 * Errors: NotFound for another's store, product or variant; InvalidField for a foreign currency, an original price below
 * the price, a page that is not the store's; SkuTaken; VariantLimitReached.
 */
@Injectable()
export class Catalog {
  constructor(
    private readonly database: Database,
    private readonly events: Events,
    private readonly stores: StoreDirectory,
    private readonly stock: Stock,
    private readonly secondPrices: SecondPrices,
  ) {}

  async makeProduct(
    tx: Tx,
    caller: Caller,
    storeId: string,
    body: MakeProductRequest,
  ): Promise<ManagedProductResponse> {
    const store = await this.stores.ownedStore(tx, caller, storeId);
    assertPageOfStore(store, body.url);
    assertDistinctSkus(body.variants);
    body.variants.forEach((variant, index) => assertPrices(store, variant, `/variants/${index}`));
    const brand = await this.brand(tx, body.brand);
    const { id } = await tx.repository(Product).save({
      storeId,
      ...brand,
      title: body.title,
      gtin: body.gtin ?? null,
      description: body.description ?? '',
      url: body.url ?? null,
      imageUrls: body.imageUrls ?? [],
      category: body.category ?? null,
    });
    await this.addVariants(tx, caller, store, id, 0, body.variants);
    await this.publish(tx, 'catalog.product_added', id, { productId: id, storeId });
    return this.managed(tx, storeId, id);
  }

  async addVariant(
    tx: Tx,
    caller: Caller,
    storeId: string,
    productId: string,
    body: MakeVariantRequest,
  ): Promise<ManagedVariantResponse> {
    const store = await this.stores.ownedStore(tx, caller, storeId);
    await this.lockProduct(tx, storeId, productId);
    assertPrices(store, body, '');
    const variants = tx.repository(Variant);
    if ((await variants.countBy({ productId })) >= VARIANTS_PER_PRODUCT)
      throw new VariantLimitReached(VARIANTS_PER_PRODUCT);
    const last = (await variants.maximum('position', { productId })) ?? 0;
    const [id] = await this.addVariants(tx, caller, store, productId, last, [body]);
    return this.managedVariant(tx, storeId, productId, id!);
  }

  async patchProduct(
    caller: Caller,
    storeId: string,
    productId: string,
    body: PatchProductRequest,
  ): Promise<ManagedProductResponse> {
    return this.database.transaction(async (tx) => {
      const store = await this.stores.ownedStore(tx, caller, storeId);
      const product = await this.lockProduct(tx, storeId, productId);
      assertPageOfStore(store, body.url);
      const { brand, status, ...rest } = body;
      if (brand !== undefined) Object.assign(product, await this.brand(tx, brand));
      Object.assign(product, rest, { version: product.version + 1, updatedAt: new Date() });
      await this.changeStatus(tx, 'product', product, status, { productId, storeId });
      await tx.repository(Product).save(product);
      return this.managed(tx, storeId, productId);
    });
  }

  async patchVariant(
    caller: Caller,
    storeId: string,
    variantId: string,
    body: PatchVariantRequest,
  ): Promise<ManagedVariantResponse> {
    return this.database.transaction(async (tx) => {
      const store = await this.stores.ownedStore(tx, caller, storeId);
      const variant = await tx
        .repository(Variant)
        .findOne({ where: { id: variantId, storeId }, lock: { mode: 'for_no_key_update' } });
      if (!variant) throw new NotFound('variant');
      await this.reprice(tx, caller, store, variant, body);
      await this.changeStatus(tx, 'variant', variant, body.status, { variantId, storeId });
      variant.updatedAt = new Date();
      await tx.repository(Variant).save(variant);
      return this.managedVariant(tx, storeId, variant.productId, variantId);
    });
  }

  /** Nobody sees the product any more; carts and orders that name its variants keep them. */
  async archiveProduct(caller: Caller, storeId: string, productId: string): Promise<void> {
    await this.patchProduct(caller, storeId, productId, { status: 'archived' });
  }

  /** Nobody sees the variant any more; carts and orders that name it keep it. */
  async archiveVariant(caller: Caller, storeId: string, variantId: string): Promise<void> {
    await this.patchVariant(caller, storeId, variantId, { status: 'archived' });
  }

  async get(caller: Caller, storeId: string, productId: string): Promise<ManagedProductResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    return this.managed(this.database, storeId, productId);
  }

  /** What a variant is called, an archived one too; undefined where there is none. */
  async nameOf(tx: Tx, variantId: string): Promise<VariantName | undefined> {
    return tx.maybeOne<VariantName>(NAME, [variantId]);
  }

  /** Every product of the store, newest first, archived ones too. */
  async list(
    caller: Caller,
    storeId: string,
    query: { limit: number; cursor?: string },
  ): Promise<ManagedProductListResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    const after = decodeIdCursor(query.cursor) ?? null;
    const found = await this.database.rows<ProductRow>(MANAGED_PRODUCTS, [storeId, after, query.limit + 1]);
    const { rows, nextCursor } = page(found, query.limit, (row) => encodeCursor(row.id));
    const priceIn = await this.secondPrices.current();
    return { data: rows.map((row) => ManagedProductResponse.of(row, priceIn)), nextCursor };
  }

  /** Every price the variant had, newest first. */
  async priceHistory(
    caller: Caller,
    storeId: string,
    variantId: string,
    query: { limit: number; cursor?: string },
  ): Promise<PriceHistoryResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    if (!(await this.database.repository(Variant).existsBy({ id: variantId, storeId }))) throw new NotFound('variant');
    const after = decodeIdCursor(query.cursor);
    const found = await this.database.repository(PriceChange).find({
      where: { variantId, ...(after && { id: LessThan(after) }) },
      order: { id: 'DESC' },
      take: query.limit + 1,
    });
    const { rows, nextCursor } = page(found, query.limit, (row) => encodeCursor(row.id));
    return { data: rows.map((row) => PriceChangeResponse.of(row)), nextCursor };
  }

  /** Writes the variants, the prices they begin with and their stock: two statements, however many there are. */
  private async addVariants(
    tx: Tx,
    caller: Caller,
    store: Store,
    productId: string,
    lastPosition: number,
    variants: MakeVariantRequest[],
  ): Promise<string[]> {
    const skus = variants.map((variant) => variant.sku);
    const [taken] = await tx.rows<{ sku: string }>(SKUS_TAKEN, [store.id, skus]);
    if (taken) {
      const pointer = variants.length > 1 ? `/variants/${skus.indexOf(taken.sku)}/sku` : '/sku';
      throw new SkuTaken([{ pointer, detail: 'another variant of the store has this SKU' }]);
    }
    const made = await tx.rows<{ id: string }>(ADD_VARIANTS, [
      store.id,
      productId,
      store.currency,
      skus,
      variants.map((variant) => variant.size ?? null),
      variants.map((variant) => variant.color ?? null),
      variants.map((variant) => variant.price.amount),
      variants.map((variant) => variant.originalPrice?.amount ?? null),
      variants.map((variant) => variant.externalId ?? null),
      lastPosition,
      caller.id,
    ]);
    await this.stock.open(
      tx,
      store.id,
      variants.map(({ onHand, buffer, alertThreshold }, index) => ({
        variantId: made[index]!.id,
        onHand,
        buffer: buffer ?? 0,
        alertThreshold: alertThreshold ?? null,
      })),
    );
    return made.map((row) => row.id);
  }

  /** A price history row and an event where the price or what it is compared with has changed. */
  private async reprice(
    tx: Tx,
    caller: Caller,
    store: Store,
    variant: Variant,
    body: PatchVariantRequest,
  ): Promise<void> {
    assertPrices(store, body, '');
    const previous = { price: variant.priceCents, original: variant.originalPriceCents };
    if (body.price) variant.priceCents = body.price.amount;
    if (body.originalPrice !== undefined) variant.originalPriceCents = body.originalPrice?.amount ?? null;
    if (variant.originalPriceCents !== null && variant.originalPriceCents < variant.priceCents) {
      if (body.originalPrice) throw new InvalidField('/originalPrice/amount', 'must not be less than the price');
      variant.originalPriceCents = null;
    }
    const { priceCents, originalPriceCents, currency } = variant;
    if (priceCents === previous.price && originalPriceCents === previous.original) return;
    await tx
      .repository(PriceChange)
      .insert({ variantId: variant.id, priceCents, originalPriceCents, currency, changedBy: caller.id });
    await this.publish(tx, 'catalog.variant_repriced', variant.id, {
      variantId: variant.id,
      storeId: store.id,
      price: priceCents,
      previousPrice: previous.price,
      currency,
    });
  }

  private async changeStatus(
    tx: Tx,
    what: 'product' | 'variant',
    row: Product | Variant,
    status: GoodsStatus | undefined,
    payload: Record<string, string>,
  ): Promise<void> {
    if (status === undefined || status === row.status) return;
    row.status = status;
    await this.publish(tx, `catalog.${what}_${status === 'archived' ? 'archived' : 'restored'}`, row.id, payload);
  }

  private async brand(
    tx: Tx,
    name: string | null | undefined,
  ): Promise<{ brandId: string | null; brandName: string | null }> {
    if (!name) return { brandId: null, brandName: null };
    const brand = (await tx.maybeOne<{ id: string; name: string }>(BRAND, [name]))!;
    return { brandId: brand.id, brandName: brand.name };
  }

  private async lockProduct(tx: Tx, storeId: string, productId: string): Promise<Product> {
    const product = await tx
      .repository(Product)
      .findOne({ where: { id: productId, storeId }, lock: { mode: 'for_no_key_update' } });
    if (!product) throw new NotFound('product');
    return product;
  }

  private async managed(db: Tx | Database, storeId: string, productId: string): Promise<ManagedProductResponse> {
    const row = await db.maybeOne<ProductRow>(MANAGED_PRODUCT, [storeId, productId]);
    if (!row) throw new NotFound('product');
    return ManagedProductResponse.of(row, await this.secondPrices.current(db instanceof Tx ? db : undefined));
  }

  private async managedVariant(
    tx: Tx,
    storeId: string,
    productId: string,
    variantId: string,
  ): Promise<ManagedVariantResponse> {
    const product = await this.managed(tx, storeId, productId);
    return product.variants.find((variant) => variant.id === variantId)!;
  }

  private publish(tx: Tx, type: string, aggregateId: string, payload: Record<string, unknown>): Promise<void> {
    return this.events.publish(tx, { type, aggregateId, payload });
  }
}
