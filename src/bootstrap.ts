import type { DynamicModule, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RawServerDefault } from 'fastify';
import { LogController } from 'fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AppModule } from './app.module';
import type { Config } from './platform/config';
import {
  NestLog,
  ProblemFilter,
  answerFrameworkError,
  hardenHttp,
  makeLogger,
  serveMetrics,
  traceRequests,
  validationPipe,
} from './platform/http';
import { serveApiDocument } from './openapi';

const BODY_LIMIT_BYTES = 1024 * 1024;
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,100}$/;

/** How the application is made of its module; a test may put a stand-in for an outside party in place first. */
export type MakeApp = (
  module: DynamicModule,
  adapter: FastifyAdapter,
  options: NestApplicationOptions & { abortOnError: false },
) => Promise<NestFastifyApplication>;

const makeApp: MakeApp = (module, adapter, options) =>
  NestFactory.create<NestFastifyApplication>(module, adapter, options);

/** The whole application, ready to listen: used by main, by the tests and by the tools alike. */
export async function createApp(config: Config, make: MakeApp = makeApp): Promise<NestFastifyApplication> {
  const logger = makeLogger(config);
  const adapter = new FastifyAdapter<RawServerDefault>({
    loggerInstance: logger,
    // hardenHttp writes the one line of each request.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: 30_000,
    // Whoever sends slowly is looked for often enough, and has less time for headers than for a body.
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 2_000 },
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
  hardenHttp(app, logger);
  serveMetrics(app);
  traceRequests(app);
  serveApiDocument(app, config);
  return app;
}
