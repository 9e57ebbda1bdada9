import { DomainError } from '../../platform/http';

/** It was answered; each is answered once. */
export class ChallengeAnswered extends DomainError {
  constructor() {
    super('challenge_answered', 409, 'This has been answered.');
  }
}

/** It is too late: nobody waits for the answer any more. */
export class ChallengeExpired extends DomainError {
  constructor() {
    super('challenge_expired', 409, 'It is too late to answer this: nobody waits for it any more.');
  }
}
