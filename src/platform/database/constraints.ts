import { DomainError } from '../http/domain-error';

const known = new Map<string, () => DomainError>();

/** Says which domain error the breaking of a named SQL constraint means; each module declares its own beside its errors. */
export function whenBroken(constraint: string, error: () => DomainError): void {
  known.set(constraint, error);
}

interface PgError {
  code: string;
  constraint?: string;
  message: string;
}

/** The driver's own error, whether it came bare from pg or wrapped (with its parameters) by TypeORM. */
export function postgresError(error: unknown): PgError | undefined {
  const driver = (error as { driverError?: unknown }).driverError ?? error;
  const code = (driver as { code?: unknown }).code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? (driver as PgError) : undefined;
}

/** The constraint that an error says was broken, if any. */
export function brokenConstraint(error: unknown): string | undefined {
  return postgresError(error)?.constraint;
}

/** A domain error for a broken rule that a module declared; any other error as it is. */
export function translate(error: unknown): unknown {
  const constraint = brokenConstraint(error);
  const make = constraint === undefined ? undefined : known.get(constraint);
  return make ? make() : error;
}

const RETRYABLE = new Set(['40001', '40P01', '55P03']);

/** Serialisation failures, deadlocks and locks not had in time: the whole transaction may simply be tried again. */
export function isRetryable(error: unknown): boolean {
  const code = postgresError(error)?.code;
  return code !== undefined && RETRYABLE.has(code);
}
