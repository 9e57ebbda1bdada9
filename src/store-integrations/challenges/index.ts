export {
  Challenges,
  type ChallengePlace,
  type ChallengeOf,
  type ChallengeWatch,
  type OpenChallenge,
} from './challenges';
export { ChallengeAnswerRequest } from './dto/challenge.request';
export { ChallengeAnsweredResponse, ChallengeResponse } from './dto/challenge.response';
