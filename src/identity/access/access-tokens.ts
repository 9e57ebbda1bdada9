import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { Privacy, Role } from '../caller';

export const ACCESS_SECONDS = 600;
export const ISSUER = 'muse';

/** What an access token says. */
export interface AccessClaims {
  sub: string;
  roles: Role[];
  privacy: Privacy;
  typ: 'access';
}

/** Signs access tokens: HS256, ten minutes; they are checked without the database, so nothing ends one earlier. */
@Injectable()
export class AccessTokens {
  constructor(private readonly jwt: JwtService) {}

  issue(user: { id: string; roles: Role[]; privacy: Privacy }): string {
    const claims: AccessClaims = { sub: user.id, roles: user.roles, privacy: user.privacy, typ: 'access' };
    return this.jwt.sign(claims);
  }
}
