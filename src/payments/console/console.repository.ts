import { Injectable } from '@nestjs/common';
import { Database, statement, type Reader, type Tx } from '../../platform/database';
import type { StepKind } from '../purchases/payment-steps';
import type { RefundRow } from '../refunds/refunds.repository';
import type { ListPaymentsRequest, Resolution } from './dto/payment-console.request';

export interface PaymentListRow {
  id: string;
  purchaseId: string;
  status: string;
  needsAttention: boolean;
  provider: string;
  providerPaymentId: string | null;
  kind: string;
  brand: string | null;
  last4: string | null;
  declineCode: string | null;
  currency: string;
  amountCents: number;
  authorizedCents: number;
  capturedCents: number;
  refundedCents: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface ConsoleShareRow {
  storeId: string;
  storeName: string;
  orderId: string | null;
  status: string;
  amountCents: number;
  feeCents: number;
  capturedCents: number;
  refundedCents: number;
  transferStatus: string;
  transferredCents: number;
  reversedCents: number;
  providerTransferId: string | null;
}

export interface ConsoleStepRow {
  id: string;
  kind: StepKind;
  status: string;
  storeId: string | null;
  refundId: string | null;
  amountCents: number;
  attempts: number;
  code: string | null;
  providerRef: string | null;
  createdAt: Date;
  sentAt: Date | null;
  nextAttemptAt: Date;
  finishedAt: Date | null;
}

export interface ResolutionRow {
  stepId: string;
  outcome: Resolution;
  providerRef: string | null;
  reason: string;
  code: string | null;
  byKind: string;
  byId: string;
  createdAt: Date;
}

export type ConsoleRefundRow = Omit<RefundRow, 'items' | 'byId' | 'paymentId' | 'sealedReason'> & {
  code: string | null;
};

export interface EntryRow {
  transactionId: string;
  kind: string;
  account: string;
  amountCents: number;
  currency: string;
  storeId: string | null;
  orderId: string | null;
  createdAt: Date;
}

/** By the index of open steps: there are few. */
const WAITING = `SELECT payment_id FROM payment_steps WHERE finished_at IS NULL AND status = 'needs_attention'`;
const PAYMENT = `p.id, p.purchase_id AS "purchaseId", p.status, p.id IN (${WAITING}) AS "needsAttention", p.provider,
  p.provider_payment_id AS "providerPaymentId", p.method_kind AS kind, p.method_brand AS brand, p.method_last4 AS last4,
  p.decline_code AS "declineCode", p.currency, p.amount_cents AS "amountCents", p.authorized_cents AS "authorizedCents",
  p.captured_cents AS "capturedCents", p.refunded_cents AS "refundedCents", p.created_at AS "createdAt", p.updated_at AS "updatedAt"`;
const FILTER = `($1::text IS NULL OR p.status = $1) AND ($2::uuid IS NULL OR p.id < $2)`;
// Three statements rather than one: each begins at the index of what it asks for.
const LIST = statement(
  'payments_console.list',
  `SELECT ${PAYMENT} FROM payments p
    WHERE ${FILTER} AND ($4::boolean IS NULL OR p.id NOT IN (${WAITING})) ORDER BY p.id DESC LIMIT $3`,
);
const LIST_WAITING = statement(
  'payments_console.list_waiting',
  `SELECT ${PAYMENT} FROM payments p WHERE ${FILTER} AND p.id IN (${WAITING}) ORDER BY p.id DESC LIMIT $3`,
);
const LIST_OF = statement(
  'payments_console.list_of',
  `SELECT ${PAYMENT} FROM payments p
    WHERE ${FILTER} AND p.id IN (SELECT id FROM payments WHERE purchase_id = $5 UNION SELECT payment_id FROM payment_shares WHERE order_id = $6)
      AND ($5::uuid IS NULL OR p.purchase_id = $5) AND ($6::uuid IS NULL OR p.id IN (SELECT payment_id FROM payment_shares WHERE order_id = $6))
      AND ($4::boolean IS NULL OR (p.id IN (${WAITING})) = $4)
    ORDER BY p.id DESC LIMIT $3`,
);
const BY_ID = statement('payments_console.by_id', `SELECT ${PAYMENT} FROM payments p WHERE p.id = $1`);
const SHARES = statement(
  'payments_console.shares',
  `SELECT sh.store_id AS "storeId", s.name AS "storeName", sh.order_id AS "orderId", sh.status, sh.amount_cents AS "amountCents",
          sh.fee_cents AS "feeCents", sh.captured_cents AS "capturedCents", sh.refunded_cents AS "refundedCents",
          sh.transfer_status AS "transferStatus", sh.transferred_cents AS "transferredCents", sh.reversed_cents AS "reversedCents",
          sh.provider_transfer_id AS "providerTransferId"
     FROM payment_shares sh JOIN stores s ON s.id = sh.store_id WHERE sh.payment_id = $1 ORDER BY sh.store_id`,
);
const STEPS = statement(
  'payments_console.steps',
  `SELECT id, kind, status, store_id AS "storeId", refund_id AS "refundId", amount_cents AS "amountCents", attempts, error_code AS code,
          provider_ref AS "providerRef", created_at AS "createdAt", sent_at AS "sentAt", next_attempt_at AS "nextAttemptAt", finished_at AS "finishedAt"
     FROM payment_steps WHERE payment_id = $1 ORDER BY id`,
);
const RESOLUTIONS = statement(
  'payments_console.resolutions',
  `SELECT step_id AS "stepId", outcome, provider_ref AS "providerRef", reason, error_code AS code, by_kind AS "byKind", by_id AS "byId",
          created_at AS "createdAt"
     FROM payment_step_resolutions WHERE step_id IN (SELECT id FROM payment_steps WHERE payment_id = $1) ORDER BY id`,
);
const REFUNDS = statement(
  'payments_console.refunds',
  `SELECT id, order_id AS "orderId", store_id AS "storeId", amount_cents AS "amountCents", merchant_cents AS "merchantCents",
          fee_cents AS "feeCents", currency, reason, by_kind AS "byKind", status, provider_refund_id AS "providerRefundId", error_code AS code,
          created_at AS "createdAt", finished_at AS "finishedAt"
     FROM refunds WHERE payment_id = $1 ORDER BY id`,
);
const ENTRIES = statement(
  'payments_console.entries',
  `SELECT transaction_id AS "transactionId", kind, account, amount_cents AS "amountCents", currency, store_id AS "storeId",
          order_id AS "orderId", created_at AS "createdAt"
     FROM ledger_entries WHERE payment_id = $1 ORDER BY id`,
);
const STEP = statement(
  'payments_console.step',
  `SELECT payment_id AS "paymentId", status FROM payment_steps WHERE id = $1`,
);
const NOTE = statement(
  'payments_console.note',
  `INSERT INTO payment_step_resolutions (step_id, outcome, provider_ref, reason, error_code, by_kind, by_id)
   SELECT id, $2, $3, $4, error_code, $5, $6 FROM payment_steps WHERE id = $1`,
);

/** What support reads of payments, and what it noted. */
@Injectable()
export class ConsoleRepository {
  constructor(private readonly database: Database) {}

  /** Newest first; one row more than the limit where there is a next page. */
  list(filter: ListPaymentsRequest, before: string | undefined): Promise<PaymentListRow[]> {
    const { status, limit, needsAttention, purchaseId, orderId } = filter;
    const common = [status ?? null, before ?? null, limit + 1];
    if (purchaseId !== undefined || orderId !== undefined)
      return this.database.rows(LIST_OF, [...common, needsAttention ?? null, purchaseId ?? null, orderId ?? null]);
    if (needsAttention) return this.database.rows(LIST_WAITING, common);
    return this.database.rows(LIST, [...common, needsAttention ?? null]);
  }

  payment(reader: Reader, paymentId: string): Promise<PaymentListRow | undefined> {
    return reader.maybeOne(BY_ID, [paymentId]);
  }

  shares(reader: Reader, paymentId: string): Promise<ConsoleShareRow[]> {
    return reader.rows(SHARES, [paymentId]);
  }

  steps(reader: Reader, paymentId: string): Promise<ConsoleStepRow[]> {
    return reader.rows(STEPS, [paymentId]);
  }

  resolutions(reader: Reader, paymentId: string): Promise<ResolutionRow[]> {
    return reader.rows(RESOLUTIONS, [paymentId]);
  }

  refunds(reader: Reader, paymentId: string): Promise<ConsoleRefundRow[]> {
    return reader.rows(REFUNDS, [paymentId]);
  }

  entries(reader: Reader, paymentId: string): Promise<EntryRow[]> {
    return reader.rows(ENTRIES, [paymentId]);
  }

  step(reader: Reader, stepId: string): Promise<{ paymentId: string; status: string } | undefined> {
    return reader.maybeOne(STEP, [stepId]);
  }

  /** Keeps what a person decided, and why the step needed them. */
  note(
    tx: Tx,
    stepId: string,
    told: { outcome: Resolution; providerRef: string | null; reason: string; byKind: string; byId: string },
  ): void {
    tx.write(NOTE, [stepId, told.outcome, told.providerRef, told.reason, told.byKind, told.byId]);
  }
}
