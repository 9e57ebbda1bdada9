import { Injectable } from '@nestjs/common';
import type { Caller } from '../../identity';
import { Database, statement, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { NotFound, decodeIdCursor, encodeCursor, page } from '../../platform/http';
import { NothingToTryAgain } from '../payments.errors';
import type { ListPaymentStepsRequest } from './dto/payment-step.request';
import { PaymentStepResponse, type PaymentStepListResponse, type StepRow } from './dto/payment-step.response';
import { StepsRepository } from './steps.repository';

const STEP = `s.id, s.kind, s.status, s.payment_id AS "paymentId", p.status AS "paymentStatus", p.provider_payment_id AS "providerPaymentId",
  s.store_id AS "storeId", s.refund_id AS "refundId", s.amount_cents AS "amountCents", p.currency, s.attempts, s.error_code AS "errorCode",
  s.provider_ref AS "providerRef", s.created_at AS "createdAt", s.sent_at AS "sentAt", s.next_attempt_at AS "nextAttemptAt", s.finished_at AS "finishedAt"`;
const FROM = `FROM payment_steps s JOIN payments p ON p.id = s.payment_id`;
const LIST = statement(
  'payments.list_steps',
  `SELECT ${STEP} ${FROM} WHERE ($1::text IS NULL OR s.status = $1) AND ($2::uuid IS NULL OR s.id < $2) ORDER BY s.id DESC LIMIT $3`,
);
const BY_ID = statement('payments.step_by_id', `SELECT ${STEP} ${FROM} WHERE s.id = $1`);

export const STEP_TRIED_AGAIN = 'payment.step_tried_again';

/** Where support sees what became of calls to the provider, and has those tried again that nobody could know. */
@Injectable()
export class StepsConsole {
  constructor(
    private readonly database: Database,
    private readonly steps: StepsRepository,
    private readonly events: Events,
  ) {}

  async list({ status, limit, cursor }: ListPaymentStepsRequest): Promise<PaymentStepListResponse> {
    const values = [status ?? null, decodeIdCursor(cursor) ?? null, limit + 1];
    const rows = await this.database.rows<StepRow>(LIST, values);
    const { rows: kept, nextCursor } = page(rows, limit, (row) => encodeCursor(row.id));
    return { data: kept.map((row) => PaymentStepResponse.of(row)), nextCursor };
  }

  /** Under its own key, and looked up first where the provider has forgotten that. Throws NotFound, NothingToTryAgain. */
  async tryAgain(tx: Tx, caller: Caller, stepId: string): Promise<PaymentStepResponse> {
    const seen = await this.row(tx, stepId);
    if (!(await this.steps.tryAgain(tx, stepId))) throw new NothingToTryAgain((await this.row(tx, stepId)).status);
    const by = caller.roles.includes('admin') ? 'admin' : 'support';
    const payload = { stepId, kind: seen.kind, by, byId: caller.id };
    await this.events.publish(tx, { type: STEP_TRIED_AGAIN, aggregateId: seen.paymentId, payload });
    return PaymentStepResponse.of(await this.row(tx, stepId));
  }

  private async row(tx: Tx, stepId: string): Promise<StepRow> {
    const row = await tx.maybeOne<StepRow>(BY_ID, [stepId]);
    if (!row) throw new NotFound('payment step');
    return row;
  }
}
