import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import {
  AcceptedLanguage,
  ClientNetwork,
  Limited,
  Problems,
  Public,
  TakesLanguage,
  type Language,
} from '../../platform/http';
import { CurrentCaller, type Caller } from '../caller';
import { LoginRequest } from '../dto/login.request';
import { RefreshRequest } from '../dto/refresh.request';
import { RegisterRequest } from '../dto/register.request';
import { SignedInResponse } from '../dto/signed-in.response';
import { SignIns } from './sign-ins.service';

@ApiTags('Accounts')
@Public()
@Controller('auth')
export class AuthController {
  constructor(private readonly signIns: SignIns) {}

  /** Opens an account and signs it in. */
  @ApiOperation({
    summary: 'Register',
    description: "With a guest's token in Authorization, that guest's cart and orders become the new user's.",
  })
  @ApiSecurity({})
  @ApiBearerAuth()
  @TakesLanguage()
  @Problems(400, 409, 422, 429)
  @Limited({ name: 'registrations', most: 30, perSeconds: 3_600, by: 'address' })
  @Post('register')
  @HttpCode(201)
  async register(
    @Body() body: RegisterRequest,
    @CurrentCaller() caller: Caller | undefined,
    @ClientNetwork() network: string,
    @AcceptedLanguage() language: Language | undefined,
  ): Promise<SignedInResponse> {
    return SignedInResponse.of(await this.signIns.register(body, caller, network, language));
  }

  /** Signs in. */
  @ApiOperation({
    summary: 'Sign in',
    description:
      "With a guest's token in Authorization, that guest's cart and orders become the user's. Ten attempts in a row on one account from one address are free; then each has to wait, 30 seconds at first, at most a quarter of an hour.",
  })
  @ApiSecurity({})
  @ApiBearerAuth()
  @Problems(400, 401, 429)
  @Post('login')
  @HttpCode(200)
  async login(
    @Body() body: LoginRequest,
    @CurrentCaller() caller: Caller | undefined,
    @ClientNetwork() network: string,
  ): Promise<SignedInResponse> {
    return SignedInResponse.of(await this.signIns.login(body, caller, network));
  }

  /** New tokens for a refresh token. */
  @ApiOperation({
    summary: 'Stay signed in',
    description:
      'Each refresh token works once; one that comes a second time, even at the same moment, ends every token of that sign-in: tabs that share one take turns. A sign-in ends after 30 days without a refresh, and after 90 days in any case.',
  })
  @Problems(400, 401)
  @Post('refresh')
  @HttpCode(200)
  async refreshTokens(@Body() body: RefreshRequest): Promise<SignedInResponse> {
    return SignedInResponse.of(await this.signIns.refresh(body.refreshToken));
  }

  /** Ends this sign-in. */
  @ApiOperation({ summary: 'Sign out', description: 'Access tokens already handed out run out within ten minutes.' })
  @Problems(400)
  @Post('logout')
  @HttpCode(204)
  logout(@Body() body: RefreshRequest): Promise<void> {
    return this.signIns.logout(body.refreshToken);
  }
}
