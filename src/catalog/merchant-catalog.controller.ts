import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../identity';
import { Once, OnceParam, PageRequest, Problems, TakesIdempotencyKey } from '../platform/http';
import { Catalog } from './catalog.service';
import {
  MakeProductRequest,
  MakeVariantRequest,
  PatchProductRequest,
  PatchVariantRequest,
} from './dto/make-product.request';
import { PriceHistoryResponse } from './dto/price-change.response';
import { ManagedProductListResponse, ManagedProductResponse, ManagedVariantResponse } from './dto/product.response';

/** Goods of a merchant's own store; admins manage those of partner stores by the same routes. */
@ApiTags('Merchant: goods')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores/:storeId')
export class MerchantCatalogController {
  constructor(private readonly catalog: Catalog) {}

  @ApiOperation({ summary: 'Add a product with its variants', description: 'Variants come back in the order given.' })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @Post('products')
  makeProduct(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: MakeProductRequest,
    @OnceParam() once: Once,
  ): Promise<ManagedProductResponse> {
    return once.run((tx) => this.catalog.makeProduct(tx, caller, storeId, body));
  }

  @ApiOperation({ summary: "List a store's products, newest first, archived ones too" })
  @Problems(400, 401, 403, 404)
  @Get('products')
  listOwnProducts(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Query() query: PageRequest,
  ): Promise<ManagedProductListResponse> {
    return this.catalog.list(caller, storeId, query);
  }

  @ApiOperation({ summary: 'One product as its store sees it' })
  @Problems(400, 401, 403, 404)
  @Get('products/:productId')
  getOwnProduct(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('productId', ParseUUIDPipe) productId: string,
  ): Promise<ManagedProductResponse> {
    return this.catalog.get(caller, storeId, productId);
  }

  @ApiOperation({ summary: 'Change a product' })
  @Problems(400, 401, 403, 404, 422)
  @Patch('products/:productId')
  changeProduct(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('productId', ParseUUIDPipe) productId: string,
    @Body() body: PatchProductRequest,
  ): Promise<ManagedProductResponse> {
    return this.catalog.patchProduct(caller, storeId, productId, body);
  }

  @ApiOperation({
    summary: 'Archive a product',
    description: 'Nobody sees it any more; carts and orders keep it. PATCH with `status` brings it back.',
  })
  @Problems(400, 401, 403, 404)
  @HttpCode(204)
  @Delete('products/:productId')
  archiveProduct(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('productId', ParseUUIDPipe) productId: string,
  ): Promise<void> {
    return this.catalog.archiveProduct(caller, storeId, productId);
  }

  @ApiOperation({ summary: 'Add a variant to a product', description: 'It comes last.' })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @Post('products/:productId/variants')
  addVariant(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('productId', ParseUUIDPipe) productId: string,
    @Body() body: MakeVariantRequest,
    @OnceParam() once: Once,
  ): Promise<ManagedVariantResponse> {
    return once.run((tx) => this.catalog.addVariant(tx, caller, storeId, productId, body));
  }

  @ApiOperation({ summary: "Change a variant's price", description: 'Every price is kept in its history.' })
  @Problems(400, 401, 403, 404, 422)
  @Patch('variants/:variantId')
  changeVariant(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('variantId', ParseUUIDPipe) variantId: string,
    @Body() body: PatchVariantRequest,
  ): Promise<ManagedVariantResponse> {
    return this.catalog.patchVariant(caller, storeId, variantId, body);
  }

  @ApiOperation({
    summary: 'Archive a variant',
    description: 'Nobody sees it any more; carts and orders keep it. PATCH with `status` brings it back.',
  })
  @Problems(400, 401, 403, 404)
  @HttpCode(204)
  @Delete('variants/:variantId')
  archiveVariant(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('variantId', ParseUUIDPipe) variantId: string,
  ): Promise<void> {
    return this.catalog.archiveVariant(caller, storeId, variantId);
  }

  @ApiOperation({ summary: 'Every price a variant had, newest first' })
  @Problems(400, 401, 403, 404)
  @Get('variants/:variantId/prices')
  listPrices(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('variantId', ParseUUIDPipe) variantId: string,
    @Query() query: PageRequest,
  ): Promise<PriceHistoryResponse> {
    return this.catalog.priceHistory(caller, storeId, variantId, query);
  }
}
