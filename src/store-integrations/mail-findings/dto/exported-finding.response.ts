import { ApiProperty } from '@nestjs/swagger';
import { MAIL_KINDS, type MailKind } from '../../order-mails/finding';
import type { OpenFinding } from '../mail-findings';

/** Goods that a mail names. */
export class ExportedMailItemResponse {
  /** @example "Linen shirt" */
  name: string;

  /** @example 1 */
  quantity: number;
}

/** What a mail told of an order; the mail itself is not kept. */
export class ExportedMailFindingResponse {
  /** What it says has happened */
  @ApiProperty({ enum: MAIL_KINDS, example: 'shipped' })
  kind: MailKind;

  /**
   * Where it was bought
   * @example "Old Navy"
   */
  @ApiProperty({ type: String, nullable: true })
  store: string | null;

  /**
   * Who wrote, where it was a carrier
   * @example "UPS"
   */
  @ApiProperty({ type: String, nullable: true })
  carrier: string | null;

  /**
   * The store’s number
   * @example "1ABC234"
   */
  @ApiProperty({ type: String, nullable: true })
  storeOrderNumber: string | null;

  /**
   * What it cost, in minor units
   * @example 5298
   */
  @ApiProperty({ type: Number, nullable: true })
  totalCents: number | null;

  /** @example "USD" */
  @ApiProperty({ type: String, nullable: true })
  currency: string | null;

  items: ExportedMailItemResponse[];

  /** @example ["1Z999AA10123456784"] */
  trackingNumbers: string[];

  /**
   * Words of the mail that it was learned from
   * @example ["Order #1ABC234"]
   */
  evidence: string[];

  /** Whether the mail’s sender was proved */
  isProved: boolean;

  /**
   * What became of it: `new`, `offered`, `used` or `ignored`
   * @example "used"
   */
  status: string;

  /** When it happened, as the mail says */
  at: Date;

  static of({ kind, isProved, status, occurredAt, told }: OpenFinding): ExportedMailFindingResponse {
    const { store, carrier, orderNumber, total, items, parcels, evidence } = told;
    return {
      ...{ kind, store: store.name ?? store.domain, carrier, storeOrderNumber: orderNumber },
      ...{ totalCents: total?.cents ?? null, currency: total?.currency ?? null },
      items: items.map(({ name, quantity }) => ({ name, quantity })),
      trackingNumbers: parcels.map(({ trackingNumber }) => trackingNumber),
      evidence: evidence.map(({ excerpt }) => excerpt),
      ...{ isProved, status, at: occurredAt },
    };
  }
}
