import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('shoppers')
export class Shopper {
  @PrimaryColumn({ name: 'id', type: 'uuid', default: () => 'uuidv7()' })
  id: string;

  @Column({ name: 'kind', type: 'text' })
  kind: 'user' | 'guest';

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;
}
