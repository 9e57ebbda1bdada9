import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Caller } from '../../identity';
import { Database, type Reader, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { NotFound, decodeIdCursor, encodeCursor, page } from '../../platform/http';
import { NoStepToResolve, OutcomeDoesNotFit } from '../payments.errors';
import { PAYMENT_STEP_RESOLVED, paymentEvent } from '../payments.events';
import { PaymentsRepository, type PaymentRow } from '../purchases/payments.repository';
import { STEP_HANDLERS, type StepEnd, type StepHandler } from '../purchases/step-handler';
import { StepsRepository, type ClaimedStep } from '../purchases/steps.repository';
import { ConsoleRepository } from './console.repository';
import type { ListPaymentsRequest, ResolvePaymentStepRequest } from './dto/payment-console.request';
import {
  AdminPaymentRefundResponse,
  AdminPaymentResponse,
  AdminPaymentShareResponse,
  AdminPaymentStepResponse,
  AdminPaymentSummaryResponse,
  PaymentLedgerResponse,
  type AdminPaymentListResponse,
} from './dto/payment-console.response';
import { whatWasDone } from './what-was-done';

/** What has to happen in the end, whatever became of one call: it is sent anew. */
const MUST_HAPPEN = new Set(['transfer', 'credit', 'cancel']);

/** Where support sees what became of payments, and decides about steps whose outcome nobody could know. */
@Injectable()
export class PaymentsConsole {
  constructor(
    private readonly database: Database,
    private readonly repository: ConsoleRepository,
    private readonly payments: PaymentsRepository,
    private readonly steps: StepsRepository,
    private readonly events: Events,
    @Inject(STEP_HANDLERS) private readonly handlers: StepHandler[],
  ) {}

  async list(query: ListPaymentsRequest): Promise<AdminPaymentListResponse> {
    const found = await this.repository.list(query, decodeIdCursor(query.cursor));
    const { rows, nextCursor } = page(found, query.limit, (row) => encodeCursor(row.id));
    return { data: rows.map((row) => AdminPaymentSummaryResponse.of(row)), nextCursor };
  }

  /** Throws NotFound. */
  async show(paymentId: string, reader: Reader = this.database): Promise<AdminPaymentResponse> {
    const payment = await this.repository.payment(reader, paymentId);
    if (!payment) throw new NotFound('payment');
    const { currency } = payment;
    const shares = await this.repository.shares(reader, paymentId);
    const steps = await this.repository.steps(reader, paymentId);
    const resolutions = await this.repository.resolutions(reader, paymentId);
    const refunds = await this.repository.refunds(reader, paymentId);
    return {
      ...AdminPaymentSummaryResponse.of(payment),
      shares: shares.map((row) => AdminPaymentShareResponse.of(row, currency)),
      steps: steps.map((row) => AdminPaymentStepResponse.of(row, resolutions, currency)),
      refunds: refunds.map((row) => AdminPaymentRefundResponse.of(row)),
      ledger: PaymentLedgerResponse.of(await this.repository.entries(reader, paymentId)),
    };
  }

  /**
   * Has the provider asked again, or writes what a person found out there as the runner would have.
   * Throws NotFound, NoStepToResolve, OutcomeDoesNotFit, InvalidField.
   */
  async resolve(
    tx: Tx,
    caller: Caller,
    stepId: string,
    { outcome, providerRef, reason }: ResolvePaymentStepRequest,
  ): Promise<AdminPaymentResponse> {
    const seen = await this.repository.step(tx, stepId);
    if (!seen) throw new NotFound('payment step');
    // The payment first, as everybody does who writes an outcome.
    const payment = (await this.payments.lock(tx, seen.paymentId))!;
    const lease = randomUUID();
    const step = await this.steps.takeToResolve(tx, stepId, lease);
    if (!step) throw new NoStepToResolve((await this.repository.step(tx, stepId))!.status);
    const byKind = caller.roles.includes('admin') ? 'admin' : 'support';
    const told = { outcome, providerRef: providerRef ?? null, reason, byKind, byId: caller.id };
    this.repository.note(tx, stepId, told);
    if (outcome === 'look_again') this.steps.lookAgain(tx, stepId, lease);
    else if (outcome === 'done') await this.done(tx, payment, step, lease, providerRef);
    else await this.notDone(tx, payment, step, lease);
    const news = { stepId, kind: step.kind, outcome, by: byKind };
    await this.events.publish(tx, paymentEvent(PAYMENT_STEP_RESOLVED, payment, news));
    return this.show(payment.id, tx);
  }

  private async done(
    tx: Tx,
    payment: PaymentRow,
    step: ClaimedStep,
    lease: string,
    providerRef: string | undefined,
  ): Promise<void> {
    const value = whatWasDone(payment, step, providerRef);
    this.finish(tx, step, lease, await this.handlerOf(step).done(tx, payment, step, value));
  }

  private async notDone(tx: Tx, payment: PaymentRow, step: ClaimedStep, lease: string): Promise<void> {
    if (MUST_HAPPEN.has(step.kind)) return this.steps.sendAnew(tx, step.id, lease);
    this.finish(tx, step, lease, await this.handlerOf(step).refused(tx, payment, step, 'not_done'));
    // Nothing is taken, so nothing may stay set aside either. Was it taken after all, this one asks for a person again.
    const mayBeHeld = step.kind === 'capture' || (step.kind === 'authorize' && payment.providerPaymentId !== null);
    if (mayBeHeld) this.payments.addSteps(tx, payment.id, [{ kind: 'cancel', amountCents: 0 }]);
  }

  private finish(tx: Tx, step: ClaimedStep, lease: string, end: StepEnd): void {
    if (end.status !== 'done' && end.status !== 'failed') throw new OutcomeDoesNotFit(end.code);
    this.steps.finish(tx, step.id, lease, end);
  }

  private handlerOf(step: ClaimedStep): StepHandler {
    return this.handlers.find(({ kind }) => kind === step.kind)!;
  }
}
