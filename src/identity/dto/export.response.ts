import { ApiProperty } from '@nestjs/swagger';
import type { Erased } from '../accounts/erasures.service';

/** The sections are lists of the schemas that their modules give; src/openapi.ts puts them in. */
export class ExportResponse {
  /**
   * Form of this document: a number that grows when a member changes its meaning
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  format: number;

  /** When it was begun; what changed while it was written may stand in it as it was or as it is */
  @ApiProperty({ format: 'date-time' })
  exportedAt: string;

  /** The last member: without it, the document was broken off on the way */
  @ApiProperty({ type: Boolean, example: true })
  complete: boolean;
}

export class ErasureResponse {
  /** When the account was closed: from then on no token of it is taken */
  @ApiProperty({ format: 'date-time' })
  closedAt: string;

  /** When the data key was destroyed, under which addresses, contacts and words lay; null: it is still needed */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true, example: null })
  keyDestroyedAt: string | null;

  /**
   * Until when the key is kept, for orders that are on their way or may still be sent back; while one is open, when that is
   * looked at again. Null: it is destroyed
   */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  keyKeptUntil: string | null;

  /** When the key is destroyed whatever is open by then: 90 days after the account was closed. Null: it is destroyed */
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  keyDestroyedAtTheLatest: string | null;

  static of({ closedAt, keyDestroyedAt, keyKeptUntil, atTheLatest }: Erased): ErasureResponse {
    return {
      closedAt: closedAt.toISOString(),
      keyDestroyedAt: keyDestroyedAt?.toISOString() ?? null,
      keyKeptUntil: keyKeptUntil?.toISOString() ?? null,
      keyDestroyedAtTheLatest: keyKeptUntil ? atTheLatest.toISOString() : null,
    };
  }
}
