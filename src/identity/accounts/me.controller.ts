import { Body, Controller, Delete, Get, Header, HttpCode, Patch, Put, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ClientNetwork, Limited, Problems } from '../../platform/http';
import { CurrentCaller, UsersOnly, type Caller } from '../caller';
import { ChangeMeRequest } from '../dto/change-me.request';
import { ChangePasswordRequest } from '../dto/credentials.request';
import { ErasureResponse, ExportResponse } from '../dto/export.response';
import { MeResponse } from '../dto/me.response';
import { SignedInResponse } from '../dto/signed-in.response';
import { Accounts } from './accounts.service';
import { Credentials } from './credentials.service';
import { Erasures } from './erasures.service';
import { Exports } from './exports.service';

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
    private readonly exports: Exports,
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
      'Ends every token at once and forgets the person. Addresses, contacts and words lie under a data key: it is destroyed now, or when the last order is done and can no longer be sent back, after 90 days in any case; the answer says when. Amounts, dates and item names of orders stay, under an id that is nobody’s any more.',
  })
  @Problems(409)
  @Delete()
  @HttpCode(200)
  async closeAccount(@CurrentCaller() caller: Caller): Promise<ErasureResponse> {
    return ErasureResponse.of(await this.erasures.erase(caller));
  }

  /** Everything that Muse holds of the caller. */
  @ApiOperation({
    summary: 'Export my data',
    description:
      'Everything that Muse holds of the caller, what was theirs as a guest too, as one document: a list for each kind of thing, in the clear. It is written while it is read; one that does not end with `complete` was broken off. Of passwords, tokens and keys it tells that they are there and since when, never what they are.',
  })
  @ApiOkResponse({ type: ExportResponse })
  @Problems(429)
  @Limited({ name: 'exports', most: 10, perSeconds: 3_600, by: 'caller' })
  @Header('content-disposition', 'attachment; filename="muse-export.json"')
  @Header('cache-control', 'no-store')
  @Get('export')
  async exportMyData(@CurrentCaller() caller: Caller): Promise<StreamableFile> {
    return new StreamableFile(await this.exports.of(caller), { type: 'application/json; charset=utf-8' });
  }
}
