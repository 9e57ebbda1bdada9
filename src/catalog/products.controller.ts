import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Scoped } from '../identity';
import { Problems, Public } from '../platform/http';
import { ListProductsRequest } from './dto/list-products.request';
import { ProductDetailResponse, ProductListResponse } from './dto/product.response';
import { ProductSearch } from './product-search';

@ApiTags('Products')
@Public()
@ApiSecurity({})
@Scoped('catalog:read')
@Controller('products')
export class ProductsController {
  constructor(private readonly search: ProductSearch) {}

  @ApiOperation({ summary: 'Search products', description: 'Best matches first with `q`, else newest first.' })
  @Problems(400)
  @Get()
  searchProducts(@Query() query: ListProductsRequest): Promise<ProductListResponse> {
    return this.search.list(query);
  }

  @ApiOperation({ summary: 'One product, with the same item at other stores' })
  @Problems(400, 404)
  @Get(':productId')
  getProduct(@Param('productId', ParseUUIDPipe) productId: string): Promise<ProductDetailResponse> {
    return this.search.get(productId);
  }
}
