import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { createSecretKey } from 'node:crypto';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { Config } from '../../platform/config';
import type { Caller } from '../caller';
import { ISSUER, type AccessClaims } from './access-tokens';

/** A user by access token: signature, issuer and time, no database. */
@Injectable()
export class UserStrategy extends PassportStrategy(Strategy, 'user') {
  constructor(config: Config) {
    const secret = createSecretKey(Buffer.from(config.JWT_SECRET!, 'utf8'));
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      // A key object: text would be tried as a public key first, on each request, which costs 0.7 ms. The types know text only.
      secretOrKeyProvider: (_request, _token, done) => done(null, secret as unknown as Buffer),
      algorithms: ['HS256'],
      issuer: ISSUER,
    });
  }

  validate(claims: AccessClaims): Caller | false {
    if (claims.typ !== 'access') return false;
    const { sub: id, roles, privacy, crd: credentialsAt = 0 } = claims;
    return { kind: 'user', id, roles, privacy, credentialsAt };
  }
}
