import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../../identity';
import { OrderResponse } from '../../orders';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { FollowFoundOrderRequest, ListFoundOrdersRequest } from './dto/found-order.request';
import { FoundOrderListResponse, FoundOrderResponse } from './dto/found-order.response';
import { FoundOrdersService } from './found-orders.service';

@ApiTags('Found orders')
@ApiBearerAuth()
@UsersOnly()
@Scoped('checkout')
@Controller('found-orders')
export class FoundOrdersController {
  constructor(private readonly found: FoundOrdersService) {}

  @ApiOperation({
    summary: 'Orders that my mails tell of',
    description:
      'Those that no hand-off explains beyond doubt, newest first, each with what it was learned from and the hand-offs that it may be of. What is certain becomes an order without being asked about.',
  })
  @Problems(400, 401, 403)
  @Get()
  listFoundOrders(
    @CurrentCaller() caller: Caller,
    @Query() query: ListFoundOrdersRequest,
  ): Promise<FoundOrderListResponse> {
    return this.found.list(caller, query);
  }

  @ApiOperation({
    summary: 'One order that my mails tell of',
    description:
      'Whatever became of it. Once an account or a sealed hand-off has taken its mails along, it is not found.',
  })
  @Problems(400, 401, 403, 404)
  @Get(':id')
  getFoundOrder(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string): Promise<FoundOrderResponse> {
    return this.found.find(caller, id);
  }

  @ApiOperation({
    summary: 'Follow it',
    description:
      'Makes it an order: that of the hand-off `handoffId`, or one of its own, with goods and amounts as the mails name them. What the mails have told so far is heard, and what later ones tell. Again: the same order.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 429)
  @Post(':id/follow')
  followFoundOrder(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: FollowFoundOrderRequest,
    @OnceParam() once: Once,
  ): Promise<OrderResponse> {
    return this.found.follow(once, caller, id, body);
  }

  @ApiOperation({
    summary: 'Not one to follow',
    description: 'It is not offered again, whatever mails come; it may still be followed.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409)
  @HttpCode(200)
  @Post(':id/dismiss')
  dismissFoundOrder(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<FoundOrderResponse> {
    return once.run((tx) => this.found.dismiss(tx, caller, id));
  }
}
