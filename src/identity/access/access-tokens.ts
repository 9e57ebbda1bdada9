import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { UserRow } from '../accounts/user-row';
import type { Privacy, Role } from '../caller';

export const ACCESS_SECONDS = 600;
export const ISSUER = 'muse';

/** What an access token says. */
export interface AccessClaims {
  sub: string;
  roles: Role[];
  privacy: Privacy;
  typ: 'access';
  /** UserRow.credentialsAt as it was; absent in tokens from before there was such a claim. */
  crd?: number;
}

type Issued = Pick<UserRow, 'id' | 'roles' | 'privacy' | 'credentialsAt'>;

/**
 * Signs access tokens: HS256, ten minutes; they are checked without the database, so nothing ends one earlier
 * but a change of credentials, wherever the user's row is read anyway.
 */
@Injectable()
export class AccessTokens {
  constructor(private readonly jwt: JwtService) {}

  issue({ id, roles, privacy, credentialsAt }: Issued): string {
    const claims: AccessClaims = { sub: id, roles, privacy, typ: 'access', crd: credentialsAt };
    return this.jwt.sign(claims);
  }
}
