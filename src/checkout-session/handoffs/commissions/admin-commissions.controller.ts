import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../../../identity';
import { OnceParam, Problems, TakesIdempotencyKey, type Once } from '../../../platform/http';
import { CommissionsService } from './commissions.service';
import { CommissionReportRequest, ConversionsRequest, ImportConversionsRequest } from './dto/commissions.request';
import {
  CommissionReportResponse,
  ConversionListResponse,
  ImportedConversionsResponse,
} from './dto/commissions.response';

@ApiTags('Admin: affiliate links')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin')
export class AdminCommissionsController {
  constructor(private readonly commissions: CommissionsService) {}

  @ApiOperation({
    summary: 'Take what a network reports',
    description:
      'As CSV. Each commission and reversal counts once, by the network’s own id, however often it is reported; the click id joins it to the hand-off and its order. Lines that cannot be taken are told of one by one, the others are taken.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 409, 422)
  @HttpCode(200)
  @Post('affiliate-conversions')
  importConversions(
    @CurrentCaller() caller: Caller,
    @Body() body: ImportConversionsRequest,
    @OnceParam() once: Once,
  ): Promise<ImportedConversionsResponse> {
    return once.run((tx) => this.commissions.import(tx, caller, body));
  }

  @ApiOperation({ summary: 'What networks reported, one by one', description: 'With the order that each is for.' })
  @Problems(400, 401, 403)
  @Get('affiliate-conversions')
  listConversions(@Query() query: ConversionsRequest): Promise<ConversionListResponse> {
    return this.commissions.list(query);
  }

  @ApiOperation({
    summary: 'What the affiliate links of some days came to',
    description: 'By store and network: links made and followed, orders, and what was sold, earned and taken back.',
  })
  @Problems(400, 401, 403, 422)
  @Get('affiliate-report')
  readCommissionReport(@Query() query: CommissionReportRequest): Promise<CommissionReportResponse> {
    return this.commissions.report(query);
  }
}
