import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { isTracing, openSpan, type OpenSpan } from '../tracing';

/** Makes a span of each request, named by its route template; the trace of a caller who sends one goes on. Nothing while nobody collects. */
export function traceRequests(app: NestFastifyApplication): void {
  if (!isTracing()) return;
  const fastify = app.getHttpAdapter().getInstance();
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url;
    const attributes = { 'http.request.method': method, ...(route !== undefined && { 'http.route': route }) };
    const caller = request.headers['traceparent'];
    const name = route === undefined ? method : `${method} ${route}`;
    spans.set(request, openSpan(name, 'server', attributes, typeof caller === 'string' ? caller : undefined));
    done();
  });
  // Not earlier: a body arrives in the context of its connection.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    if (span) span.around(done);
    else done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const status = reply.statusCode;
    spans.get(request)?.end({ 'http.response.status_code': status, 'muse.request_id': request.id }, status >= 500);
    done();
  });
}
