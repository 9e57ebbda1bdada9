import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../../identity';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { ListPaymentsRequest, ResolvePaymentStepRequest } from './dto/payment-console.request';
import { AdminPaymentListResponse, AdminPaymentResponse } from './dto/payment-console.response';
import { PaymentsConsole } from './payments.console';

@ApiTags('Support: payments')
@ApiBearerAuth()
@Roles('support', 'admin')
@Controller('admin')
export class AdminPaymentsController {
  constructor(private readonly payments: PaymentsConsole) {}

  @ApiOperation({
    summary: 'Payments',
    description: 'Above all those that need attention: nobody could know what became of a call to the provider.',
  })
  @Problems(400, 401, 403)
  @Get('payments')
  listPayments(@Query() query: ListPaymentsRequest): Promise<AdminPaymentListResponse> {
    return this.payments.list(query);
  }

  @ApiOperation({
    summary: 'One payment, with all that belongs to it',
    description: 'Its shares by store, its steps at the provider, its refunds, and its ledger, which sums to zero.',
  })
  @Problems(400, 401, 403, 404)
  @Get('payments/:id')
  showPayment(@Param('id', ParseUUIDPipe) id: string): Promise<AdminPaymentResponse> {
    return this.payments.show(id);
  }

  @ApiOperation({
    summary: 'Decide what became of a step',
    description:
      '`look_again`: Muse asks the provider for what the step made, and goes on from what it says; only where nothing is found is it sent again, once, under ' +
      'its own key. `done`: a person has found that exactly what was asked was done. `not_done`: a person has found that nothing came of it. Then an ' +
      'authorisation is declined, a capture has failed (its orders may be paid anew), a refund has failed (it may be asked for again), what a reversal should ' +
      'have brought back is owed by the store; a transfer or a cancellation, which have to happen, are sent anew. The reason is kept.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post('payment-steps/:id/resolve')
  resolvePaymentStep(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: ResolvePaymentStepRequest,
    @OnceParam() once: Once,
  ): Promise<AdminPaymentResponse> {
    return once.run((tx) => this.payments.resolve(tx, caller, id, body));
  }
}
