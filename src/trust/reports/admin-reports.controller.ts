import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../../identity';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { DecideReportRequest, ListAllReportsRequest } from '../dto/report.request';
import { ReportListResponse, ReportResponse } from '../dto/report.response';
import { ReportsConsole } from './reports.console';

@ApiTags('Support: reports')
@ApiBearerAuth()
@Roles('support', 'admin')
@Controller('admin/reports')
export class AdminReportsController {
  constructor(private readonly console: ReportsConsole) {}

  @ApiOperation({ summary: 'Reports', description: 'Newest first; `answered` and `appealed` wait for a decision.' })
  @Problems(400, 401, 403)
  @Get()
  listAllReports(@CurrentCaller() caller: Caller, @Query() query: ListAllReportsRequest): Promise<ReportListResponse> {
    return this.console.list(caller, query);
  }

  @ApiOperation({ summary: 'One report, for support', description: 'With what support may do about it now.' })
  @Problems(400, 401, 403, 404)
  @Get(':id')
  getAnyReport(@CurrentCaller() caller: Caller, @Param('id', ParseUUIDPipe) id: string): Promise<ReportResponse> {
    return this.console.find(caller, id);
  }

  @ApiOperation({
    summary: 'Decide a report',
    description:
      'Upheld, it weighs in the score of the side that was reported; that side must have answered, or had seven days to.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':id/decide')
  decideReport(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: DecideReportRequest,
    @OnceParam() once: Once,
  ): Promise<ReportResponse> {
    return once.run((tx) => this.console.decide(tx, caller, id, body));
  }

  @ApiOperation({
    summary: 'Decide an appeal',
    description:
      'The outcome that stands from now on, for good. By somebody else than who decided first, or by an admin.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':id/appeal/decide')
  decideAppeal(
    @CurrentCaller() caller: Caller,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() body: DecideReportRequest,
    @OnceParam() once: Once,
  ): Promise<ReportResponse> {
    return once.run((tx) => this.console.decideAppeal(tx, caller, id, body));
  }
}
