import { Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../../identity';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { ListPaymentStepsRequest } from './dto/payment-step.request';
import { PaymentStepListResponse, PaymentStepResponse } from './dto/payment-step.response';
import { StepsConsole } from './steps.console';

@ApiTags('Support: payments')
@ApiBearerAuth()
@Roles('support', 'admin')
@Controller('admin/payment-steps')
export class AdminPaymentStepsController {
  constructor(private readonly steps: StepsConsole) {}

  @ApiOperation({
    summary: 'Calls to the payment provider',
    description: 'Above all those that need attention: nobody could know what became of them.',
  })
  @Problems(400, 401, 403)
  @Get()
  listPaymentSteps(@Query() query: ListPaymentStepsRequest): Promise<PaymentStepListResponse> {
    return this.steps.list(query);
  }

  @ApiOperation({
    summary: 'Try one again that needs attention',
    description:
      'After a look at the provider. It is sent under its own idempotency key, and where the provider may have forgotten that, what is there is looked up first: so it never happens twice.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409)
  @HttpCode(200)
  @Post(':id/try-again')
  tryPaymentStepAgain(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<PaymentStepResponse> {
    return once.run((tx) => this.steps.tryAgain(tx, caller, id));
  }
}
