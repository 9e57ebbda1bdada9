import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../../identity';
import { OnceParam, PageRequest, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import {
  ApproveReturnRequest,
  ListReturnsRequest,
  ReceiveReturnRequest,
  RefuseReturnRequest,
} from './dto/return.request';
import { ReturnListResponse, ReturnResponse } from './dto/return.response';
import { Returns } from './returns.service';

@ApiTags('Merchant: orders')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores/:storeId')
export class MerchantReturnsController {
  constructor(private readonly returns: Returns) {}

  @ApiOperation({
    summary: 'The returns of my store',
    description: 'Newest first; `status=requested` are those to answer.',
  })
  @Problems(400, 401, 403, 404)
  @Get('returns')
  listStoreReturns(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Query() query: ListReturnsRequest,
  ): Promise<ReturnListResponse> {
    return this.returns.ofStore(caller, storeId, query);
  }

  @ApiOperation({ summary: 'The returns of an order of my store', description: 'Oldest first.' })
  @Problems(400, 401, 403, 404)
  @Get('orders/:orderId/returns')
  listStoreOrderReturns(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Query() query: PageRequest,
  ): Promise<ReturnListResponse> {
    return this.returns.ofStoresOrder(caller, storeId, orderId, query);
  }

  @ApiOperation({
    summary: 'Approve a return',
    description: 'The buyer may send it now. What an exchange is for is held for it from now on.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post('orders/:orderId/returns/:returnId/approve')
  approveReturn(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Param('returnId', ParseUUIDPipe) returnId: string,
    @Body() body: ApproveReturnRequest,
    @OnceParam() once: Once,
  ): Promise<ReturnResponse> {
    return once.run((tx) => this.returns.approve(tx, caller, storeId, orderId, returnId, body));
  }

  @ApiOperation({
    summary: 'Refuse a return',
    description:
      'With a reason, which the buyer reads; an approved one too, where it never comes. Its units may be sent back another time.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post('orders/:orderId/returns/:returnId/refuse')
  refuseReturn(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Param('returnId', ParseUUIDPipe) returnId: string,
    @Body() body: RefuseReturnRequest,
    @OnceParam() once: Once,
  ): Promise<ReturnResponse> {
    return once.run((tx) => this.returns.refuse(tx, caller, storeId, orderId, returnId, body));
  }

  @ApiOperation({
    summary: 'Say that a return has come',
    description:
      'Which units, in which condition, and whether they go back into stock. What was paid for them goes back at once (delivery left out, and what was refunded before), or the order that replaces them is placed. Of an order that was paid to the store itself, the store owes the refund.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post('orders/:orderId/returns/:returnId/receive')
  receiveReturn(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('orderId', ParseUUIDPipe) orderId: string,
    @Param('returnId', ParseUUIDPipe) returnId: string,
    @Body() body: ReceiveReturnRequest,
    @OnceParam() once: Once,
  ): Promise<ReturnResponse> {
    return once.run((tx) => this.returns.receive(tx, caller, storeId, orderId, returnId, body));
  }
}
