import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../../identity';
import { Once, OnceParam, Problems, TakesIdempotencyKey } from '../../platform/http';
import { AccountLinkRequest } from './dto/payment-account.request';
import { AccountLinkResponse, PaymentAccountResponse } from './dto/payment-account.response';
import { PaymentAccounts } from './payment-accounts.service';

@ApiTags('Merchant: payment account')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Controller('merchant/stores/:storeId/payment-account')
export class PaymentAccountsController {
  constructor(private readonly accounts: PaymentAccounts) {}

  @ApiOperation({
    summary: 'Open the payment account of a store',
    description:
      'Shoppers can pay in Muse once the provider has enabled it. A store has one account: where there is one, it is answered.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @Post()
  @HttpCode(201)
  openPaymentAccount(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @OnceParam() once: Once,
  ): Promise<PaymentAccountResponse> {
    return this.accounts.open(caller, storeId, once);
  }

  @ApiOperation({
    summary: 'Get a link to the page of the provider that asks for what is missing',
    description:
      'The link works once and for minutes; the same Idempotency-Key gives a new one for the same addresses.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @Post('link')
  @HttpCode(201)
  linkPaymentAccount(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: AccountLinkRequest,
    @OnceParam() once: Once,
  ): Promise<AccountLinkResponse> {
    return this.accounts.link(caller, storeId, body, once);
  }

  @ApiOperation({
    summary: 'Read how a store can be paid',
    description: 'As the provider said it within the last minute, or longer ago where it does not answer.',
  })
  @Problems(400, 401, 403, 404)
  @Get()
  readPaymentAccount(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<PaymentAccountResponse> {
    return this.accounts.show(caller, storeId);
  }
}
