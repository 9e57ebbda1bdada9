import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Scoped, type Caller } from '../../identity';
import { OpenToLinks, type OrderActor } from '../../orders';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { AnswerReportRequest, AppealReportRequest, ListReportsRequest } from '../dto/report.request';
import { ReportListResponse, ReportResponse } from '../dto/report.response';
import { ReportsService } from './reports.service';

@ApiTags('Trust')
@ApiBearerAuth()
@Controller('reports')
export class ReportsController {
  constructor(private readonly reports: ReportsService) {}

  @ApiOperation({
    summary: 'My reports',
    description: 'By me and about me, as a buyer and as a merchant, newest first.',
  })
  @Problems(400, 401)
  @Scoped('orders:read')
  @Get()
  listReports(@CurrentCaller() caller: Caller, @Query() query: ListReportsRequest): Promise<ReportListResponse> {
    return this.reports.list(caller, query);
  }

  @OpenToLinks()
  @ApiOperation({ summary: 'One report', description: 'For both sides of its order.' })
  @Problems(400, 401, 404)
  @Scoped('orders:read')
  @Get(':id')
  getReport(@CurrentCaller() caller: OrderActor, @Param('id', ParseUUIDPipe) id: string): Promise<ReportResponse> {
    return this.reports.find(caller, id);
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Answer a report',
    description: 'By the side that was reported, once, before it is decided.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422)
  @Scoped('orders:write')
  @HttpCode(200)
  @Post(':id/answer')
  answerReport(
    @CurrentCaller() caller: OrderActor,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: AnswerReportRequest,
    @OnceParam() once: Once,
  ): Promise<ReportResponse> {
    return once.run((tx) => this.reports.answer(tx, caller, id, body));
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Withdraw a report',
    description: 'By its reporter, before it is decided. Again: the same.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422)
  @Scoped('orders:write')
  @HttpCode(200)
  @Post(':id/withdraw')
  withdrawReport(
    @CurrentCaller() caller: OrderActor,
    @Param('id', ParseUUIDPipe) id: string,
    @OnceParam() once: Once,
  ): Promise<ReportResponse> {
    return once.run((tx) => this.reports.withdraw(tx, caller, id));
  }

  @OpenToLinks()
  @ApiOperation({
    summary: 'Appeal against a decision',
    description: 'By the side that it went against, once, within 14 days. Until it is decided anew it stands.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 404, 409, 422)
  @Scoped('orders:write')
  @HttpCode(200)
  @Post(':id/appeal')
  appealReport(
    @CurrentCaller() caller: OrderActor,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: AppealReportRequest,
    @OnceParam() once: Once,
  ): Promise<ReportResponse> {
    return once.run((tx) => this.reports.appeal(tx, caller, id, body));
  }
}
