import { DomainError } from '../../platform/http';

/** 409: it was answered, or it is too late. */
export class ChallengeOver extends DomainError {
  constructor(status: 'answered' | 'used' | 'expired') {
    const isAnswered = status !== 'expired';
    super(
      isAnswered ? 'challenge_answered' : 'challenge_expired',
      409,
      isAnswered
        ? 'This has been answered.'
        : 'It is too late to answer this; look at the checkout for what comes next.',
    );
  }
}
