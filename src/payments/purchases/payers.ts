import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ClaimRegistry, ErasureRegistry, ExportRegistry, exportSection, inPages, type Exported } from '../../identity';
import { Database, statement } from '../../platform/database';
import { ExportedPaymentResponse } from './dto/exported-payment.response';

const PAYMENTS = exportSection('payments', ExportedPaymentResponse, 'Every payment, and what became of it');

const CLAIM = statement(
  'payments.claim',
  `UPDATE payments SET shopper_id = $2, updated_at = now() WHERE shopper_id = $1`,
);
// What was paid stays, for the ledger; by which card does not. What is not authorised yet needs the method for moments.
const FORGET = statement(
  'payments.forget',
  `UPDATE payments
      SET method_brand = NULL, method_last4 = NULL, provider_method_id = CASE WHEN status = 'created' THEN provider_method_id END,
          provider_customer_id = CASE WHEN status = 'created' THEN provider_customer_id END,
          return_url = CASE WHEN status = 'created' THEN return_url ELSE '' END, updated_at = now()
    WHERE shopper_id = $1`,
);

const EXPORT = statement(
  'payments.export',
  `SELECT p.id, p.provider, p.purchase_id AS "purchaseId", p.status, p.method_kind AS "methodKind", p.method_brand AS "methodBrand",
          p.method_last4 AS "methodLast4", m.reference, p.created_at AS "createdAt",
          json_build_object('amount', p.amount_cents, 'currency', p.currency) AS amount,
          json_build_object('amount', p.captured_cents, 'currency', p.currency) AS captured,
          json_build_object('amount', p.refunded_cents, 'currency', p.currency) AS refunded,
          coalesce((SELECT json_agg(s.order_id ORDER BY s.order_id) FROM payment_shares s WHERE s.payment_id = p.id AND s.order_id IS NOT NULL), '[]') AS "orderIds"
     FROM payments p LEFT JOIN manual_payments m ON m.payment_id = p.id
    WHERE p.shopper_id = ANY ($1::uuid[]) AND ($2::uuid IS NULL OR p.id > $2) ORDER BY p.id LIMIT $3`,
);

/** Payments of people who sign in after they paid as a guest, of those who close their account, and of those who want to know. */
@Injectable()
export class Payers implements OnModuleInit {
  constructor(
    private readonly claims: ClaimRegistry,
    private readonly erasures: ErasureRegistry,
    private readonly exports: ExportRegistry,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.claims.register('payments', async (tx, guestId, userId) => void (await tx.run(CLAIM, [guestId, userId])));
    this.erasures.register('payments', async (tx, userId) => void (await tx.run(FORGET, [userId])), {
      payments: true,
      refunds: 'amounts, dates and why: by_id is whoever of the store or of support gave the money back',
      payment_step_resolutions: 'what support did about a step, and why: by_id is who of support',
    });
    this.exports.register({
      section: PAYMENTS,
      tables: {
        payments: true,
        manual_payments: true,
        refunds: 'shown with their orders; by_id is whoever of the store or of support gave the money back',
        payment_step_resolutions: 'what support did about a step, by itself',
      },
      read: (of) => this.paid(of),
    });
  }

  private paid({ shopperIds }: Exported): AsyncIterable<ExportedPaymentResponse> {
    return inPages<ExportedPaymentResponse, ExportedPaymentResponse>(
      (after, limit) => this.database.rows(EXPORT, [shopperIds, after?.id ?? null, limit]),
      (row) => row,
    );
  }
}
