import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Config } from '../config';
import { HttpDurations, Metrics, mayRead } from '../metrics';
import { DomainError } from './domain-error';
import { answerFrameworkError } from './problem.filter';

/** Measures every request, and gives `GET /metrics` where there is a token for it and no port of its own. */
export function serveMetrics(app: NestFastifyApplication): void {
  const metrics = app.get(Metrics, { strict: false });
  if (!metrics.enabled) return;
  const { METRICS_TOKEN: token, METRICS_PORT: port } = app.get(Config, { strict: false });
  const fastify = app.getHttpAdapter().getInstance();
  const durations = new HttpDurations(metrics);
  fastify.addHook('onResponse', (request, reply, done) => {
    // A stream lasts as long as its reader likes: that says nothing of us.
    const type = reply.getHeader('content-type') ?? reply.raw.getHeader('content-type');
    if (type !== 'text/event-stream')
      durations.observe(request.method, request.routeOptions.url, reply.statusCode, reply.elapsedTime / 1_000);
    done();
  });
  if (port !== undefined) return;
  fastify.get('/metrics', async (request, reply) => {
    if (!mayRead(request.headers.authorization, token)) {
      answerFrameworkError(new DomainError('unauthenticated', 401, 'A token is needed.'), request, reply);
      return reply;
    }
    const text = await metrics.text();
    return reply.header('content-type', metrics.contentType).send(text);
  });
}
