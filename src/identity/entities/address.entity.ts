import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SealedJson } from '../../platform/crypto';

@Entity('addresses')
export class AddressRow {
  @PrimaryColumn({ name: 'id', type: 'uuid' })
  id: string;

  @Column({ name: 'user_id', type: 'uuid' })
  userId: string;

  /** An Address under the user's data key. */
  @Column({ name: 'sealed', type: 'jsonb' })
  sealed: SealedJson;

  @Column({ name: 'is_default', type: 'boolean', default: false })
  isDefault: boolean;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}
