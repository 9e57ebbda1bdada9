import { ApiProperty } from '@nestjs/swagger';
import { CHALLENGES, type ChallengeKind } from '../../recipes';

export class ChallengeStoreResponse {
  /** The store */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /**
   * Its name
   * @example "Nordstrom"
   */
  name: string;
}

export class ChallengeFieldResponse {
  /**
   * By which it is answered
   * @example "code"
   */
  name: string;
  /**
   * What to show beside it
   * @example "The code that was sent to you"
   */
  label: string;
  /** `code` and `text` are typed; of `confirm` the answer is `true` or `false` */
  @ApiProperty({ enum: ['text', 'code', 'confirm'], example: 'code' })
  type: 'text' | 'code' | 'confirm';
}

/** What a store asks of the shopper before it goes on. */
export class ChallengeResponse {
  /** The challenge */
  @ApiProperty({ format: 'uuid' })
  id: string;

  /** Who asks */
  store: ChallengeStoreResponse;

  /** What Muse was at */
  @ApiProperty({ enum: ['quote', 'place', 'track', 'cancel', 'credentials'], example: 'place' })
  about: 'quote' | 'place' | 'track' | 'cancel' | 'credentials';

  /** `approval` is given elsewhere (in an app of the store): it has no fields and goes on by itself */
  @ApiProperty({ enum: CHALLENGES, example: 'one_time_code' })
  kind: ChallengeKind;

  /** From 1; more where the store did not take an answer */
  @ApiProperty({ type: 'integer', example: 1 })
  round: number;

  /** Only one that waits can be answered */
  @ApiProperty({ enum: ['waiting', 'answered', 'used', 'expired'], example: 'waiting' })
  status: 'waiting' | 'answered' | 'used' | 'expired';

  /** In the store's words; null where it says nothing, or it is over */
  @ApiProperty({ type: String, nullable: true, example: 'Enter the code that we sent to your phone.' })
  prompt: string | null;

  /** The store's page as it stands, a PNG as data URL; everything that was filled in is covered. Null once it is over, or where none could be taken */
  @ApiProperty({ type: String, nullable: true, example: 'data:image/png;base64,iVBORw0KGgo=' })
  picture: string | null;

  /** What to fill in, all of it; none once it is over */
  @ApiProperty({ type: ChallengeFieldResponse, isArray: true })
  fields: ChallengeFieldResponse[];

  /** Until when; afterwards the shopper finishes at the store */
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;

  static of({
    picture,
    expiresAt,
    ...row
  }: Omit<ChallengeResponse, 'expiresAt'> & { expiresAt: Date }): ChallengeResponse {
    return {
      ...row,
      picture: picture === null ? null : `data:image/png;base64,${picture}`,
      expiresAt: expiresAt.toISOString(),
    };
  }
}

export class ChallengeAnsweredResponse {
  /** The challenge */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The store is told; how it goes on is seen in the checkout */
  @ApiProperty({ enum: ['answered'], example: 'answered' })
  status: 'answered';
}
