import { Body, Controller, HttpCode, Param, ParseUUIDPipe, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, UsersOnly, type Caller } from '../../identity';
import { Limited, Problems } from '../../platform/http';
import { IntegrationResponse } from '../accounts/dto/integration.response';
import { Integrations } from '../accounts/integrations';
import { CredentialsRequest } from './dto/credentials.request';
import { SignIns } from './sign-ins';

/** Each has Muse sign in at the store. */
const CREDENTIALS_PER_CALLER = { name: 'store-credentials', most: 10, perSeconds: 600, by: 'caller' } as const;

@ApiTags('Linked stores')
@ApiBearerAuth()
@UsersOnly()
@Controller('integrations')
export class CredentialsController {
  constructor(
    private readonly signIns: SignIns,
    private readonly integrations: Integrations,
  ) {}

  @ApiOperation({
    summary: 'Give my sign-in at a store',
    description:
      'For a store that Muse orders at by a browser. Kept encrypted, never answered, and tried at once by signing in: `signIn.state` of GET /integrations/{storeId} goes from `proving` to `proved` or `refused`, or to `unproved` where it could not be seen (the store asked for a code, or could not be reached). Giving it again replaces what was kept; DELETE /integrations/{storeId} destroys it.',
  })
  @Problems(400, 401, 403, 404, 409, 422, 429)
  @Limited(CREDENTIALS_PER_CALLER)
  @Put(':storeId/credentials')
  @HttpCode(202)
  async giveCredentials(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Body() body: CredentialsRequest,
  ): Promise<IntegrationResponse> {
    await this.signIns.give(caller, storeId, body);
    return this.integrations.show(caller, storeId, 'credentials');
  }
}
