import { SetMetadata, applyDecorators } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';

/** What an API key may be allowed to do. */
export const SCOPES = [
  'catalog:read',
  'cart',
  'checkout',
  'orders:read',
  'orders:write',
  'merchant',
  'notifications',
] as const;
export type Scope = (typeof SCOPES)[number];

/** The security scheme of the OpenAPI document. */
export const API_KEY_SCHEME = 'apiKey';

export const SCOPE = 'muse:scope';

/** A route that API keys with this scope may use. Those without a scope are refused to every key. */
export const Scoped = (scope: Scope) =>
  applyDecorators(SetMetadata(SCOPE, scope), ApiSecurity(API_KEY_SCHEME, [scope]));
