import { ApiProperty } from '@nestjs/swagger';
import type { Inventory } from '../entities/inventory.entity';

/** Stock of one variant, as its store sees it. */
export class StockResponse {
  /** The variant */
  variantId: string;

  /**
   * Units in the store
   * @example 40
   */
  @ApiProperty({ type: 'integer' })
  onHand: number;

  /**
   * Units that checkouts under way have set aside
   * @example 3
   */
  @ApiProperty({ type: 'integer' })
  reserved: number;

  /**
   * Units never sold online
   * @example 2
   */
  @ApiProperty({ type: 'integer' })
  buffer: number;

  /**
   * Stock at which the merchant wants to know; null: never
   * @example 5
   */
  @ApiProperty({ nullable: true, type: 'integer' })
  alertThreshold: number | null;

  /**
   * Units that shoppers may buy now
   * @example 35
   */
  @ApiProperty({ type: 'integer' })
  availableQuantity: number;

  /** When any of this last changed */
  updatedAt: Date;

  static of(row: Inventory): StockResponse {
    const { variantId, onHand, reserved, buffer, alertThreshold, updatedAt } = row;
    const availableQuantity = Math.max(0, onHand - reserved - buffer);
    return { variantId, onHand, reserved, buffer, alertThreshold, availableQuantity, updatedAt };
  }
}

/** A page of a store's stock. */
export class StockListResponse {
  /** The variants of this page */
  @ApiProperty({ type: [StockResponse] })
  data: StockResponse[];

  /** Where the next page begins; null on the last one */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}
