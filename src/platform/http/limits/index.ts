export { ClientNetwork } from './client-network.decorator';
export { Counters, TAKE_ONE } from './counters';
export { LimitGuard } from './limit.guard';
export { Limited, RateLimited, UNLIMITED, Unlimited, eachSeconds, limitHeaders, waitFor, type Limit } from './limit';
export { networkOf } from './network';
export { RequestLimits } from './request-limits';
