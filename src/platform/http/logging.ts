import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger as Pino, type LoggerOptions } from 'pino';
import type { Config } from '../config';
import { withoutCardNumbers } from './card-numbers';

/** Names whose values never reach a log, wherever they stand. */
const SECRET = [
  ...[
    'password',
    'currentPassword',
    'newPassword',
    'passwordHash',
    'token',
    'accessToken',
    'refreshToken',
    'providerToken',
    'clientSecret',
    'secret',
    'address',
  ],
  ...['shippingAddress', 'billingAddress', 'contact', 'email', 'phone', 'note', 'authorization', 'cookie'],
];

/** One line of JSON per fact (pretty on a terminal in development), secrets removed by name, card numbers wherever they stand. */
export function makeLogger(
  config: Pick<Config, 'LOG_LEVEL' | 'isProduction' | 'NODE_ENV'>,
  stream?: DestinationStream,
): Pino {
  const pretty = config.NODE_ENV === 'development' && process.stdout.isTTY;
  const options: LoggerOptions = {
    level: config.LOG_LEVEL,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    // Whatever field or message it stands in.
    hooks: { streamWrite: withoutCardNumbers },
    redact: { paths: SECRET.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    ...(pretty && { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', singleLine: true } } }),
  };
  return stream ? pino(options, stream) : pino(options);
}

const WIRING = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

/** Lets Nest's own Logger write through pino. */
export class NestLog implements LoggerService {
  constructor(private readonly log_: Pino) {}

  /** Nest tells of every route and module that it wires: of use to nobody but who looks for that. */
  log(message: unknown, ...rest: unknown[]): void {
    this.write(WIRING.has(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(level: pino.Level, message: unknown, rest: unknown[]): void {
    const context = typeof rest.at(-1) === 'string' ? (rest.at(-1) as string) : undefined;
    const stack = rest.length > 1 && typeof rest[0] === 'string' ? rest[0] : undefined;
    if (typeof message === 'object' && message !== null) this.log_[level]({ context, ...message });
    else this.log_[level]({ context, stack }, String(message));
  }
}
