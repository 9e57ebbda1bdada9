import { Injectable } from '@nestjs/common';
import type { Caller } from '../identity';
import type { Once } from '../platform/http';
import {
  Challenges,
  type ChallengeAnswerRequest,
  type ChallengeAnsweredResponse,
  type ChallengeResponse,
} from '../store-integrations';
import { CHALLENGE_ANSWERS } from './checkout.limits';

/** What stores ask the shopper of a checkout session. Errors: NotFound, InvalidRequest, ChallengeAnswered, ChallengeExpired. */
@Injectable()
export class SessionChallenges {
  constructor(private readonly challenges: Challenges) {}

  show(caller: Caller, sessionId: string, challengeId: string): Promise<ChallengeResponse> {
    return this.challenges.show(caller, sessionId, challengeId);
  }

  /** Recorded privately: by what is kept of the request nobody could try what was answered. */
  answer(
    once: Once,
    caller: Caller,
    sessionId: string,
    challengeId: string,
    { answers }: ChallengeAnswerRequest,
  ): Promise<ChallengeAnsweredResponse> {
    return once.run(
      (tx) => this.challenges.answer(tx, caller, sessionId, challengeId, answers),
      CHALLENGE_ANSWERS,
      () => Promise.resolve(this.challenges.taken(challengeId)),
    );
  }
}
