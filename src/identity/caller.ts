import { SetMetadata, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { TokenHolder } from './access/link-tokens';

import type { Scope } from './api-keys/scopes';

export const ROLES = ['shopper', 'merchant', 'support', 'admin'] as const;
export type Role = (typeof ROLES)[number];
export type Privacy = 'standard' | 'paranoid';

/** Who sends a request, as their token says: of a user, roles and privacy may be up to ten minutes old. */
export interface Caller {
  readonly kind: 'user' | 'guest';
  /** The shopper id: users and guests share one id space. */
  readonly id: string;
  readonly roles: readonly Role[];
  readonly privacy: Privacy;
  /** Of an access token: which credentials it was handed out for (UserRow); others are not tied to any. */
  readonly credentialsAt?: number;
  /** Where it is a program that acts for the user: its API key, and what that may do. */
  readonly key?: { readonly id: string; readonly scopes: readonly Scope[] };
}

/** What the guard leaves on the request, under the name that Passport gives it. */
export interface RequestWithCaller {
  user?: Caller | TokenHolder;
}

/** The caller of this request; undefined only on a public route without a valid token, a token's holder only where TakesTokenOf says so. */
export const CurrentCaller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller | TokenHolder | undefined =>
    context.switchToHttp().getRequest<RequestWithCaller>().user,
);

export const USERS_ONLY = 'muse:users-only';
export const ROLES_KEY = 'muse:roles';

/** A route that guests may never use: 403 for them. */
export const UsersOnly = () => SetMetadata(USERS_ONLY, true);

/** A route for whoever has one of these roles: 403 for everybody else. */
export const Roles = (...roles: Role[]) => SetMetadata(ROLES_KEY, roles);
