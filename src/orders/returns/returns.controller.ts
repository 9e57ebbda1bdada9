import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped } from '../../identity';
import { OnceParam, PageRequest, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { OpenToLinks } from '../links/open-to-links.decorator';
import type { OrderReader } from '../orders.service';
import { ReturnRequest, SendReturnRequest } from './dto/return.request';
import { ReturnListResponse, ReturnResponse } from './dto/return.response';
import { Returns } from './returns.service';

@ApiTags('Orders')
@ApiBearerAuth()
@Controller('orders/:id')
export class ReturnsController {
  constructor(private readonly returns: Returns) {}

  @OpenToLinks()
  @ApiOperation({
    summary: 'Ask to send items back',
    description:
      'Of an order that was shipped, until its `returnUntil`: for money, or for other goods of the store that are no dearer. The merchant approves or refuses it; a store that Muse speaks to by its own interface is asked there, for money alone, where it offers that (`allowedActions`).',
  })
  @TakesIdempotencyKey(true)
  @Problems(400, 401, 404, 409, 422)
  @Scoped('orders:write')
  @Post('return')
  requestReturn(
    @CurrentCaller() actor: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: ReturnRequest,
    @OnceParam() once: Once,
  ): Promise<ReturnResponse> {
    return once.runWithKey((tx) => this.returns.request(tx, actor, id, body));
  }

  @OpenToLinks()
  @ApiOperation({ summary: 'The returns of an order', description: 'Oldest first.' })
  @Problems(400, 401, 404)
  @Scoped('orders:read')
  @Get('returns')
  listReturns(
    @CurrentCaller() reader: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Query() query: PageRequest,
  ): Promise<ReturnListResponse> {
    return this.returns.ofBuyer(reader, id, query);
  }

  @OpenToLinks()
  @ApiOperation({ summary: 'One return', description: 'With what its buyer may do next (`allowedActions`).' })
  @Problems(400, 401, 404)
  @Scoped('orders:read')
  @Get('returns/:returnId')
  getReturn(
    @CurrentCaller() reader: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('returnId', ParseUUIDPipe) returnId: string,
  ): Promise<ReturnResponse> {
    return this.returns.findOfBuyer(reader, id, returnId);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Cancel a return',
    description: 'Before it is on its way: the units stay with the buyer, and may be sent back another time.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422)
  @Scoped('orders:write')
  @HttpCode(200)
  @Post('returns/:returnId/cancel')
  cancelReturn(
    @CurrentCaller() actor: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('returnId', ParseUUIDPipe) returnId: string,
    @OnceParam() once: Once,
  ): Promise<ReturnResponse> {
    return once.run((tx) => this.returns.cancel(tx, actor, id, returnId));
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Say that a return is on its way',
    description: 'With carrier and number, once it is approved.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422)
  @Scoped('orders:write')
  @HttpCode(200)
  @Post('returns/:returnId/sent')
  sendReturn(
    @CurrentCaller() actor: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('returnId', ParseUUIDPipe) returnId: string,
    @Body() body: SendReturnRequest,
    @OnceParam() once: Once,
  ): Promise<ReturnResponse> {
    return once.run((tx) => this.returns.send(tx, actor, id, returnId, body));
  }
}
