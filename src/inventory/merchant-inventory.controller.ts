import { Body, Controller, Get, Param, ParseUUIDPipe, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../identity';
import { PageRequest, Problems } from '../platform/http';
import { SetStockRequest } from './dto/set-stock.request';
import { StockListResponse, StockResponse } from './dto/stock.response';
import { Stock } from './stock.service';

@ApiTags('Merchant: goods')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores/:storeId')
export class MerchantInventoryController {
  constructor(private readonly stock: Stock) {}

  @ApiOperation({ summary: "List a store's stock, newest variants first" })
  @Problems(400, 401, 403, 404)
  @Get('inventory')
  listStock(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Query() query: PageRequest,
  ): Promise<StockListResponse> {
    return this.stock.list(caller, storeId, query);
  }

  @ApiOperation({
    summary: 'Count or correct the stock of a variant',
    description:
      'Give `onHand` (a count) or `adjust` (a correction). Units that checkouts have set aside cannot be taken away: 409 `stock_reserved`.',
  })
  @Problems(400, 401, 403, 404, 409, 422)
  @Put('variants/:variantId/inventory')
  setStock(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('variantId', ParseUUIDPipe) variantId: string,
    @Body() body: SetStockRequest,
  ): Promise<StockResponse> {
    return this.stock.set(caller, storeId, variantId, body);
  }
}
