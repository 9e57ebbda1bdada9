import { ApiProperty } from '@nestjs/swagger';

/** A link to an order that was mailed; the token itself is known to the mail alone. */
export class OrderAccessTokenResponse {
  /** Its id, to revoke it by */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** When it was mailed */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** When it ends by itself */
  @ApiProperty({ format: 'date-time' })
  expiresAt: string;
}

export class OrderAccessTokenListResponse {
  /** The oldest first */
  data: OrderAccessTokenResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}
