import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped } from '../../identity';
import { Limited, OnceParam, PageRequest, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { PayOrderRequest } from '../dto/order.request';
import { OpenToLinks } from '../links/open-to-links.decorator';
import { RESUMES } from '../orders.limits';
import type { OrderReader } from '../orders.service';
import { ChangePaying } from './change-paying';
import { RefuseChangeRequest } from './dto/order-change.request';
import { OrderChangeListResponse, OrderChangeResponse } from './dto/order-change.response';
import { OrderChanges } from './order-changes.service';

@ApiTags('Orders')
@ApiBearerAuth()
@Controller('orders/:id/changes')
export class OrderChangesController {
  constructor(
    private readonly changes: OrderChanges,
    private readonly paying: ChangePaying,
  ) {}

  @OpenToLinks()
  @ApiOperation({
    summary: 'What the store would like to change',
    description:
      'Newest first: what the order was and what it would be, line by line, and what has become of each change.',
  })
  @Problems(400, 401, 404)
  @Scoped('orders:read')
  @Get()
  listOrderChanges(
    @CurrentCaller() reader: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Query() query: PageRequest,
  ): Promise<OrderChangeListResponse> {
    return this.changes.ofBuyer(reader, id, query);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Accept a change',
    description:
      'Of an order that is not paid it holds at once. Of one that is paid: what it falls by goes back; what it rises by is paid by `…/pay` within a day, its goods are set aside until then, and it holds once that is there.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422)
  @Scoped('orders:write')
  @HttpCode(200)
  @Post(':changeId/accept')
  acceptOrderChange(
    @CurrentCaller() actor: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('changeId', ParseUUIDPipe) changeId: string,
    @OnceParam() once: Once,
  ): Promise<OrderChangeResponse> {
    return once.run((tx) => this.changes.accept(tx, actor, id, changeId));
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Refuse a change',
    description: 'The order stays as it is. One that was accepted can still be refused before its difference is paid.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422)
  @Scoped('orders:write')
  @HttpCode(200)
  @Post(':changeId/refuse')
  refuseOrderChange(
    @CurrentCaller() actor: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('changeId', ParseUUIDPipe) changeId: string,
    @Body() body: RefuseChangeRequest,
    @OnceParam() once: Once,
  ): Promise<OrderChangeResponse> {
    return once.run((tx) => this.changes.refuse(tx, actor, id, changeId, body));
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Pay what a change raises the order by',
    description:
      'A payment of its own, of the difference alone. Of an order that names nobody, whoever holds its token pays, with a method for this once. What comes of it is seen in the change: `status`, and `action` where the buyer has to authenticate.',
  })
  @TakesIdempotencyKey(true)
  @Problems(400, 401, 404, 409, 422, 429)
  @Scoped('orders:write')
  @HttpCode(202)
  @Post(':changeId/pay')
  payOrderChange(
    @CurrentCaller() caller: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('changeId', ParseUUIDPipe) changeId: string,
    @Body() body: PayOrderRequest,
    @OnceParam() once: Once,
  ): Promise<OrderChangeResponse> {
    return this.paying.pay(once, caller, id, changeId, body);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Go on paying a change after authenticating',
    description: 'As `POST /orders/{id}/pay/resume`, for the difference of a change.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422, 429)
  @Scoped('orders:write')
  @Limited({ ...RESUMES, by: 'caller' })
  @HttpCode(200)
  @Post(':changeId/pay/resume')
  resumeChangePayment(
    @CurrentCaller() caller: OrderReader,
    @Param('id', ParseUUIDPipe) id: string,
    @Param('changeId', ParseUUIDPipe) changeId: string,
    @OnceParam() once: Once,
  ): Promise<OrderChangeResponse> {
    return this.paying.resume(once, caller, id, changeId);
  }
}
