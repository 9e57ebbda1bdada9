import { ApiProperty } from '@nestjs/swagger';
import { MeResponse } from './me.response';

const SOME_TIME = '2026-11-22T10:15:30.000Z';
const MAYBE_TIME = { type: 'string', format: 'date-time', nullable: true, example: SOME_TIME } as const;

export class ExportedGuestResponse {
  /** Shopper id that carts and orders were under until the sign-in */
  @ApiProperty({ format: 'uuid' })
  id: string;

  /** When the guest came */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  /** When the guest signed in as this user */
  @ApiProperty({ format: 'date-time' })
  claimedAt: string;
}

export class ExportedAccountResponse extends MeResponse {
  /** When the address proved to be the account's own; null: it has not */
  @ApiProperty(MAYBE_TIME)
  emailVerifiedAt: Date | null;

  /** When the password was last set anew, or every sign-in ended; null: never. (Of the password itself a hash is kept) */
  @ApiProperty(MAYBE_TIME)
  credentialsChangedAt: Date | null;

  /** When anything of it last changed */
  updatedAt: Date;

  /** The guests that turned out to be this user */
  guests: ExportedGuestResponse[];
}

/** A sign-in, however often it was refreshed since. Of its tokens only hashes are kept. */
export class ExportedSignInResponse {
  /** When it was signed in */
  beganAt: Date;

  /** When it was last refreshed */
  lastRefreshedAt: Date;

  /** When it ends at the latest */
  endsAt: Date;

  /** When it was ended before that: by signing out, by another password; null: it was not */
  @ApiProperty(MAYBE_TIME)
  endedAt: Date | null;
}

/** A network address from which the account was signed in to; of the address itself only a keyed hash is kept. */
export class ExportedNetworkResponse {
  /** When it was last signed in from there, to a day */
  lastSeenAt: Date;
}

/** A link that was mailed. Of its token only a hash is kept. */
export class ExportedMailedLinkResponse {
  /** What it is for */
  @ApiProperty({ enum: ['verify_email', 'reset_password'] })
  purpose: string;

  /** When it was mailed */
  createdAt: Date;

  /** Until when it works */
  expiresAt: Date;

  /** When it was followed; null: it was not */
  @ApiProperty(MAYBE_TIME)
  usedAt: Date | null;
}
