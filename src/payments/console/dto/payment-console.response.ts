import { ApiProperty } from '@nestjs/swagger';
import { MoneyResponse } from '../../../platform/money';
import { STEP_KINDS, STEP_STATUSES, type StepKind } from '../../purchases/payment-steps';
import type {
  EntryRow,
  PaymentListRow,
  ConsoleRefundRow,
  ConsoleShareRow,
  ConsoleStepRow,
  ResolutionRow,
} from '../console.repository';
import { sumsOf } from '../ledger-sums';
import { PAYMENT_STATUSES, RESOLUTIONS, type Resolution } from './payment-console.request';

const moment = (date: Date | null): string | null => date && date.toISOString();

/** A payment, for support: no shopper, no address, nothing that pays. */
export class AdminPaymentSummaryResponse {
  /** Its id; the provider knows it as `muse_payment_id` */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The checkout session, or the order, that it pays */
  @ApiProperty({ format: 'uuid' })
  purchaseId: string;
  /** Where it stands */
  @ApiProperty({ enum: PAYMENT_STATUSES, example: 'captured' })
  status: string;
  /**
   * Whether a person has to find out what became of one of its steps
   * @example false
   */
  needsAttention: boolean;
  /**
   * Who moves the money
   * @example "stripe"
   */
  provider: string;
  /**
   * The provider's id of it; null until it is known
   * @example "pi_3Qw2Er3Ty4Ui5Op"
   */
  @ApiProperty({ type: String, nullable: true })
  providerPaymentId: string | null;
  /**
   * Kind of method, or a card's brand
   * @example "visa"
   */
  method: string;
  /**
   * A card's last four digits
   * @example "4242"
   */
  @ApiProperty({ type: String, nullable: true })
  last4: string | null;
  /**
   * Why it was declined or failed, in Muse's words
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  declineCode: string | null;
  /** What all its stores asked for */
  amount: MoneyResponse;
  /** What was set aside */
  authorized: MoneyResponse;
  /** What was taken */
  captured: MoneyResponse;
  /** What of that went back, or is about to */
  refunded: MoneyResponse;
  /** When it was begun */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** When it changed last */
  @ApiProperty({ format: 'date-time' })
  updatedAt: string;

  static of(row: PaymentListRow): AdminPaymentSummaryResponse {
    const { kind, brand, currency, amountCents, authorizedCents, capturedCents, refundedCents, ...rest } = row;
    const money = (amount: number) => ({ amount, currency });
    return {
      ...rest,
      method: brand ?? kind,
      amount: money(amountCents),
      authorized: money(authorizedCents),
      captured: money(capturedCents),
      refunded: money(refundedCents),
      createdAt: row.createdAt.toISOString(),
      updatedAt: row.updatedAt.toISOString(),
    };
  }
}

export class AdminPaymentListResponse {
  /** Newest first */
  data: AdminPaymentSummaryResponse[];
  /** Where the next page begins; null at the end */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: string | null;
}

export class AdminPaymentShareResponse {
  /** The store */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /**
   * Its name
   * @example "Casa Luna"
   */
  storeName: string;
  /** Its order, once it is placed */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  orderId: string | null;
  /** pending: its placement is not decided; placed; dropped: nothing is taken for it */
  @ApiProperty({ enum: ['pending', 'placed', 'dropped'], example: 'placed' })
  status: string;
  /** What it costs the shopper */
  amount: MoneyResponse;
  /** What the platform keeps of it */
  fee: MoneyResponse;
  /** What was taken for it */
  captured: MoneyResponse;
  /** What of that went back, or is about to */
  refunded: MoneyResponse;
  /** Whether the store has its part */
  @ApiProperty({ enum: ['none', 'due', 'sent', 'failed'], example: 'sent' })
  transferStatus: string;
  /** What is sent to the store: its share less the fee and less what it owed */
  transferred: MoneyResponse;
  /** What of that was taken back, or is about to be */
  reversed: MoneyResponse;
  /**
   * The provider's id of the transfer
   * @example "tr_1Qw2Er3Ty4Ui5Op"
   */
  @ApiProperty({ type: String, nullable: true })
  providerTransferId: string | null;

  static of(row: ConsoleShareRow, currency: string): AdminPaymentShareResponse {
    const { storeId, storeName, orderId, status, transferStatus, providerTransferId } = row;
    const money = (amount: number) => ({ amount, currency });
    return {
      ...{ storeId, storeName, orderId, status, transferStatus, providerTransferId },
      amount: money(row.amountCents),
      fee: money(row.feeCents),
      captured: money(row.capturedCents),
      refunded: money(row.refundedCents),
      transferred: money(row.transferredCents),
      reversed: money(row.reversedCents),
    };
  }
}

/** What a person decided about a step. */
export class PaymentStepResolutionResponse {
  /** What they found, or that Muse is to look again */
  @ApiProperty({ enum: RESOLUTIONS, example: 'done' })
  outcome: Resolution;
  /**
   * The provider's id that they gave
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  providerRef: string | null;
  /**
   * How they know
   * @example "Found the transfer in the provider's dashboard"
   */
  reason: string;
  /**
   * Why the step needed attention then
   * @example "not_found_at_provider"
   */
  @ApiProperty({ type: String, nullable: true })
  code: string | null;
  /** In which role */
  @ApiProperty({ enum: ['support', 'admin'], example: 'support' })
  by: string;
  /** Who */
  @ApiProperty({ format: 'uuid' })
  byId: string;
  /** When */
  @ApiProperty({ format: 'date-time' })
  at: string;

  static of({ createdAt, byKind, byId, ...row }: ResolutionRow): PaymentStepResolutionResponse {
    const { outcome, providerRef, reason, code } = row;
    return { outcome, providerRef, reason, code, by: byKind, byId, at: createdAt.toISOString() };
  }
}

/** One call to the provider that changes something there. */
export class AdminPaymentStepResponse {
  /** Its id; the provider's idempotency key, and `muse_step_id` there */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** What it asks for */
  @ApiProperty({ enum: STEP_KINDS, example: 'transfer' })
  kind: StepKind;
  /** Where it stands */
  @ApiProperty({ enum: STEP_STATUSES, example: 'done' })
  status: string;
  /** The store, of a transfer, refund or reversal */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  storeId: string | null;
  /** The refund that it belongs to */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  refundId: string | null;
  /** How much it moves */
  amount: MoneyResponse;
  /** How often it was tried */
  @ApiProperty({ type: 'integer', example: 1 })
  attempts: number;
  /**
   * What the last try that did not succeed came to
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  code: string | null;
  /**
   * The provider's id of what it made or changed
   * @example "tr_1Qw2Er3Ty4Ui5Op"
   */
  @ApiProperty({ type: String, nullable: true })
  providerRef: string | null;
  /** When it was queued */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** When it was first sent under its key */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  sentAt: string | null;
  /** When it is tried next; null when it is over, or waits for a person */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  nextAttemptAt: string | null;
  /** When it was over */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt: string | null;
  /** What people decided about it, oldest first */
  resolutions: PaymentStepResolutionResponse[];

  static of(row: ConsoleStepRow, resolutions: ResolutionRow[], currency: string): AdminPaymentStepResponse {
    const { amountCents, createdAt, sentAt, nextAttemptAt, finishedAt, ...rest } = row;
    const isWaiting = row.status === 'queued' || row.status === 'running';
    return {
      ...rest,
      amount: { amount: amountCents, currency },
      createdAt: createdAt.toISOString(),
      sentAt: moment(sentAt),
      nextAttemptAt: isWaiting ? moment(nextAttemptAt) : null,
      finishedAt: moment(finishedAt),
      resolutions: resolutions
        .filter(({ stepId }) => stepId === row.id)
        .map((one) => PaymentStepResolutionResponse.of(one)),
    };
  }
}

export class AdminPaymentRefundResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** The order */
  @ApiProperty({ format: 'uuid' })
  orderId: string;
  /** The store */
  @ApiProperty({ format: 'uuid' })
  storeId: string;
  /** pending: owed; succeeded; failed: the provider could not give it back, and it is not refunded */
  @ApiProperty({ enum: ['pending', 'succeeded', 'failed'], example: 'succeeded' })
  status: string;
  /** What the shopper gets */
  amount: MoneyResponse;
  /** The store's part of that */
  fromStore: MoneyResponse;
  /** The platform's part, of its fee */
  fromPlatform: MoneyResponse;
  /**
   * Why: a code, and of old refunds the words of whoever asked. What is said in words since is shown with the order
   * @example "by_merchant"
   */
  reason: string;
  /** Who asked */
  @ApiProperty({ enum: ['merchant', 'support', 'admin', 'buyer', 'system'], example: 'merchant' })
  by: string;
  /**
   * The provider's id of it
   * @example "re_3Qw2Er3Ty4Ui5Op"
   */
  @ApiProperty({ type: String, nullable: true })
  providerRefundId: string | null;
  /**
   * Why it failed
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  code: string | null;
  /** When it was asked for */
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  /** When it was over */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt: string | null;

  static of(row: ConsoleRefundRow): AdminPaymentRefundResponse {
    const { id, orderId, storeId, status, reason, providerRefundId, code, currency } = row;
    const money = (amount: number) => ({ amount, currency });
    return {
      ...{ id, orderId, storeId, status, reason, providerRefundId, code },
      by: row.byKind,
      amount: money(row.amountCents),
      fromStore: money(row.merchantCents),
      fromPlatform: money(row.feeCents),
      createdAt: row.createdAt.toISOString(),
      finishedAt: moment(row.finishedAt),
    };
  }
}

export class LedgerEntryResponse {
  /**
   * What happened
   * @example "transfer"
   */
  kind: string;
  /**
   * Whose side: provider (the platform's money there), merchant (owed to a store), platform (its income), refunds (owed to
   * shoppers), merchant_debt (owed by a store), disputes, authorized and shopper (promised and not taken yet)
   * @example "provider"
   */
  account: string;
  /** What is had is positive, what is owed is negative */
  amount: MoneyResponse;
  /** The store, where it is about one */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  storeId: string | null;
  /** The order, where it is about one */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  orderId: string | null;
}

/** Entries that were written together. */
export class LedgerTransactionResponse {
  /** Its id */
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** When it was written */
  @ApiProperty({ format: 'date-time' })
  at: string;
  /** What its entries sum to, by currency: zero */
  sums: MoneyResponse[];
  entries: LedgerEntryResponse[];
}

/** Where every cent of a payment is. */
export class PaymentLedgerResponse {
  /** What all entries sum to, by currency: zero */
  sums: MoneyResponse[];
  /** Oldest first */
  transactions: LedgerTransactionResponse[];

  static of(rows: EntryRow[]): PaymentLedgerResponse {
    const entriesOf = new Map<string, EntryRow[]>();
    for (const row of rows) entriesOf.set(row.transactionId, [...(entriesOf.get(row.transactionId) ?? []), row]);
    return {
      sums: sumsOf(rows),
      transactions: [...entriesOf].map(([id, entries]) => ({
        id,
        at: entries[0]!.createdAt.toISOString(),
        sums: sumsOf(entries),
        entries: entries.map(({ kind, account, amountCents, currency, storeId, orderId }) => ({
          ...{ kind, account, amount: { amount: amountCents, currency }, storeId, orderId },
        })),
      })),
    };
  }
}

/** A payment with all that belongs to it. */
export class AdminPaymentResponse extends AdminPaymentSummaryResponse {
  /** By store */
  shares: AdminPaymentShareResponse[];
  /** Oldest first */
  steps: AdminPaymentStepResponse[];
  /** Oldest first */
  refunds: AdminPaymentRefundResponse[];
  ledger: PaymentLedgerResponse;
}
