import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, type Caller } from '../../identity';
import { OrderResponse } from '../../orders';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { ChangeHandoffRequest, HandoffOrderedRequest } from '../dto/checkout.request';
import { HandoffResponse } from '../dto/checkout.response';
import { HandoffsService } from './handoffs.service';

@ApiTags('Hand-offs')
@ApiBearerAuth()
@Scoped('checkout')
@Controller('handoffs')
export class HandoffsController {
  constructor(private readonly handoffs: HandoffsService) {}

  @ApiOperation({ summary: 'A filled cart at a store', description: 'Its link holds until it is over.' })
  @Problems(400, 401, 404)
  @Get(':id')
  getHandoff(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string): Promise<HandoffResponse> {
    return this.handoffs.find(caller, id);
  }

  @ApiOperation({
    summary: 'Turn the affiliate link of a hand-off off, or on again',
    description:
      'From then on its links lead straight to the store. PATCH /me turns them off for every store. The next one is wrapped again only where the store has a programme.',
  })
  @Problems(400, 401, 404)
  @Patch(':id')
  changeHandoff(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: ChangeHandoffRequest,
  ): Promise<HandoffResponse> {
    return this.handoffs.change(caller, id, body);
  }

  @ApiOperation({
    summary: 'I have ordered',
    description:
      'Makes the order, with the store’s number if it is known. Again: the same order; a number given later is added.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409)
  @Post(':id/ordered')
  confirmHandoff(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: HandoffOrderedRequest,
    @OnceParam() once: Once,
  ): Promise<OrderResponse> {
    return this.handoffs.ordered(once, caller, id, body);
  }

  @ApiOperation({ summary: 'I changed my mind', description: 'The items return to the cart.' })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409)
  @HttpCode(200)
  @Post(':id/abandon')
  abandonHandoff(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<HandoffResponse> {
    return this.handoffs.abandon(once, caller, id);
  }
}
