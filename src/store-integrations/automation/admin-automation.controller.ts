import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseIntPipe,
  ParseUUIDPipe,
  Post,
  Put,
  Query,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../../identity';
import { PageRequest, Problems } from '../../platform/http';
import { AutomationHealth } from './automation-health';
import { AutomationPolicies } from './automation-policies';
import { Checks } from './checks';
import { AutomationPolicyRequest } from './dto/automation-policy.request';
import {
  AutomationCheckResponse,
  AutomationPolicyResponse,
  AutomationResponse,
  AutomationRunsResponse,
  AutomationTrailResponse,
} from './dto/automation.response';
import { TestAccountRequest } from './dto/test-account.request';

@ApiTags('Admin: partner stores')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin/stores/:storeId')
export class AdminAutomationController {
  constructor(
    private readonly policies: AutomationPolicies,
    private readonly health: AutomationHealth,
    private readonly checks: Checks,
  ) {}

  @ApiOperation({
    summary: 'How orders by a browser go at a store',
    description:
      'Its policy, breaker and recipe in use; how each candidate of each step fares; the last runs that came through and that failed; and what tells that the recipe will break.',
  })
  @Problems(400, 401, 403, 404)
  @Get('automation')
  readAutomation(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
  ): Promise<AutomationResponse> {
    return this.health.read(caller, storeId);
  }

  @ApiOperation({
    summary: 'Say whether a browser may order at a store',
    description:
      'By the agreement with the store, which is named and recorded with each run. Forbidden, it holds from the next run on, and a run that is under way does not place its order any more.',
  })
  @Problems(400, 401, 403, 404)
  @Put('automation/policy')
  setAutomationPolicy(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: AutomationPolicyRequest,
  ): Promise<AutomationPolicyResponse> {
    return this.policies.set(caller, storeId, body);
  }

  @ApiOperation({
    summary: 'Set the account by which a store’s recipe is tried',
    description:
      'In the place of what there was. Kept encrypted and never answered. The recipe in use is tried by it at once and then as often as is said: up to the last click, so that nothing is ordered.',
  })
  @Problems(400, 401, 403, 404, 422)
  @Put('automation/test-account')
  @HttpCode(204)
  setTestAccount(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: TestAccountRequest,
  ): Promise<void> {
    return this.checks.setAccount(caller, storeId, body);
  }

  @ApiOperation({ summary: 'End the trying of a store’s recipe', description: 'What was kept for it is destroyed.' })
  @Problems(400, 401, 403, 404)
  @Delete('automation/test-account')
  @HttpCode(204)
  endTestAccount(@CurrentCaller() caller: Caller, @Param('storeId', ParseUUIDPipe) storeId: string): Promise<void> {
    return this.checks.endAccount(caller, storeId);
  }

  @ApiOperation({
    summary: 'List the runs at a store',
    description: 'Newest first, each with the leave it was made by.',
  })
  @Problems(400, 401, 403, 404)
  @Get('automation/runs')
  listAutomationRuns(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Query() page: PageRequest,
  ): Promise<AutomationRunsResponse> {
    return this.health.listRuns(caller, storeId, page);
  }

  @ApiOperation({
    summary: 'Read what a failed run has left',
    description:
      'A picture and a copy of the page where it failed; what the shopper gave is covered. Kept encrypted for fourteen days. Who reads it is recorded.',
  })
  @Problems(400, 401, 403, 404)
  @Get('automation/runs/:runId/trail')
  readAutomationTrail(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('runId', ParseUUIDPipe) runId: string,
  ): Promise<AutomationTrailResponse> {
    return this.health.readTrail(caller, storeId, runId);
  }

  @ApiOperation({
    summary: 'Try a version of a store’s recipe',
    description:
      'By the store’s test account, up to the last click and no further; of a draft too. How it went stands among `checks` of GET /admin/stores/{storeId}/automation. Asked for again while one waits, it is the same one.',
  })
  @Problems(400, 401, 403, 404, 409, 422)
  @Post('recipes/:version/dry-run')
  @HttpCode(202)
  async dryRunRecipe(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('version', ParseIntPipe) version: number,
  ): Promise<AutomationCheckResponse> {
    return AutomationCheckResponse.of(await this.checks.ask(caller, storeId, version));
  }
}
