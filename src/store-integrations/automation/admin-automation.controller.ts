import { Body, Controller, Param, ParseUUIDPipe, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, Roles, type Caller } from '../../identity';
import { Problems } from '../../platform/http';
import { AutomationPolicies } from './automation-policies';
import { AutomationPolicyRequest } from './dto/automation-policy.request';
import { AutomationPolicyResponse } from './dto/automation.response';

@ApiTags('Admin: partner stores')
@ApiBearerAuth()
@Roles('admin')
@Controller('admin/stores/:storeId/automation')
export class AdminAutomationController {
  constructor(private readonly policies: AutomationPolicies) {}

  @ApiOperation({
    summary: 'Say whether a browser may order at a store',
    description:
      'By the agreement with the store, which is named and recorded with each run. Forbidden, it holds from the next run on, and a run that is under way does not place its order any more.',
  })
  @Problems(400, 401, 403, 404, 422)
  @Put('policy')
  setAutomationPolicy(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: AutomationPolicyRequest,
  ): Promise<AutomationPolicyResponse> {
    return this.policies.set(caller, storeId, body);
  }
}
