import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Stock of one variant. What may be sold now is on_hand - reserved - buffer, never less than zero. */
@Entity('inventory')
export class Inventory {
  @PrimaryColumn({ name: 'variant_id', type: 'uuid' })
  variantId: string;

  @Column({ name: 'store_id', type: 'uuid' })
  storeId: string;

  @Column({ name: 'on_hand', type: 'integer' })
  onHand: number;

  @Column({ name: 'reserved', type: 'integer', default: 0 })
  reserved: number;

  @Column({ name: 'buffer', type: 'integer', default: 0 })
  buffer: number;

  @Column({ name: 'alert_threshold', type: 'integer', nullable: true })
  alertThreshold: number | null;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
