import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

export type GoodsStatus = 'active' | 'archived';

@Entity('products')
export class Product {
  @PrimaryGeneratedColumn('uuid', { name: 'id' })
  id: string;

  @Column({ name: 'store_id', type: 'uuid' })
  storeId: string;

  @Column({ name: 'brand_id', type: 'uuid', nullable: true })
  brandId: string | null;

  @Column({ name: 'brand_name', type: 'text', nullable: true })
  brandName: string | null;

  @Column({ name: 'title', type: 'text' })
  title: string;

  @Column({ name: 'gtin', type: 'text', nullable: true })
  gtin: string | null;

  @Column({ name: 'description', type: 'text', default: '' })
  description: string;

  @Column({ name: 'url', type: 'text', nullable: true })
  url: string | null;

  @Column({ name: 'image_urls', type: 'text', array: true, default: [] })
  imageUrls: string[];

  @Column({ name: 'category', type: 'text', nullable: true })
  category: string | null;

  @Column({ name: 'status', type: 'text', default: 'active' })
  status: GoodsStatus;

  /** Postgres generates it from title, brand, category and description. */
  @Column({ name: 'search', type: 'tsvector', select: false, insert: false, update: false })
  search: string;

  @Column({ name: 'version', type: 'integer', default: 1 })
  version: number;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
