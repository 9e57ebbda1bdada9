import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentCaller, UsersOnly, type Caller } from '../../identity';
import { Limited, OnceParam, Problems, TakesIdempotencyKey, type Once } from '../../platform/http';
import { IntegrationResponse } from '../accounts/dto/integration.response';
import { Integrations } from '../accounts/integrations';
import { ChallengeAnswerRequest, ChallengeAnsweredResponse, ChallengeResponse, Challenges } from '../challenges';
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
    private readonly challenges: Challenges,
  ) {}

  @ApiOperation({
    summary: 'Give my sign-in at a store',
    description:
      'For a store that Muse orders at by a browser. Kept encrypted, never answered, and tried at once by signing in: `signIn.state` of GET /integrations/{storeId} goes from `proving` to `proved` or `refused`, or to `unproved` where it could not be seen (the store could not be reached, or asked for a code that nobody gave). What the store asks meanwhile is `signIn.challenge`. Giving it again replaces what was kept; DELETE /integrations/{storeId} destroys it.',
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

  @ApiOperation({
    summary: 'What a store asks while my sign-in is tried',
    description:
      'A one-time code, a CAPTCHA, a security question: `signIn.challenge` of GET /integrations/{storeId} says so. Here is the page, as a picture in which everything that was filled in is covered, and what is to be filled in.',
  })
  @Problems(400, 401, 403, 404)
  @Get(':storeId/challenges/:challengeId')
  getSignInChallenge(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('challengeId', ParseUUIDPipe) challengeId: string,
  ): Promise<ChallengeResponse> {
    return this.challenges.show(caller, { storeId }, challengeId);
  }

  @ApiOperation({
    summary: 'Answer what a store asks while my sign-in is tried',
    description:
      'Taken once, typed into the page that waits, and destroyed. A store that does not take it asks anew, as another challenge. Answered too late, or by nobody, the sign-in stays `unproved`, and the store may ask again in a checkout.',
  })
  @TakesIdempotencyKey()
  @Problems(400, 401, 403, 404, 409, 422, 429)
  @HttpCode(202)
  @Post(':storeId/challenges/:challengeId/answer')
  answerSignInChallenge(
    @CurrentCaller() caller: Caller,
    @Param('storeId', ParseUUIDPipe) storeId: string,
    @Param('challengeId', ParseUUIDPipe) challengeId: string,
    @Body() body: ChallengeAnswerRequest,
    @OnceParam() once: Once,
  ): Promise<ChallengeAnsweredResponse> {
    return this.challenges.answer(once, caller, { storeId }, challengeId, body);
  }
}
