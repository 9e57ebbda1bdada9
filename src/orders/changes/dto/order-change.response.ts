import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse } from '../../../platform/money';
import { EstimatedDeliveryResponse, OrderActionResponse } from '../../dto/order.response';
import type { ChangeItem, ChangeSide } from '../change-amounts';
import {
  CHANGE_STATUSES,
  CHANGE_TRANSITIONS,
  changeActions,
  type ChangeAction,
  type ChangeStatus,
} from '../change-states';
import type { ChangeRow } from '../order-changes.repository';

const ACTIONS = Object.keys(CHANGE_TRANSITIONS) as ChangeAction[];

/** Units of a line and what they cost, on one side of a change. */
export class ChangeLineSideResponse {
  /** How many */
  @ApiProperty({ type: 'integer', example: 2 })
  quantity: number;
  /** The price of one */
  unitPrice: MoneyResponse;
  /** Price times quantity */
  lineTotal: MoneyResponse;
  /** Its share of discounts on goods */
  discount: MoneyResponse;
  /** Its share of tax, added and included */
  tax: MoneyResponse;
}

/** One line of the difference. */
export class ChangeLineResponse {
  /** The order's item; null of goods that come in */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  itemId: string | null;
  /** The variant */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  variantId: string | null;
  /**
   * What it is called
   * @example "Leather Boots"
   */
  productName: string;
  /** Its size */
  @ApiProperty({ type: String, nullable: true, example: '8' })
  size: string | null;
  /** Its colour */
  @ApiProperty({ type: String, nullable: true, example: 'brown' })
  color: string | null;
  /** What becomes of it */
  @ApiProperty({ enum: ['same', 'changed', 'added', 'removed'] })
  becomes: 'same' | 'changed' | 'added' | 'removed';
  /** As ordered; null of goods that come in */
  @ApiProperty({ type: ChangeLineSideResponse, nullable: true })
  before: ChangeLineSideResponse | null;
  /** As proposed; null of goods that go */
  @ApiProperty({ type: ChangeLineSideResponse, nullable: true })
  after: ChangeLineSideResponse | null;
}

/** The sums of an order on one side of a change. */
export class ChangeTotalsResponse {
  /** Items, before delivery */
  subtotal: MoneyResponse;
  /** What is taken off */
  discount: MoneyResponse;
  /** Delivery */
  shipping: MoneyResponse;
  /** What the store adds */
  fees: MoneyResponse;
  /** Tax that comes on top */
  tax: MoneyResponse;
  /** Tax that the prices contain */
  taxIncluded: MoneyResponse;
  /** Everything */
  total: MoneyResponse;
  /** When it should arrive */
  @ApiProperty({ type: EstimatedDeliveryResponse, nullable: true })
  estimatedDelivery: EstimatedDeliveryResponse | null;
}

/** What a merchant proposes to change in an order, and what has become of it. */
export class OrderChangeResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The order it is of */
  @ApiProperty({ format: 'uuid' })
  orderId: string;
  /** Where it stands */
  @ApiProperty({ enum: CHANGE_STATUSES })
  status: ChangeStatus;
  /** Why the merchant proposes it; null once the buyer is forgotten */
  @ApiProperty({ type: String, nullable: true, example: 'The blue one is sold out' })
  reason: string | null;
  /** Why the buyer refused it, if they said so */
  @ApiProperty({ type: String, nullable: true, example: 'Then rather not' })
  answer: string | null;
  /** Line by line, what stays too */
  lines: ChangeLineResponse[];
  /** The order as it was */
  before: ChangeTotalsResponse;
  /** The order as it is after it */
  after: ChangeTotalsResponse;
  /** What the total rises by; negative: falls by */
  difference: MoneyResponse;
  /** What the buyer has to do before the difference can be paid; then `…/pay/resume` */
  @ApiProperty({ type: OrderActionResponse, nullable: true })
  action: OrderActionResponse | null;
  /** What the reader may do with it now */
  @ApiProperty({ enum: ACTIONS, isArray: true })
  allowedActions: ChangeAction[];
  /** While it is open: when it ends by itself */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expiresAt: string | null;
  /** When it was proposed */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** When the buyer answered, or it ended without */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  decidedAt: string | null;
  /** When it was over: applied, or come to nothing */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endedAt: string | null;
  /** Counts the steps; also the ETag */
  @ApiProperty({ type: 'integer', example: 1 })
  version: number;

  static of(
    row: ChangeRow & { currency: string },
    { reason, answer }: { reason: string | null; answer: string | null },
    reader: 'buyer' | 'merchant' | 'link',
    action: OrderActionResponse | null,
  ): OrderChangeResponse {
    const { currency, before, after } = row;
    const facts = { status: row.status, isTaken: row.takenAt !== null };
    const actions = reader === 'link' ? [] : changeActions(reader, facts);
    return {
      ...{ id: row.id, orderId: row.orderId, status: row.status, reason, answer },
      lines: linesOf(before, after, currency),
      before: totalsOf(before, currency),
      after: totalsOf(after, currency),
      difference: { amount: row.totalAfterCents - row.totalBeforeCents, currency },
      action,
      allowedActions: row.paymentId === null ? actions : actions.filter((one) => one !== 'pay'),
      expiresAt: row.endedAt === null ? row.expiresAt.toISOString() : null,
      createdAt: row.createdAt.toISOString(),
      decidedAt: row.decidedAt && row.decidedAt.toISOString(),
      endedAt: row.endedAt && row.endedAt.toISOString(),
      version: row.version,
    };
  }
}

export class OrderChangeListResponse {
  /** Newest first */
  data: OrderChangeResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

function linesOf(before: ChangeSide, after: ChangeSide, currency: string): ChangeLineResponse[] {
  const later = new Map(after.items.map((item) => [item.itemId, item]));
  const stay = before.items.map((item): ChangeLineResponse => {
    const to = later.get(item.itemId);
    const isSame = to?.quantity === item.quantity && to.unitPriceCents === item.unitPriceCents;
    return {
      ...{
        itemId: item.itemId,
        variantId: item.variantId,
        productName: item.productName,
        size: item.size,
        color: item.color,
      },
      becomes: to === undefined ? 'removed' : isSame ? 'same' : 'changed',
      before: sideOf(item, currency),
      after: to ? sideOf(to, currency) : null,
    };
  });
  const added = after.items.filter((item) => item.itemId === null);
  return [
    ...stay,
    ...added.map(({ variantId, productName, size, color, ...item }): ChangeLineResponse => ({
      ...{ itemId: null, variantId, productName, size, color, becomes: 'added', before: null },
      after: sideOf(item, currency),
    })),
  ];
}

function sideOf(
  item: Pick<ChangeItem, 'quantity' | 'unitPriceCents' | 'discountCents' | 'taxCents'>,
  currency: string,
): ChangeLineSideResponse {
  const in_ = (amount: number) => ({ amount, currency });
  return {
    quantity: item.quantity,
    unitPrice: in_(item.unitPriceCents),
    lineTotal: in_(item.unitPriceCents * item.quantity),
    discount: in_(item.discountCents),
    tax: in_(item.taxCents),
  };
}

function totalsOf(side: ChangeSide, currency: string): ChangeTotalsResponse {
  const in_ = (amount: number) => ({ amount, currency });
  return {
    subtotal: in_(side.subtotalCents),
    discount: in_(side.discountCents),
    shipping: in_(side.shippingCents),
    fees: in_(side.feesCents),
    tax: in_(side.taxCents),
    taxIncluded: in_(side.taxIncludedCents),
    total: in_(side.totalCents),
    estimatedDelivery:
      side.estimatedFrom && side.estimatedTo ? { from: side.estimatedFrom, to: side.estimatedTo } : null,
  };
}
