import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-custom';
import { RequestLimits } from '../../platform/http';
import type { Caller } from '../caller';
import { GuestTokens } from './guest-tokens';

const BEARER_LENGTH = 'Bearer '.length;

/** A guest by opaque token. */
@Injectable()
export class GuestStrategy extends PassportStrategy(Strategy, 'guest') {
  constructor(
    private readonly tokens: GuestTokens,
    private readonly limits: RequestLimits,
  ) {
    super();
  }

  validate(request: FastifyRequest): Promise<Caller | undefined> {
    return this.tokens.callerOf(request.headers.authorization!.slice(BEARER_LENGTH).trim(), () =>
      this.limits.assertMayLookUp(request),
    );
  }
}
