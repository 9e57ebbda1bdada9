import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { brokenConstraint, postgresError } from '../database/constraints';
import { withoutCardNumbers } from './card-numbers';
import { DomainError, type FieldError } from './domain-error';

/** RFC 9457 problem document, as every error of the API answers. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  instance: string;
  requestId: string;
  errors?: FieldError[];
}

/** What each status is called where no DomainError says more. */
export const PROBLEM_TITLES: Record<number, [code: string, title: string]> = {
  400: ['bad_request', 'The request is not well formed'],
  401: ['unauthenticated', 'A valid token is needed'],
  403: ['forbidden', 'This route is not for your role'],
  404: ['not_found', 'Not found'],
  405: ['method_not_allowed', 'Method not allowed'],
  406: ['not_acceptable', 'Not acceptable'],
  408: ['request_timeout', 'The request took too long to arrive'],
  409: ['conflict', 'The present state does not allow this'],
  412: ['precondition_failed', 'The resource has changed'],
  413: ['body_too_large', 'The body is too large'],
  414: ['uri_too_long', 'The address is too long'],
  415: ['unsupported_media_type', 'Unsupported media type'],
  422: ['unprocessable', 'The request cannot be carried out as it is'],
  429: ['too_many_requests', 'Too many requests'],
  431: ['headers_too_large', 'The headers are too large'],
  500: ['internal_error', 'Something went wrong on our side'],
  503: ['unavailable', 'Not available at the moment'],
};

/** Renders every error as a problem document, and says nothing of SQL, stacks or other shoppers. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problem');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    const known = describe(error);
    if (known.status >= 500) this.logger.error(safeDescription(error, request));
    send(known, request, reply);
  }
}

/** For what goes wrong before a route is found, such as an address that cannot be read: Fastify answers that by itself. */
export function answerFrameworkError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('x-request-id', request.id);
  send(describe(error), request, reply);
}

function send({ headers, ...members }: Known, request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split('?')[0]!;
  const problem: Problem = {
    type: `urn:muse:problem:${members.code}`,
    ...members,
    // Frameworks repeat the whole address; codes and states of a sign-in stand in its query (RFC 6749 section 10.5).
    detail: members.detail.replaceAll(request.url, () => path),
    title: PROBLEM_TITLES[members.status]?.[1] ?? 'Error',
    instance: path,
    requestId: request.id,
  };
  void reply.headers({ ...headers, 'content-type': 'application/problem+json; charset=utf-8' });
  // The address is repeated, and whoever mistypes may have put anything there.
  void reply.status(members.status).send(withoutCardNumbers(JSON.stringify(problem)));
}

interface Known {
  status: number;
  code: string;
  detail: string;
  errors?: FieldError[];
  headers: Record<string, string>;
}

function describe(error: unknown): Known {
  if (error instanceof DomainError) {
    return {
      ...error.extra,
      status: error.status,
      code: error.code,
      detail: error.message,
      ...(error.errors.length > 0 && { errors: error.errors }),
      headers: error.headers,
    };
  }
  if (error instanceof HttpException) return plain(error.getStatus(), error.message);
  const postgres = postgresError(error);
  // 22021: a character Postgres cannot store; 22P02, 22003: text or number out of what its column holds.
  if (postgres && ['22021', '22P02', '22P05', '22003', '22001', '22008'].includes(postgres.code)) {
    return plain(400, 'A value of the request cannot be stored.');
  }
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) return plain(status, (error as Error).message);
  if (isOutage(error))
    return { ...plain(503, 'The service is busy or starting; try again.'), headers: { 'retry-after': '1' } };
  return plain(500, 'The request failed; nothing more is known to be done. Quote the requestId to support.');
}

function plain(status: number, detail: string): Known {
  return { status, code: PROBLEM_TITLES[status]?.[0] ?? 'error', detail, headers: {} };
}

/** The database is away, starting, or too busy: the client may try again. */
function isOutage(error: unknown): boolean {
  const code = postgresError(error)?.code ?? '';
  if (/^(08|57P|53)/.test(code) || code === '57014' || code === '55P03' || code === '25P03') return true;
  const message = error instanceof Error ? `${error.name} ${error.message}` : '';
  return /timeout exceeded when trying to connect|Connection terminated|not queryable|Client was closed|QueryRunnerProviderAlreadyReleased|ECONNREFUSED|ECONNRESET|Query read timeout/.test(
    message,
  );
}

/** What may be logged of an unexpected error: never a statement's parameters, which may be anybody's data. */
function safeDescription(error: unknown, request: FastifyRequest): object {
  const postgres = postgresError(error);
  return {
    requestId: request.id,
    route: request.routeOptions?.url,
    name: error instanceof Error ? error.name : typeof error,
    message: postgres?.message ?? (error instanceof Error ? error.message : 'not an Error'),
    sqlState: postgres?.code,
    constraint: brokenConstraint(error),
    stack: error instanceof Error ? error.stack?.split('\n').slice(1, 8).join('\n') : undefined,
  };
}
