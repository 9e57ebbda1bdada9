import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../identity';
import { Once, OnceParam, PageRequest, Problems, TakesIdempotencyKey } from '../platform/http';
import { DeliveryOptions } from './delivery-options.service';
import { MakeDeliveryOptionRequest, PatchDeliveryOptionRequest } from './dto/delivery-option.request';
import { MakeStoreRequest, PatchStoreRequest } from './dto/make-store.request';
import { DeliveryOptionResponse, ManagedStoreListResponse, ManagedStoreResponse } from './dto/store.response';
import { StoreDirectory } from './store-directory';
import { Stores } from './stores.service';

@ApiTags('Merchant: stores')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores')
export class MerchantStoresController {
  constructor(
    private readonly stores: Stores,
    private readonly deliveryOptions: DeliveryOptions,
    private readonly directory: StoreDirectory,
  ) {}

  @ApiOperation({
    summary: 'Make a store of your own',
    description: 'Its maker becomes a merchant. At most 20 a user, closed ones included.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 409, 422)
  @Post()
  makeStore(
    @CurrentCaller() caller: Caller,
    @Body() body: MakeStoreRequest,
    @OnceParam() once: Once,
  ): Promise<ManagedStoreResponse> {
    return once.run((tx) => this.stores.makeStore(tx, caller, body));
  }

  @ApiOperation({ summary: 'List your own stores, newest first', description: 'Closed ones too.' })
  @Problems(400, 401, 403)
  @Get()
  listOwnStores(@CurrentCaller() caller: Caller, @Query() query: PageRequest): Promise<ManagedStoreListResponse> {
    return this.directory.listOwn(caller, query);
  }

  @ApiOperation({
    summary: 'Change a store of your own',
    description: 'Fields that are not named stay; null clears. A closed store and its goods are shown to nobody.',
  })
  @Problems(400, 401, 403, 404, 422)
  @Patch(':storeId')
  changeStore(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: PatchStoreRequest,
  ): Promise<ManagedStoreResponse> {
    return this.stores.patchStore(caller, storeId, body);
  }

  @ApiOperation({ summary: 'Add a way in which the store delivers', description: 'Admins do so for partner stores.' })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @Post(':storeId/delivery-options')
  addDeliveryOption(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: MakeDeliveryOptionRequest,
    @OnceParam() once: Once,
  ): Promise<DeliveryOptionResponse> {
    return once.run((tx) => this.deliveryOptions.add(tx, caller, storeId, body));
  }

  @ApiOperation({
    summary: 'Change a delivery option',
    description: 'Fields that are not named stay. Sessions quoted before keep what they were quoted.',
  })
  @Problems(400, 401, 403, 404, 422)
  @Patch(':storeId/delivery-options/:optionId')
  changeDeliveryOption(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('optionId', ParseUUIDPipe) optionId: string,
    @Body() body: PatchDeliveryOptionRequest,
  ): Promise<DeliveryOptionResponse> {
    return this.deliveryOptions.patch(caller, storeId, optionId, body);
  }

  @ApiOperation({ summary: 'Retire a delivery option', description: 'Sessions and orders that chose it keep it.' })
  @Problems(400, 401, 403, 404)
  @HttpCode(204)
  @Delete(':storeId/delivery-options/:optionId')
  retireDeliveryOption(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('optionId', ParseUUIDPipe) optionId: string,
  ): Promise<void> {
    return this.deliveryOptions.retire(caller, storeId, optionId);
  }
}
