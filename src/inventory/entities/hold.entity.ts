import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Stock set aside for a session: held (expires), then committed (placing), then sold or released. */
@Entity('holds')
export class Hold {
  @PrimaryColumn({ name: 'session_id', type: 'uuid' })
  sessionId: string;

  @PrimaryColumn({ name: 'variant_id', type: 'uuid' })
  variantId: string;

  @Column({ name: 'store_id', type: 'uuid' })
  storeId: string;

  @Column({ name: 'quantity', type: 'integer' })
  quantity: number;

  @Column({ name: 'status', type: 'text' })
  status: 'held' | 'committed' | 'sold' | 'released';

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
