import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { GoodsStatus } from './product.entity';

@Entity('variants')
export class Variant {
  @PrimaryGeneratedColumn('uuid', { name: 'id' })
  id: string;

  @Column({ name: 'store_id', type: 'uuid' })
  storeId: string;

  @Column({ name: 'product_id', type: 'uuid' })
  productId: string;

  @Column({ name: 'sku', type: 'text' })
  sku: string;

  @Column({ name: 'size', type: 'text', nullable: true })
  size: string | null;

  @Column({ name: 'color', type: 'text', nullable: true })
  color: string | null;

  @Column({ name: 'price_cents', type: 'bigint' })
  priceCents: number;

  @Column({ name: 'original_price_cents', type: 'bigint', nullable: true })
  originalPriceCents: number | null;

  @Column({ name: 'currency', type: 'text' })
  currency: string;

  @Column({ name: 'position', type: 'integer' })
  position: number;

  @Column({ name: 'external_id', type: 'text', nullable: true })
  externalId: string | null;

  @Column({ name: 'status', type: 'text', default: 'active' })
  status: GoodsStatus;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
