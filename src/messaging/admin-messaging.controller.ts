import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../identity';
import { Database } from '../platform/database';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../platform/http';
import { ManagedStoreResponse, StoreContactDto } from '../stores';
import {
  CloseReportRequest,
  ListReportsRequest,
  ReportedMessageListResponse,
  ReportedMessageResponse,
} from './dto/message-report.dto';
import { MessageReports } from './message-reports';
import { StoreLinks } from './store-links';

@ApiBearerAuth()
@Controller('admin')
export class AdminMessagingController {
  constructor(
    private readonly reports: MessageReports,
    private readonly links: StoreLinks,
    private readonly database: Database,
  ) {}

  @ApiTags('Support: messages')
  @ApiOperation({
    summary: 'Reported messages',
    description: 'Those that nobody has looked at yet, the oldest first. Of a sealed message only the reason is known.',
  })
  @Roles('support', 'admin')
  @Problems(400, 401, 403)
  @Get('message-reports')
  listMessageReports(@Query() query: ListReportsRequest): Promise<ReportedMessageListResponse> {
    return this.reports.list(query);
  }

  @ApiTags('Support: messages')
  @ApiOperation({
    summary: 'Close a report',
    description: 'With what support found. What was decided first stands.',
  })
  @Roles('support', 'admin')
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422)
  @HttpCode(200)
  @Post('message-reports/:reportId/close')
  closeMessageReport(
    @CurrentCaller() caller: Caller,
    @Param('reportId', ParseUUIDPipe) reportId: string,
    @Body() body: CloseReportRequest,
    @OnceParam() once: Once,
  ): Promise<ReportedMessageResponse> {
    return once.run((tx) => this.reports.close(tx, caller, reportId, body));
  }

  @ApiTags('Admin: partner stores')
  @ApiOperation({
    summary: 'Change the contact of an unclaimed store',
    description: 'The links that were mailed end; the new contact is written to about what is unread.',
  })
  @Roles('admin')
  @Problems(400, 401, 403, 404)
  @Put('stores/:storeId/contact')
  changeStoreContact(
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() { email }: StoreContactDto,
  ): Promise<ManagedStoreResponse> {
    return this.database.transaction((tx) => this.links.changeContact(tx, storeId, email));
  }
}
