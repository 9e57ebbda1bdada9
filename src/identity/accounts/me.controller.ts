import { Body, Controller, Delete, Get, HttpCode, Patch, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ClientNetwork, Problems } from '../../platform/http';
import { CurrentCaller, UsersOnly, type Caller } from '../caller';
import { ChangeMeRequest } from '../dto/change-me.request';
import { ChangePasswordRequest } from '../dto/credentials.request';
import { MeResponse } from '../dto/me.response';
import { SignedInResponse } from '../dto/signed-in.response';
import { Accounts } from './accounts.service';
import { Credentials } from './credentials.service';
import { Erasures } from './erasures.service';

@ApiTags('Me')
@ApiBearerAuth()
@UsersOnly()
@Problems(400, 401, 403)
@Controller('me')
export class MeController {
  constructor(
    private readonly accounts: Accounts,
    private readonly credentials: Credentials,
    private readonly erasures: Erasures,
  ) {}

  /** The account of the caller. */
  @ApiOperation({ summary: 'My account', description: 'Of the token; guests have none (403).' })
  @Get()
  async getMe(@CurrentCaller() caller: Caller): Promise<MeResponse> {
    return MeResponse.of(await this.accounts.me(caller));
  }

  /** Changes what the body names; null clears. */
  @ApiOperation({ summary: 'Change my account', description: 'Fields that are not named stay; null clears.' })
  @Patch()
  async changeMe(@CurrentCaller() caller: Caller, @Body() body: ChangeMeRequest): Promise<MeResponse> {
    return MeResponse.of(await this.accounts.change(caller, body));
  }

  /** Sets another password. */
  @ApiOperation({
    summary: 'Change my password',
    description: 'Needs the present one. Every sign-in ends, and this answer begins a new one.',
  })
  @Problems(422, 429)
  @Put('password')
  async changePassword(
    @CurrentCaller() caller: Caller,
    @Body() body: ChangePasswordRequest,
    @ClientNetwork() network: string,
  ): Promise<SignedInResponse> {
    return SignedInResponse.of(await this.credentials.changePassword(caller, body, network));
  }

  /** Closes the account for good. */
  @ApiOperation({
    summary: 'Close my account',
    description:
      'Ends every sign-in at once and forgets the person; what open orders need is kept, encrypted, until they are done.',
  })
  @Delete()
  @HttpCode(204)
  closeAccount(@CurrentCaller() caller: Caller): Promise<void> {
    return this.erasures.erase(caller);
  }
}
