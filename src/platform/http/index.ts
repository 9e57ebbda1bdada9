export { CardNumberRefused, findCardNumber, holdsCardNumber, type OwnFormats } from './card-numbers';
export { answerClientError } from './client-errors';
export { decodeCursor, decodeIdCursor, encodeCursor, page } from './cursor';
export { DomainError, InvalidField, NotFound, type FieldError } from './domain-error';
export { EventStream } from './event-stream.decorator';
export { hardenHttp } from './harden';
export { HttpModule } from './http.module';
export { IfMatch, TakesIdempotencyKey, TakesIfMatch, VersionMismatch, assertVersion } from './if-match.decorator';
export { LastEventId, TakesLastEventId } from './last-event-id.decorator';
export { AcceptedLanguage, LANGUAGES, TakesLanguage, languageOf, type Language } from './language';
export {
  ClientNetwork,
  Counters,
  LimitGuard,
  Limited,
  RateLimited,
  RequestLimits,
  UNLIMITED,
  Unlimited,
  networkOf,
  type Limit,
} from './limits';
export { NestLog, makeLogger } from './logging';
export { LowerCase, NullIsAbsent } from './null-is-absent.decorator';
export { IdempotencyKeyRequired, Once, OnceFactory, OnceParam } from './once';
export { PageRequest, toNumber } from './page.request';
export { PROBLEM_TITLES, ProblemFilter, answerFrameworkError, type Problem } from './problem.filter';
export { ProblemDto, Problems } from './problems.decorator';
export { PUBLIC, Public } from './public.decorator';
export { RawBody, type RequestWithRawBody } from './raw-body';
export { OperationsServer } from './operations-server';
export { serveMetrics } from './serve-metrics';
export { traceRequests } from './trace-requests';
export { Shutdown } from './shutdown';
export { InvalidRequest, validationPipe } from './validation';
export { Trimmed } from './trimmed.decorator';
