import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import type { Config } from '../config';
import { ONCE_FACTORY, OnceFactory } from './once';
import { RequestLimits } from './limits';
import { keepRawBodies } from './raw-body';
import { securityHeaders } from './security-headers';
import { CardNumberRefused, findCardNumber, isOnlyCardNumber, type OwnFormats } from './card-numbers';
import { illFormedText } from './well-formed-text';
import { InvalidRequest } from './validation';

const GUARDED = '/api/v1/';

/** What every request and answer passes: request ids, text checks before validation, security headers, one log line. */
export function hardenHttp(app: NestFastifyApplication, config: Config, logger: Logger, ownFormats: OwnFormats): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.decorate(ONCE_FACTORY, app.get(OnceFactory));
  // Nobody writes to a request's own logger, and making one runs the redaction: the lines below carry the request's id.
  fastify.setChildLoggerFactory((parent) => parent);
  // Clients send `Content-Type: application/json` with no body on POST …/cancel and the like: that is an empty body.
  fastify.removeContentTypeParser('application/json');
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body as string, (error, value) => done(error ?? notAnObject(value), value));
  });
  keepRawBodies(fastify);
  const headersOf = securityHeaders(config);
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    void reply.headers(headersOf(request.url));
    done();
  });
  // The guard counts what is asked of the API; the rest passes no guard: unknown paths, the documentation, pages, metrics.
  const limits = app.get(RequestLimits, { strict: false });
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.method === 'OPTIONS' || request.routeOptions.url?.startsWith(GUARDED)) return done();
    try {
      limits.admitAddress(request);
      done();
    } catch (refusal) {
      done(refusal as Error);
    }
  });
  fastify.addHook('preValidation', (request, _reply, done) => {
    const found = illFormedText(request.body) ?? illFormedText(request.query) ?? illFormedText(request.params);
    if (found) return done(new InvalidRequest([found]));
    const card = findCardNumber(request.body, ownFormats) ?? findCardNumber(request.query, ownFormats);
    if (card !== undefined) return done(new CardNumberRefused(card));
    // It is kept as it came. (Node joins what is sent twice.)
    if (isOnlyCardNumber(String(request.headers['idempotency-key'] ?? '')))
      return done(new CardNumberRefused('/Idempotency-Key'));
    writeIdsSmall(request.params);
    done();
  });
  // Whatever has a version answers it as its ETag.
  fastify.addHook('preSerialization', (_request, reply, payload, done) => {
    const version = (payload as { version?: unknown } | null)?.version;
    if (typeof version === 'number' && reply.statusCode < 300) void reply.header('etag', `"${version}"`);
    done(null, payload);
  });
  if (logger.isLevelEnabled('info')) {
    fastify.addHook('onResponse', (request, reply, done) => {
      logger.info({
        requestId: request.id,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      });
      done();
    });
  }
}

/** Validation takes lists apart, and null for an empty object: a body is an object or not there. */
function notAnObject(value: unknown): Error | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? null : new InvalidRequest([{ pointer: '', detail: 'must be a JSON object' }]);
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A UUID may be written in capitals (RFC 9562); here ids are compared and named as Postgres writes them. */
function writeIdsSmall(params: unknown): void {
  const given = params as Record<string, unknown>;
  for (const name in given) {
    const value = given[name];
    if (typeof value === 'string' && UUID.test(value)) given[name] = value.toLowerCase();
  }
}
