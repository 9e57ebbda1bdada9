import { Body, Controller, Get, Param, ParseUUIDPipe, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped } from '../identity';
import { OpenToLinks, type OrderActor } from '../orders';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../platform/http';
import { RateRequest } from './dto/rating.request';
import { OrderRatingsResponse } from './dto/rating.response';
import { ReportStoreRequest } from './dto/report.request';
import { OrderReportsResponse, ReportResponse } from './dto/report.response';
import { RatingsService } from './ratings/ratings.service';
import { ReportsService } from './reports/reports.service';
import { REPORTS } from './trust.limits';

@ApiTags('Trust')
@ApiBearerAuth()
@Controller('orders/:id')
export class OrderTrustController {
  constructor(
    private readonly ratings: RatingsService,
    private readonly reports: ReportsService,
  ) {}

  @OpenToLinks()
  @ApiOperation({
    summary: 'The ratings of an order',
    description: 'One’s own at once; the store’s when both are in or the time is over.',
  })
  @Problems(400, 401, 404, 409)
  @Scoped('orders:read')
  @Get('rating')
  getRating(
    @CurrentCaller() caller: OrderActor,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<OrderRatingsResponse> {
    return this.ratings.ofBuyer(caller, id);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Rate the store',
    description: 'After completion, once an order; it may be changed while nobody has seen it.',
  })
  @Problems(400, 401, 404, 409)
  @Scoped('orders:write')
  @Put('rating')
  rateStore(
    @CurrentCaller() caller: OrderActor,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: RateRequest,
  ): Promise<OrderRatingsResponse> {
    return this.ratings.byBuyer(caller, id, body);
  }

  @OpenToLinks()
  @ApiOperation({ summary: 'The reports of an order', description: 'By either side, newest first.' })
  @Problems(400, 401, 404)
  @Scoped('orders:read')
  @Get('reports')
  listOrderReports(
    @CurrentCaller() caller: OrderActor,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<OrderReportsResponse> {
    return this.reports.ofOrder(caller, id);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Report the store',
    description: 'About this order only. The merchant may answer for seven days; then support decides.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422, 429)
  @Scoped('orders:write')
  @Post('reports')
  reportStore(
    @CurrentCaller() caller: OrderActor,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: ReportStoreRequest,
    @OnceParam() once: Once,
  ): Promise<ReportResponse> {
    return once.run((tx) => this.reports.byBuyer(tx, caller, id, body), REPORTS);
  }
}
