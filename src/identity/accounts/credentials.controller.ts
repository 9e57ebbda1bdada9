import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ClientNetwork, Limited, Problems, Public } from '../../platform/http';
import { CurrentCaller, UsersOnly, type Caller } from '../caller';
import { ForgotPasswordRequest, ResetPasswordRequest, VerifyEmailRequest } from '../dto/credentials.request';
import { Credentials } from './credentials.service';

@ApiTags('Accounts')
@Controller('auth')
export class CredentialsController {
  constructor(private readonly credentials: Credentials) {}

  /** Proves the address of an account. */
  @ApiOperation({
    summary: 'Prove an e-mail address',
    description: 'By the token in the mailed link; it works once, for 24 hours.',
  })
  @Problems(400, 422)
  @Public()
  @Post('verify-email')
  @HttpCode(204)
  verifyEmail(@Body() body: VerifyEmailRequest): Promise<void> {
    return this.credentials.verifyEmail(body.token);
  }

  /** Has the mail sent again. */
  @ApiOperation({
    summary: 'Send the link again',
    description: 'To the address of the account, unless that is proved already; earlier links stop working.',
  })
  @ApiBearerAuth()
  @UsersOnly()
  @Problems(400, 401, 403, 429)
  @Limited({ name: 'verification-mails', most: 5, perSeconds: 3_600, by: 'caller' })
  @Post('verify-email/request')
  @HttpCode(202)
  requestEmailVerification(@CurrentCaller() caller: Caller): Promise<void> {
    return this.credentials.requestVerification(caller);
  }

  /** Has a link to set a new password mailed. */
  @ApiOperation({
    summary: 'Forgot the password',
    description: 'Always 202, whether there is such an account or not; the mailed link works once, for 30 minutes.',
  })
  @Problems(400, 429)
  @Public()
  @Limited({ name: 'forgotten-passwords', most: 20, perSeconds: 3_600, by: 'address' })
  @Post('forgot-password')
  @HttpCode(202)
  forgotPassword(@Body() body: ForgotPasswordRequest, @ClientNetwork() network: string): Promise<void> {
    return this.credentials.forgotPassword(body.email, network);
  }

  /** Sets a new password. */
  @ApiOperation({
    summary: 'Set a new password',
    description: 'By the token in the mailed link. Every sign-in and every API key of the account ends.',
  })
  @Problems(400, 422, 429)
  @Public()
  @Limited({ name: 'password-resets', most: 30, perSeconds: 3_600, by: 'address' })
  @Post('reset-password')
  @HttpCode(204)
  resetPassword(@Body() body: ResetPasswordRequest, @ClientNetwork() network: string): Promise<void> {
    return this.credentials.resetPassword(body.token, body.password, network);
  }

  /** Ends every sign-in of the caller. */
  @ApiOperation({
    summary: 'Sign out everywhere',
    description:
      'No refresh token works any more; access tokens already handed out change nothing of the account, and run out within ten minutes. API keys go on.',
  })
  @ApiBearerAuth()
  @UsersOnly()
  @Problems(400, 401, 403)
  @Post('logout-everywhere')
  @HttpCode(204)
  logoutEverywhere(@CurrentCaller() caller: Caller): Promise<void> {
    return this.credentials.logoutEverywhere(caller);
  }
}
