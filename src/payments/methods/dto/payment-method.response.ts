import { ApiProperty } from '@nestjs/swagger';
import type { MethodRow } from '../payment-methods.repository';

/** A saved method, as far as anybody may see it. */
export class PaymentMethodResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;

  /**
   * What it is, in the provider's word
   * @example "card"
   */
  kind: string;

  /** Of a card: the scheme */
  @ApiProperty({ type: 'string', nullable: true, example: 'visa' })
  brand: string | null;

  /** Of a card: its last four digits */
  @ApiProperty({ type: 'string', nullable: true, example: '4242' })
  last4: string | null;

  /** Of a card: the month in which it ends */
  @ApiProperty({ type: 'integer', nullable: true, example: 8 })
  expMonth: number | null;

  /** Of a card: the year in which it ends */
  @ApiProperty({ type: 'integer', nullable: true, example: 2029 })
  expYear: number | null;

  /**
   * Whether it is offered first
   * @example true
   */
  isDefault: boolean;

  /** When it was saved */
  createdAt: Date;

  static of({ id, kind, brand, last4, expMonth, expYear, isDefault, createdAt }: MethodRow): PaymentMethodResponse {
    const response = { id, kind, brand, last4, expMonth, expYear, isDefault, createdAt };
    return Object.assign(new PaymentMethodResponse(), response);
  }
}

export class PaymentMethodListResponse {
  /** The default first, then the newest */
  data: PaymentMethodResponse[];

  /** Always null: at most 20 are kept, and all are shown */
  @ApiProperty({ type: 'string', nullable: true, example: null })
  nextCursor: string | null;

  static of(rows: MethodRow[]): PaymentMethodListResponse {
    const data = rows.map((row) => PaymentMethodResponse.of(row));
    return Object.assign(new PaymentMethodListResponse(), { data, nextCursor: null });
  }
}

export class SetupResponse {
  /**
   * For the provider's library in the client, which takes the card and confirms: the client's own, kept nowhere
   * @example "seti_1QabcdEFGhijklmn_secret_Rabcdef"
   */
  clientSecret: string;

  /** For POST /payment-methods, once that is done */
  @ApiProperty({ format: 'uuid' })
  setupId: string;

  static of(setupId: string, clientSecret: string): SetupResponse {
    return Object.assign(new SetupResponse(), { clientSecret, setupId });
  }
}
