import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-custom';
import { RequestLimits } from '../../platform/http';
import type { Caller } from '../caller';
import { ApiKeyTokens } from './api-key-tokens';

const BEARER_LENGTH = 'Bearer '.length;

/** A user by API key. */
@Injectable()
export class ApiKeyStrategy extends PassportStrategy(Strategy, 'api-key') {
  constructor(
    private readonly keys: ApiKeyTokens,
    private readonly limits: RequestLimits,
  ) {
    super();
  }

  validate(request: FastifyRequest): Promise<Caller | undefined> {
    return this.keys.callerOf(request.headers.authorization!.slice(BEARER_LENGTH).trim(), () =>
      this.limits.assertMayLookUp(request),
    );
  }
}
