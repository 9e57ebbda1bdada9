import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../identity';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../platform/http';
import {
  CloseReportRequest,
  ListReportsRequest,
  ReportedMessageListResponse,
  ReportedMessageResponse,
} from './dto/message-report.dto';
import { MessageReports } from './message-reports';

@ApiTags('Support: messages')
@ApiBearerAuth()
@Roles('support', 'admin')
@Controller('admin/message-reports')
export class MessageReportsController {
  constructor(private readonly reports: MessageReports) {}

  @ApiOperation({
    summary: 'Reported messages',
    description: 'Those that nobody has looked at yet, the oldest first. Of a sealed message only the reason is known.',
  })
  @Problems(400, 401, 403)
  @Get()
  listMessageReports(@Query() query: ListReportsRequest): Promise<ReportedMessageListResponse> {
    return this.reports.list(query);
  }

  @ApiOperation({
    summary: 'Close a report',
    description: 'With what support found. What was decided first stands.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post(':reportId/close')
  closeMessageReport(
    @CurrentCaller() caller: Caller,
    @Param('reportId', ParseUUIDPipe) reportId: string,
    @Body() body: CloseReportRequest,
    @OnceParam() once: Once,
  ): Promise<ReportedMessageResponse> {
    return once.run((tx) => this.reports.close(tx, caller, reportId, body));
  }
}
