import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../../identity';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { ListTaxRatesRequest, PostTaxRateRequest } from './dto/tax-rate.request';
import { TaxRateListResponse, TaxRateResponse } from './dto/tax-rate.response';
import { TaxRates } from './tax-rates';

@ApiTags('Admin: tax')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin/tax-rates')
export class TaxRatesController {
  constructor(private readonly rates: TaxRates) {}

  @ApiOperation({
    summary: 'Post a tax rate',
    description:
      'Rates are only ever added: checkouts and orders keep the ones they were taxed by. The newest effective one of a country, region, category and name holds; 0 per cent ends a tax, or exempts a category.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 409, 422)
  @HttpCode(201)
  @Post()
  postTaxRate(
    @CurrentCaller() caller: Caller,
    @Body() body: PostTaxRateRequest,
    @OnceParam() once: Once,
  ): Promise<TaxRateResponse> {
    return once.run((tx) => this.rates.post(tx, body, caller.id)).finally(() => this.rates.forget());
  }

  @ApiOperation({
    summary: 'List tax rates, newest first',
    description: 'Those that no longer hold, and those to come, too.',
  })
  @Problems(400, 401, 403)
  @Get()
  listTaxRates(@Query() query: ListTaxRatesRequest): Promise<TaxRateListResponse> {
    return this.rates.list(query);
  }
}
