import { Body, Controller, Get, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, UsersOnly, type Caller } from '../identity';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../platform/http';
import { RateRequest } from './dto/rating.request';
import { OrderRatingsResponse } from './dto/rating.response';
import { ReportBuyerRequest } from './dto/report.request';
import { ReportResponse } from './dto/report.response';
import { StoresOrderRequest } from './dto/stores-order.request';
import { BuyerTrustResponse } from './dto/trust.response';
import { RatingsService } from './ratings/ratings.service';
import { ReportsService } from './reports/reports.service';
import { REPORTS } from './trust.limits';
import { TrustService } from './trust.service';

@ApiTags('Merchant: trust')
@ApiBearerAuth()
@UsersOnly()
@Scoped('merchant')
@Problems(400, 401, 403, 404)
@Controller('merchant/stores/:storeId/orders/:orderId')
export class MerchantTrustController {
  constructor(
    private readonly trust: TrustService,
    private readonly ratings: RatingsService,
    private readonly reports: ReportsService,
  ) {}

  @ApiOperation({
    summary: 'How far an order’s buyer is trusted',
    description: 'Without saying who it is. Of a guest nothing is known: the score is where everybody begins.',
  })
  @Problems(409)
  @Get('buyer-trust')
  getBuyerTrust(
    @CurrentCaller() caller: Caller,
    @Param() { storeId, orderId }: StoresOrderRequest,
  ): Promise<BuyerTrustResponse> {
    return this.trust.ofBuyer(caller, storeId, orderId);
  }

  @ApiOperation({
    summary: 'The ratings of an order of my store',
    description: 'One’s own at once; the buyer’s when both are in or the time is over.',
  })
  @Problems(409)
  @Get('rating')
  getStoreOrderRating(
    @CurrentCaller() caller: Caller,
    @Param() { storeId, orderId }: StoresOrderRequest,
  ): Promise<OrderRatingsResponse> {
    return this.ratings.ofMerchant(caller, storeId, orderId);
  }

  @ApiOperation({
    summary: 'Rate an order’s buyer',
    description: 'After completion, once; it may be changed while nobody has seen it.',
  })
  @Problems(409)
  @Put('rating')
  rateBuyer(
    @CurrentCaller() caller: Caller,
    @Param() { storeId, orderId }: StoresOrderRequest,
    @Body() body: RateRequest,
  ): Promise<OrderRatingsResponse> {
    return this.ratings.byMerchant(caller, storeId, orderId, body);
  }

  @ApiOperation({
    summary: 'Report an order’s buyer',
    description: 'About this order only. The buyer may answer for seven days; then support decides.',
  })
  @TakesIdempotencyKey()
  @Problems(409, 422, 429)
  @Post('reports')
  reportBuyer(
    @CurrentCaller() caller: Caller,
    @Param() { storeId, orderId }: StoresOrderRequest,
    @Body() body: ReportBuyerRequest,
    @OnceParam() once: Once,
  ): Promise<ReportResponse> {
    return once.run((tx) => this.reports.byMerchant(tx, caller, storeId, orderId, body), REPORTS);
  }
}
