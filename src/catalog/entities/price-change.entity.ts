import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** One price that a variant had from a moment on; rows are added, never changed. */
@Entity('price_changes')
export class PriceChange {
  @PrimaryGeneratedColumn('uuid', { name: 'id' })
  id: string;

  @Column({ name: 'variant_id', type: 'uuid' })
  variantId: string;

  @Column({ name: 'price_cents', type: 'bigint' })
  priceCents: number;

  @Column({ name: 'original_price_cents', type: 'bigint', nullable: true })
  originalPriceCents: number | null;

  @Column({ name: 'currency', type: 'text' })
  currency: string;

  @Column({ name: 'changed_by', type: 'uuid', nullable: true })
  changedBy: string | null;

  @Column({ name: 'changed_at', type: 'timestamptz', default: () => 'now()' })
  changedAt: Date;
}
