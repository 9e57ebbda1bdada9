import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** Amounts are in the store's currency. */
@Entity('delivery_options')
export class DeliveryOption {
  @PrimaryGeneratedColumn('uuid', { name: 'id' })
  id: string;

  @Column({ name: 'store_id', type: 'uuid' })
  storeId: string;

  @Column({ name: 'name', type: 'text' })
  name: string;

  @Column({ name: 'price_cents', type: 'bigint' })
  priceCents: number;

  @Column({ name: 'free_over_cents', type: 'bigint', nullable: true })
  freeOverCents: number | null;

  @Column({ name: 'min_days', type: 'integer' })
  minDays: number;

  @Column({ name: 'max_days', type: 'integer' })
  maxDays: number;

  @Column({ name: 'countries', type: 'text', array: true, nullable: true })
  countries: string[] | null;

  @Column({ name: 'status', type: 'text', default: 'active' })
  status: 'active' | 'retired';

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
