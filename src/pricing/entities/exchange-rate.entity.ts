import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('exchange_rates')
export class ExchangeRateRow {
  @PrimaryColumn({ name: 'id', type: 'uuid', default: () => 'uuidv7()' })
  id: string;

  @Column({ name: 'base', type: 'text' })
  base: string;

  @Column({ name: 'quote', type: 'text' })
  quote: string;

  @Column({ name: 'rate', type: 'numeric' })
  rate: string;

  @Column({ name: 'source', type: 'text' })
  source: string;

  @Column({ name: 'effective_at', type: 'timestamptz', default: () => 'now()' })
  effectiveAt: Date;

  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  /** The admin who posted it; null for a source or the demo. */
  @Column({ name: 'created_by', type: 'uuid', nullable: true })
  createdBy: string | null;
}
