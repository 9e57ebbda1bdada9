import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../../identity';
import { Limited, Once, OnceParam, Problems, TakesIdempotencyKey } from '../../platform/http';
import { SaveMethodRequest } from './dto/payment-method.request';
import { PaymentMethodListResponse, PaymentMethodResponse, SetupResponse } from './dto/payment-method.response';
import { SAVINGS, SETUPS } from './methods.limits';
import { PaymentMethods } from './payment-methods.service';

@ApiTags('Payment methods')
@ApiBearerAuth()
@UsersOnly()
@Scoped('checkout')
@Controller('payment-methods')
export class PaymentMethodsController {
  constructor(private readonly methods: PaymentMethods) {}

  @ApiOperation({
    summary: 'List your saved payment methods',
    description: 'Brand and last four digits; card numbers are nowhere in Muse. Guests pay with one-time tokens.',
  })
  @Problems(400, 401, 403)
  @Get()
  listPaymentMethods(@CurrentCaller() caller: Caller): Promise<PaymentMethodListResponse> {
    return this.methods.list(caller);
  }

  @ApiOperation({
    summary: 'Begin to save a payment method',
    description:
      "The secret is for the provider's library in the client, which takes the card; then POST /payment-methods with `setupId`. The same Idempotency-Key gives the same secret.",
  })
  @TakesIdempotencyKey()
  @Limited({ ...SETUPS, by: 'caller' })
  @Problems(400, 401, 403, 409, 422, 429)
  @Post('setup')
  @HttpCode(201)
  setUpPaymentMethod(@CurrentCaller() caller: Caller, @OnceParam() once: Once): Promise<SetupResponse> {
    return this.methods.setUp(caller, once);
  }

  @ApiOperation({
    summary: 'Save a payment method',
    description:
      "What was set up, or a token of the provider. The first becomes the default; at most 20. Another's token is not found.",
  })
  @TakesIdempotencyKey()
  @Limited({ ...SAVINGS, by: 'caller' })
  @Problems(400, 401, 403, 404, 409, 422, 429)
  @Post()
  @HttpCode(201)
  savePaymentMethod(
    @CurrentCaller() caller: Caller,
    @Body() body: SaveMethodRequest,
    @OnceParam() once: Once,
  ): Promise<PaymentMethodResponse> {
    return this.methods.save(caller, body, once);
  }

  @ApiOperation({ summary: 'Make a saved payment method the default', description: 'The one before is it no more.' })
  @Problems(400, 401, 403, 404)
  @Put(':id/default')
  makeDefaultPaymentMethod(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<PaymentMethodResponse> {
    return this.methods.makeDefault(caller, id);
  }

  @ApiOperation({
    summary: 'Remove a saved payment method',
    description:
      'It is gone at once; the provider forgets it soon after. If it was the default, the newest of the others is.',
  })
  @Problems(400, 401, 403, 404)
  @Delete(':id')
  @HttpCode(204)
  removePaymentMethod(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return this.methods.remove(caller, id);
  }
}
