import type { DynamicModule, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RawServerDefault } from 'fastify';
import { LogController } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { DestinationStream } from 'pino';
import { AppModule } from './app.module';
import { serveHandoffLinks } from './checkout-session';
import { serveMailPages } from './notifications';
import type { Config } from './platform/config';
import {
  NestLog,
  ProblemFilter,
  answerClientError,
  answerFrameworkError,
  hardenHttp,
  makeLogger,
  serveMetrics,
  traceRequests,
  validationPipe,
} from './platform/http';
import { serveUcpProfile } from './store-integrations';
import { serveApiDocument } from './openapi';
import { TYPED_FIELDS } from './typed-fields';

const BODY_LIMIT_BYTES = 1024 * 1024;
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,100}$/;

/** Browser applications of these origins may call, with a token that they send themselves: there are no cookies. */
const corsFor = (origins: string[]) => ({
  origin: origins,
  methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'Last-Event-ID', 'X-Request-Id'],
  exposedHeaders: ['ETag', 'Idempotency-Replayed', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'],
  maxAge: 600,
});

/** How the application is made of its module; a test may put a stand-in for an outside party in place first. */
export type MakeApp = (
  module: DynamicModule,
  adapter: FastifyAdapter,
  options: NestApplicationOptions & { abortOnError: false },
) => Promise<NestFastifyApplication>;

const makeApp: MakeApp = (module, adapter, options) =>
  NestFactory.create<NestFastifyApplication>(module, adapter, options);

/** The whole application, ready to listen: used by main, by the tests and by the tools alike. */
export async function createApp(
  config: Config,
  make: MakeApp = makeApp,
  logTo?: DestinationStream,
): Promise<NestFastifyApplication> {
  const logger = makeLogger(config, logTo);
  const adapter = new FastifyAdapter<RawServerDefault>({
    loggerInstance: logger,
    // hardenHttp writes the one line of each request.
    logController: new LogController({ disableRequestLogging: true }),
    // Nobody's X-Forwarded-For is believed but that of proxies which the operator names.
    trustProxy: config.TRUSTED_PROXIES.length > 0 ? config.TRUSTED_PROXIES : false,
    bodyLimit: BODY_LIMIT_BYTES,
    // Whoever sends slowly, reads slowly or says nothing gives the connection up; a proxy that keeps its own closes first.
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2_000 },
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: answerFrameworkError,
    genReqId: (request: IncomingMessage) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
  } as ConstructorParameters<typeof FastifyAdapter<RawServerDefault>>[0]);
  const app = await make(AppModule.of(config), adapter, {
    logger: new NestLog(logger),
    abortOnError: false,
    // hardenHttp brings its own.
    bodyParser: false,
    forceCloseConnections: true,
  });
  app.setGlobalPrefix('api/v1');
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter());
  if (config.CORS_ORIGINS.length > 0) app.enableCors(corsFor(config.CORS_ORIGINS));
  hardenHttp(app, config, logger, TYPED_FIELDS);
  serveMetrics(app);
  traceRequests(app);
  serveApiDocument(app);
  serveMailPages(app);
  serveUcpProfile(app);
  serveHandoffLinks(app);
  return app;
}
