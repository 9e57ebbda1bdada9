import 'reflect-metadata';
import { Transform, plainToInstance } from 'class-transformer';
import {
  IsBoolean,
  IsEmail,
  IsFQDN,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
  MinLength,
  ValidateBy,
  validateSync,
  type ValidationOptions,
} from 'class-validator';
import { isIP, isIPv4 } from 'node:net';

const toInt = ({ value }: { value: unknown }) =>
  typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
const toNumber = ({ value }: { value: unknown }) =>
  typeof value === 'string' && /^\d{1,9}(\.\d{1,6})?$/.test(value) ? Number(value) : value;
const toBoolean = ({ value }: { value: unknown }) =>
  value === '1' || value === 'true' ? true : value === '0' || value === 'false' ? false : value;
const toAddresses = ({ value }: { value: unknown }): unknown => {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};
const toList = ({ value }: { value: unknown }) =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean)
    : value;

/** An IP address, or one with the number of its network's bits. */
const IsAddressOrNetwork = (options: ValidationOptions) =>
  ValidateBy({ name: 'isAddressOrNetwork', validator: { validate: isAddressOrNetwork } }, options);
function isAddressOrNetwork(value: unknown): boolean {
  const [, address = '', bits] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(String(value)) ?? [];
  return isIP(address) !== 0 && (bits === undefined || Number(bits) <= (isIPv4(address) ? 32 : 128));
}

/** What a browser sends as Origin: scheme, host and port as it writes them, nothing behind. */
const IsOrigin = (options: ValidationOptions) =>
  ValidateBy({ name: 'isOrigin', validator: { validate: isOrigin } }, options);
function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && /^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value;
}

const IsAddressesByName = (options: ValidationOptions) =>
  ValidateBy({ name: 'isAddressesByName', validator: { validate: isAddressesByName } }, options);
function isAddressesByName(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === 'string' && URL.canParse(one));
}

/** A mail provider at which shoppers link their mailboxes by OAuth. */
export interface MailboxProvider {
  /** In addresses. */
  key: string;
  name: string;
  host: string;
  /** Default 993. */
  port?: number;
  /** Of the authorization server, which says the rest of itself (RFC 8414 or OpenID Connect). */
  issuer: string;
  clientId: string;
  /** Left out: a public client. */
  clientSecret?: string;
  scopes: string[];
}

const IsMailboxProviders = (options: ValidationOptions) =>
  ValidateBy({ name: 'isMailboxProviders', validator: { validate: isMailboxProviders } }, options);
function isMailboxProviders(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const keys = new Set(value.map((one: Partial<MailboxProvider> | null) => one?.key));
  return keys.size === value.length && value.every(isMailboxProvider);
}
function isMailboxProvider(value: Partial<MailboxProvider> | null): boolean {
  const { key, name, host, port = 993, issuer, clientId, clientSecret = '-', scopes } = value ?? {};
  const texts = [name, host, issuer, clientId, clientSecret];
  const areTexts = texts.every((text) => typeof text === 'string' && text !== '');
  const isKey = typeof key === 'string' && /^[a-z][a-z0-9-]{0,30}$/.test(key);
  const areScopes = Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string');
  return areTexts && isKey && areScopes && Number.isInteger(port) && /^https?:\/\//.test(issuer!);
}

const POSTGRES_URL = { protocols: ['postgres', 'postgresql'], require_tld: false };

/** Everything the program takes from its environment, checked once at start. Only this folder reads `process.env`. */
export class Config {
  @IsIn(['development', 'test', 'production'])
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  @Transform(toInt)
  @IsInt()
  @Min(0)
  @Max(65535)
  PORT = 3000;

  @IsString()
  @MinLength(1)
  HOST: string;

  /** The address that others call us by, without a slash at the end. */
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  PUBLIC_URL: string;

  /** Where the links in mails lead: what serves /m/order, /m/verify and /m/reset. Muse does, so it is PUBLIC_URL unless given. */
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  APP_URL: string;

  /** Unset: an embedded Postgres in MUSE_DATA_DIR, never in production. */
  @IsOptional()
  @IsUrl(POSTGRES_URL)
  DATABASE_URL?: string;

  /** A connection that LISTEN and the queue may hold for themselves, where DATABASE_URL goes through a pooler. */
  @IsOptional()
  @IsUrl(POSTGRES_URL)
  DATABASE_DIRECT_URL?: string;

  /** Connections of one process for requests and jobs: more cost Postgres more processor time for the same work. */
  @Transform(toInt)
  @IsInt()
  @Min(2)
  @Max(200)
  DATABASE_POOL = 10;

  @IsOptional()
  @IsString()
  @MinLength(1)
  MUSE_DATA_DIR?: string;

  @IsIn(['api', 'worker', 'all'])
  MUSE_ROLE: 'api' | 'worker' | 'all' = 'all';

  /** Demo stores, goods and accounts: 1 in development, always 0 in production. */
  @Transform(toBoolean)
  @IsBoolean()
  MUSE_DEMO: boolean;

  @IsString()
  @MinLength(8)
  MUSE_DEMO_PASSWORD = 'muse-demo-passphrase';

  /** Where sandbox stores run that demo stores are connected to, as JSON: `{"walmart":"http://127.0.0.1:4301"}`. */
  @Transform(toAddresses)
  @IsAddressesByName({ message: 'must be JSON of names and addresses' })
  MUSE_DEMO_STORES: Record<string, string> = {};

  /** Wraps every data key: 32 bytes in base64. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9+/]{43}=$/, { message: 'must be 32 bytes in base64 (openssl rand -base64 32)' })
  MUSE_MASTER_KEY?: string;

  /** Master keys of before, newest first, comma-separated: they still unwrap until every key is wrapped by the newest. */
  @Transform(toList)
  @Matches(/^[A-Za-z0-9+/]{43}=$/, { each: true, message: 'must each be 32 bytes in base64' })
  MUSE_MASTER_KEYS_OLDER: string[] = [];

  @IsOptional()
  @MinLength(32)
  JWT_SECRET?: string;

  /** The server that mails are sent by; `off` sends none. Unset in development: mails are files in MUSE_DATA_DIR/mail. */
  @IsOptional()
  @Matches(/^(off|smtps?:\/\/\S+)$/, { message: 'must be smtp://… or smtps://…, or off' })
  SMTP_URL?: string;

  /** Whom mails are from: an address, or a name and an address. */
  @IsOptional()
  @IsEmail({ allow_display_name: true, require_tld: false })
  MAIL_FROM?: string;

  /** The domain at which Muse takes mail in that shoppers forward (u-…@MAIL_IN_DOMAIN). Unset: nobody gets an address. */
  @IsOptional()
  @IsFQDN({ require_tld: false })
  MAIL_IN_DOMAIN?: string;

  /** Sign what the mail provider of MAIL_IN_DOMAIN posts; while one is rotated its old and its new, comma-separated. */
  @Transform(toList)
  @MinLength(32, { each: true })
  MAIL_IN_SECRET: string[] = [];

  /** Mailboxes that one worker process is connected to at the same time. */
  @Transform(toInt)
  @IsInt()
  @Min(0)
  @Max(10_000)
  MAILBOX_CONNECTIONS = 200;

  /** Mail providers at which shoppers link their mailboxes by OAuth, as JSON. */
  @Transform(toAddresses)
  @IsMailboxProviders({
    message: 'must be a JSON list of { key, name, host, port?, issuer, clientId, clientSecret?, scopes }',
  })
  MAILBOX_PROVIDERS: MailboxProvider[] = [];

  @IsIn(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
  LOG_LEVEL = 'info';

  /** Jobs that one worker process runs at the same time; placements and deliveries have half as many places each, beside them. */
  @Transform(toInt)
  @IsInt()
  @Min(1)
  @Max(100)
  WORKER_CONCURRENCY = 8;

  /** A Chrome or Chromium to use instead of the one that npm brings (for Linux x64), or where npm brings none. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  BROWSER_PATH?: string;

  /** `auto`: the browser runs sandboxed where the system allows it, and without, after a warning, where not. `required`: never without. */
  @IsIn(['auto', 'required'])
  BROWSER_SANDBOX: 'auto' | 'required' = 'auto';

  /** Contexts, each of one run, that the browser of a worker process holds at the same time. */
  @Transform(toInt)
  @IsInt()
  @Min(1)
  @Max(32)
  BROWSER_CONTEXTS_MAX = 4;

  /** Runs that may wait for a context in one process; more are refused. */
  @Transform(toInt)
  @IsInt()
  @Min(0)
  @Max(10_000)
  BROWSER_QUEUE_MAX = 200;

  /** After so many runs a browser is replaced by a new one. */
  @Transform(toInt)
  @IsInt()
  @Min(1)
  @Max(100_000)
  BROWSER_RUNS_MAX = 100;

  /** What a browser may hold in memory: above it is ended; above half of it after a run it is replaced, and so much ends a page. */
  @Transform(toInt)
  @IsInt()
  @Min(256)
  @Max(1_000_000)
  BROWSER_MEMORY_MB = 2048;

  /** So long nobody needs the browser before it is closed. */
  @Transform(toInt)
  @IsInt()
  @Min(0)
  @Max(3_600)
  BROWSER_IDLE_SECONDS = 30;

  /** Where those who run a site can read who it is that comes to them: part of the browser's user agent. PUBLIC_URL unless given. */
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  BROWSER_ABOUT_URL: string;

  /** Of a shopper who named none, and of cart totals over stores with several currencies. */
  @Matches(/^[A-Z]{3}$/)
  DEFAULT_CURRENCY = 'USD';

  /** Where exchange rates come from besides the admin endpoint: an http(s) or file URL answering { base, rates: { VES: "…" } }. */
  @IsOptional()
  @Matches(/^(https?|file):\/\//)
  EXCHANGE_RATES_URL?: string;

  /** Stripe's secret key. Without it payments are off: no store can be paid through Muse. */
  @IsOptional()
  @Matches(/^(sk|rk)_\w{8,}$/, { message: 'must be a secret or restricted key of Stripe (sk_…, rk_…)' })
  STRIPE_SECRET_KEY?: string;

  /** Sign Stripe's webhooks: one of each endpoint, and while one is rotated its old and its new, comma-separated. */
  @Transform(toList)
  @Matches(/^whsec_\S{6,}$/, {
    each: true,
    message: 'must be signing secrets of webhook endpoints (whsec_…), comma-separated',
  })
  STRIPE_WEBHOOK_SECRET: string[] = [];

  /** Where Stripe's double of development and tests listens; never in production. */
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  STRIPE_API_BASE?: string;

  /** The preview version of Stripe's API with shared payment tokens (2026-04-22.preview). Unset: no store is given any. */
  @IsOptional()
  @Matches(/^\d{4}-\d{2}-\d{2}\.preview$/, {
    message: 'must be a preview version of Stripe’s API (2026-04-22.preview)',
  })
  STRIPE_PREVIEW_VERSION?: string;

  /** What the platform keeps of a sale, in millionths, unless a store has a rate of its own. */
  @Transform(toInt)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  PLATFORM_FEE_PPM = 50_000;

  /** Days after delivery within which goods may be sent back to a merchant store that says nothing else. */
  @Transform(toInt)
  @IsInt()
  @Min(1)
  @Max(90)
  RETURN_DAYS = 30;

  /** How long an order waits for its merchant to confirm it, unless a store has a length of its own; then it is cancelled. */
  @Transform(toInt)
  @IsInt()
  @Min(1)
  @Max(720)
  ORDER_CONFIRM_HOURS = 72;

  /** How long after delivery an order waits for both sides to mark it complete, unless a store has a length of its own. */
  @Transform(toInt)
  @IsInt()
  @Min(1)
  @Max(90)
  ORDER_COMPLETE_DAYS = 14;

  /** Days that both sides of a completed order have to rate each other, before what was given is shown. */
  @Transform(toInt)
  @IsInt()
  @Min(1)
  @Max(90)
  RATING_WINDOW_DAYS = 14;

  /** Origins that may be called although they are private: the sandbox stores of development, exact, comma-separated. */
  @Transform(toList)
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] }, { each: true })
  SANDBOX_ORIGINS: string[] = [];

  /** Of the carriers' tracking APIs; a carrier without keys is not asked. */
  @IsOptional()
  @IsString()
  @MinLength(8)
  UPS_CLIENT_ID?: string;

  @IsOptional()
  @IsString()
  @MinLength(8)
  UPS_CLIENT_SECRET?: string;

  @IsOptional()
  @IsString()
  @MinLength(8)
  FEDEX_CLIENT_ID?: string;

  @IsOptional()
  @IsString()
  @MinLength(8)
  FEDEX_CLIENT_SECRET?: string;

  @IsOptional()
  @IsString()
  @MinLength(8)
  USPS_CLIENT_ID?: string;

  @IsOptional()
  @IsString()
  @MinLength(8)
  USPS_CLIENT_SECRET?: string;

  @IsOptional()
  @IsString()
  @MinLength(8)
  DHL_API_KEY?: string;

  /** Where the doubles of the carriers' APIs listen, in development and tests; never in production. */
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  CARRIER_API_BASE?: string;

  /** Whoever reads /metrics bears it. Neither it nor METRICS_PORT set: nothing is counted, and nobody may read. */
  @IsOptional()
  @IsString()
  @MinLength(16)
  METRICS_TOKEN?: string;

  /** A port of its own for /metrics and health, in workers too; then the API's port does not have /metrics. */
  @Transform(toInt)
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(65535)
  METRICS_PORT?: number;

  /** Where traces go (OTLP over HTTP), without /v1/traces at the end. Unset: none are made. */
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  /** How many times wider than written every limit on requests is: 1 in production, 100 in development and tests. */
  @Transform(toNumber)
  @IsNumber()
  @Min(0.01)
  @Max(1_000_000)
  RATE_LIMIT_FACTOR: number;

  /** Characters that a new password must have; NIST SP 800-63B-4 asks for 15 where a password is all there is. */
  @Transform(toInt)
  @IsInt()
  @Min(8)
  @Max(64)
  PASSWORD_MIN_LENGTH = 10;

  /** Addresses and networks (CIDR) of proxies whose X-Forwarded-For is believed; nobody's otherwise. */
  @Transform(toList)
  @IsAddressOrNetwork({ each: true, message: 'must be addresses or networks such as 10.0.0.0/8, comma-separated' })
  TRUSTED_PROXIES: string[] = [];

  /** Origins of browser applications that may call the API, exact, comma-separated. */
  @Transform(toList)
  @IsOrigin({ each: true, message: 'must be origins such as https://shop.example, comma-separated' })
  CORS_ORIGINS: string[] = [];

  get isProduction(): boolean {
    return this.NODE_ENV === 'production';
  }

  /** How mails leave. */
  get mail(): 'smtp' | 'folder' | 'off' {
    if (this.SMTP_URL === undefined) return 'folder';
    return this.SMTP_URL === 'off' ? 'off' : 'smtp';
  }

  get runsApi(): boolean {
    return this.MUSE_ROLE !== 'worker';
  }

  get runsWorker(): boolean {
    return this.MUSE_ROLE !== 'api';
  }
}

/** Every variable that is wrong, in one message. */
export class InvalidConfiguration extends Error {
  constructor(readonly problems: string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'InvalidConfiguration';
  }
}

const KEYS = [
  ...['NODE_ENV', 'PORT', 'HOST', 'PUBLIC_URL', 'APP_URL', 'DATABASE_URL', 'DATABASE_DIRECT_URL', 'DATABASE_POOL'],
  ...[
    'MUSE_DATA_DIR',
    'MUSE_ROLE',
    'MUSE_DEMO',
    'MUSE_DEMO_PASSWORD',
    'MUSE_DEMO_STORES',
    'MUSE_MASTER_KEY',
    'MUSE_MASTER_KEYS_OLDER',
    'JWT_SECRET',
  ],
  ...['LOG_LEVEL', 'WORKER_CONCURRENCY', 'DEFAULT_CURRENCY', 'EXCHANGE_RATES_URL'],
  ...['SANDBOX_ORIGINS', 'PASSWORD_MIN_LENGTH', 'RATE_LIMIT_FACTOR', 'TRUSTED_PROXIES', 'CORS_ORIGINS'],
  ...['SMTP_URL', 'MAIL_FROM'],
  ...['MAIL_IN_DOMAIN', 'MAIL_IN_SECRET', 'MAILBOX_CONNECTIONS', 'MAILBOX_PROVIDERS'],
  ...['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_API_BASE', 'STRIPE_PREVIEW_VERSION', 'PLATFORM_FEE_PPM'],
  ...['RETURN_DAYS', 'ORDER_CONFIRM_HOURS', 'ORDER_COMPLETE_DAYS', 'RATING_WINDOW_DAYS'],
  ...['UPS_CLIENT_ID', 'UPS_CLIENT_SECRET', 'FEDEX_CLIENT_ID', 'FEDEX_CLIENT_SECRET'],
  ...['USPS_CLIENT_ID', 'USPS_CLIENT_SECRET', 'DHL_API_KEY', 'CARRIER_API_BASE'],
  ...['METRICS_TOKEN', 'METRICS_PORT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ...['BROWSER_PATH', 'BROWSER_SANDBOX', 'BROWSER_CONTEXTS_MAX', 'BROWSER_QUEUE_MAX', 'BROWSER_RUNS_MAX'],
  ...['BROWSER_MEMORY_MB', 'BROWSER_IDLE_SECONDS', 'BROWSER_ABOUT_URL'],
] as const;

/** Reads and checks the environment; an empty variable counts as unset. Throws InvalidConfiguration. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(KEYS.filter((key) => env[key]).map((key) => [key, env[key]]));
  const config = plainToInstance(Config, given);
  const production = config.NODE_ENV === 'production';
  config.HOST ??= production ? '0.0.0.0' : '127.0.0.1';
  config.PUBLIC_URL ??= `http://localhost:${config.PORT}`;
  config.APP_URL ??= config.PUBLIC_URL;
  config.BROWSER_ABOUT_URL ??= config.PUBLIC_URL;
  if (!production) config.MAIL_FROM ??= 'Muse <muse@localhost>';
  config.RATE_LIMIT_FACTOR ??= production ? 1 : 100;
  config.MUSE_DEMO ??= config.NODE_ENV === 'development';

  const problems = validateSync(config, { skipMissingProperties: false }).map(
    (error) => `${error.property}: ${Object.values(error.constraints ?? {}).join(', ')}`,
  );
  if (config.STRIPE_SECRET_KEY && config.STRIPE_WEBHOOK_SECRET.length === 0)
    problems.push('STRIPE_WEBHOOK_SECRET: is required with STRIPE_SECRET_KEY');
  for (const carrier of ['UPS', 'FEDEX', 'USPS'] as const)
    if (Boolean(config[`${carrier}_CLIENT_ID`]) !== Boolean(config[`${carrier}_CLIENT_SECRET`]))
      problems.push(`${carrier}_CLIENT_ID: stands beside ${carrier}_CLIENT_SECRET, or neither is set`);
  if (config.MAIL_IN_DOMAIN && config.MAIL_IN_SECRET.length === 0)
    problems.push('MAIL_IN_SECRET: is required with MAIL_IN_DOMAIN');
  if (production) {
    if (config.CARRIER_API_BASE) problems.push('CARRIER_API_BASE: must be unset in production');
    if (config.STRIPE_API_BASE) problems.push('STRIPE_API_BASE: must be unset in production');
    for (const key of ['DATABASE_URL', 'MUSE_MASTER_KEY', 'JWT_SECRET', 'PUBLIC_URL'] as const) {
      if (!env[key]) problems.push(`${key}: is required in production`);
    }
    if (!env['SMTP_URL']) problems.push('SMTP_URL: is required in production (off: no mail is sent)');
    else if (config.mail === 'smtp' && !env['MAIL_FROM']) problems.push('MAIL_FROM: is required with SMTP_URL');
    if (config.MUSE_DEMO) problems.push('MUSE_DEMO: must be 0 in production');
    if (config.SANDBOX_ORIGINS.length > 0) problems.push('SANDBOX_ORIGINS: must be empty in production');
    if (config.MAIL_IN_SECRET.some(isGuessable)) problems.push('MAIL_IN_SECRET: is a default or too simple');
    if (isGuessable(config.METRICS_TOKEN)) problems.push('METRICS_TOKEN: is a default or too simple');
    if (isGuessable(config.JWT_SECRET)) problems.push('JWT_SECRET: is a default or too simple');
    if (config.MUSE_MASTER_KEY && isGuessable(Buffer.from(config.MUSE_MASTER_KEY, 'base64').toString('latin1'))) {
      problems.push('MUSE_MASTER_KEY: is a default or too simple');
    }
  }
  if (problems.length > 0) throw new InvalidConfiguration(problems);
  return config;
}

/** A secret of few different characters, or one that says itself that it is to be changed. */
function isGuessable(secret: string | undefined): boolean {
  return secret !== undefined && (new Set(secret).size < 8 || /change.?me|secret|example|default/i.test(secret));
}
