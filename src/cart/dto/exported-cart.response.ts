import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse } from '../../platform/money';

export class ExportedCartLineResponse {
  /** The line's id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The store */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /**
   * What it is called
   * @example "Black Dress"
   */
  productName: string;
  /** The store's SKU */
  @ApiProperty({ type: String, nullable: true, example: 'ND-1' })
  productSku: string | null;
  /**
   * Its page
   * @example "https://www.nordstrom.com/s/black-dress/1001"
   */
  productUrl: string;
  /** Its size */
  @ApiProperty({ type: String, nullable: true, example: 'M' })
  size: string | null;
  /** Its colour */
  @ApiProperty({ type: String, nullable: true, example: 'black' })
  color: string | null;
  /** How many */
  @ApiProperty({ type: 'integer', example: 1 })
  quantity: number;
  /** The price that was last seen */
  unitPrice: MoneyResponse;
  /** When it was put in */
  @ApiProperty({ format: 'date-time' })
  addedAt: string;
}

/** A cart: the present one, or what found no room in it of one that the user had as a guest. */
export class ExportedCartResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** merged: it was a guest's, whose lines have gone into the user's cart as far as there was room */
  @ApiProperty({ enum: ['open', 'abandoned', 'merged'] })
  status: string;
  /**
   * Codes that were given
   * @example ["SPRING10"]
   */
  couponCodes: string[];
  /** When it was begun */
  createdAt: Date;
  /** When it last changed */
  updatedAt: Date;
  /** What is in it */
  lines: ExportedCartLineResponse[];
}
