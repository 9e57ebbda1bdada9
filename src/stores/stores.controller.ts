import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Scoped } from '../identity';
import { Problems, Public } from '../platform/http';
import { ListStoresRequest } from './dto/list-stores.request';
import { StoreListResponse, StoreResponse } from './dto/store.response';
import { StoreDirectory } from './store-directory';

@ApiTags('Stores')
@Public()
@ApiSecurity({})
@Scoped('catalog:read')
@Controller('stores')
export class StoresController {
  constructor(private readonly directory: StoreDirectory) {}

  @ApiOperation({ summary: 'List stores, newest first' })
  @Problems(400)
  @Get()
  listStores(@Query() query: ListStoresRequest): Promise<StoreListResponse> {
    return this.directory.list(query);
  }

  @ApiOperation({ summary: 'One store, with how it delivers' })
  @Problems(400, 404)
  @Get(':storeId')
  getStore(@Param('storeId', ParseUUIDPipe) storeId: string): Promise<StoreResponse> {
    return this.directory.activeStore(storeId);
  }
}
