import { ApiProperty } from '@nestjs/swagger';
import { LANGUAGES, type Language } from '../../platform/http';
import type { UserRow } from '../accounts/user-row';
import { UserResponse } from './signed-in.response';

export class MeResponse extends UserResponse {
  /**
   * Whether the address proved to be the account's own: POST /auth/verify-email
   * @example true
   */
  emailVerified: boolean;

  /** Currency to show cart totals in when stores' currencies differ; null: the shop's own */
  @ApiProperty({ type: 'string', nullable: true, example: 'USD' })
  currency: string | null;

  /** Language to be written to in */
  @ApiProperty({ enum: LANGUAGES, example: 'en' })
  locale: Language;

  /**
   * Whether links to stores may be affiliate links, by which Muse earns
   * @example true
   */
  affiliateLinks: boolean;

  /** When the account was opened */
  createdAt: Date;

  static override of(user: UserRow): MeResponse {
    const { emailVerified, currency, locale, affiliateLinks, createdAt } = user;
    const more = { emailVerified, currency, locale, affiliateLinks, createdAt };
    return Object.assign(new MeResponse(), UserResponse.of(user), more);
  }
}
