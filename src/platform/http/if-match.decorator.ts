import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { DomainError } from './domain-error';

/** 412: the resource has a newer version than the one that If-Match names. */
export class VersionMismatch extends DomainError {
  constructor(version?: number) {
    super('version_mismatch', 412, 'The resource has changed since you read it; read it again.', { version });
  }
}

class MalformedIfMatch extends DomainError {
  constructor() {
    super('if_match_malformed', 400, 'If-Match must be an ETag that this API gave, such as "7", or *.');
  }
}

/** The version that If-Match names; undefined where there is none, or `*`. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): number | undefined => {
  const header = context.switchToHttp().getRequest<FastifyRequest>().headers['if-match'];
  if (header === undefined || header.trim() === '*') return undefined;
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(header.trim())?.[1];
  if (version === undefined) throw new MalformedIfMatch();
  return Number(version);
});

/** Throws VersionMismatch when the caller named another version than the present one. */
export function assertVersion(expected: number | undefined, present: number): void {
  if (expected !== undefined && expected !== present) throw new VersionMismatch(present);
}

/** Documents the If-Match header of a route. */
export const TakesIfMatch = () =>
  applyDecorators(
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'ETag of the version you read; a stale one answers 412',
      example: '"7"',
    }),
  );

/** Documents the Idempotency-Key header of a route. */
export const TakesIdempotencyKey = (required = false) =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required,
      description:
        'A key of your own for this intent; the same request with it again answers what the first one did (24 hours)',
      example: '5f0c7b1e-2d3a-4c55-9d8e-6a1f0c9e7b42',
    }),
  );
