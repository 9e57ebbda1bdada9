import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, Scoped, type Caller } from '../identity';
import { OnceParam, Problems, Public, TakesIdempotencyKey, type Once } from '../platform/http';
import { ExchangeRateListResponse, ExchangeRateResponse } from './dto/exchange-rate.response';
import { PostExchangeRateRequest } from './dto/post-exchange-rate.request';
import { ExchangeRates } from './exchange-rates';

@ApiTags('Exchange rates')
@Controller()
export class ExchangeRatesController {
  constructor(private readonly rates: ExchangeRates) {}

  /** The rates of this moment. */
  @ApiOperation({ summary: 'Present exchange rates', description: 'The newest effective rate of each pair.' })
  @Problems(400)
  @Public()
  @ApiSecurity({})
  @Scoped('catalog:read')
  @Get('exchange-rates')
  async listExchangeRates(): Promise<ExchangeRateListResponse> {
    return { data: (await this.rates.list()).map((rate) => ExchangeRateResponse.of(rate)), nextCursor: null };
  }

  /** Adds a rate. */
  @ApiOperation({
    summary: 'Post an exchange rate',
    description: 'Rates are only ever added: sessions and orders keep the one they were priced by.',
  })
  @ApiBearerAuth()
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 409, 422)
  @Roles('admin')
  @Post('admin/exchange-rates')
  @HttpCode(201)
  postExchangeRate(
    @CurrentCaller() caller: Caller,
    @Body() body: PostExchangeRateRequest,
    @OnceParam() once: Once,
  ): Promise<ExchangeRateResponse> {
    return once
      .run(async (tx) => ExchangeRateResponse.of(await this.rates.post(tx, body, caller.id)))
      .finally(() => this.rates.forget());
  }
}
