import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('data_keys')
export class DataKeyRow {
  @PrimaryColumn({ name: 'subject_id', type: 'uuid' })
  subjectId: string;

  /** Null once destroyed. */
  @Column({ name: 'wrapped', type: 'bytea', nullable: true })
  wrapped: Buffer | null;

  @Column({ name: 'master_key_id', type: 'text' })
  masterKeyId: string;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ name: 'destroyed_at', type: 'timestamptz', nullable: true })
  destroyedAt: Date | null;
}
