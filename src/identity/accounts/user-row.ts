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
  createdAt: Date;
}

/** The columns of UserRow, for SELECT and RETURNING. */
export const USER_COLUMNS = `id, email, email_verified_at IS NOT NULL AS "emailVerified", display_name AS "displayName", roles, privacy, currency, locale,
  created_at AS "createdAt"`;
