import type { Language } from '../../platform/http';
import type { Privacy, Role } from '../caller';

/** A user as the statements of this module read one. */
export interface UserRow {
  id: string;
  email: string;
  /** Whether a link that was mailed to the address came back. */
  emailVerified: boolean;
  displayName: string | null;
  roles: Role[];
  privacy: Privacy;
  currency: string | null;
  /** The language that they are written to in. */
  locale: Language;
  /** Whether links to stores may be affiliate links. */
  affiliateLinks: boolean;
  createdAt: Date;
  /** When their credentials last changed, which access tokens carry: microseconds since 1970; 0: never. */
  credentialsAt: number;
}

/** The column of UserRow by that name; `users` is what the table is called there. */
export const CREDENTIALS_AT = (users = 'users') =>
  `coalesce((extract(epoch FROM ${users}.credentials_at) * 1000000)::float8, 0)`;

/** The columns of UserRow, for SELECT and RETURNING. */
export const USER_COLUMNS = `id, email, email_verified_at IS NOT NULL AS "emailVerified", display_name AS "displayName", roles, privacy, currency, locale,
  affiliate_links AS "affiliateLinks", created_at AS "createdAt", ${CREDENTIALS_AT()} AS "credentialsAt"`;
