import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Database, type Tx } from '../../platform/database';
import { Jobs, holdingLease, reasonOf, writingSurely } from '../../platform/jobs';
import { OutcomeUnknown, PaymentProviders, type Outcome, type PaymentProvider } from '../provider';
import { reached, type StepKind } from './payment-steps';
import { PaymentsRepository, STEP_TASK, type PaymentRow } from './payments.repository';
import { STEP_HANDLERS, type StepEnd, type StepHandler } from './step-handler';
import { LATER_ATTEMPTS, MAX_ATTEMPTS, waitMs } from './step-waits';
import { type ClaimedStep, STEPS_DUE, StepsRepository } from './steps.repository';

/** A failure of the provider's own that it keeps under the key. From a gateway (502 to 504) the call may still be under way. */
const ANSWERED = /^http_(?!50[234])5/;

/**
 * What a try came to. `isSpent`: the provider has answered under the step's key, and nothing came of it; it would answer the
 * same again, so the next try needs another key.
 */
type Tried =
  | Outcome<unknown>
  | { type: 'needless' }
  | { type: 'unknown'; code: string; isSpent: boolean }
  | { type: 'absent' };

/**
 * Works off the steps of payments. Guarantees: the intent is committed before the call, and the call is outside any
 * transaction; whoever holds the lease writes the outcome, once, or nobody does; a call whose outcome nobody knows is sent
 * again only under its own key, and under another key only once a look or the provider's own refusal has said that nothing
 * came of it; what cannot be known for a day, or is not ready for a week, becomes needs_attention.
 */
@Injectable()
export class StepRunner implements OnModuleInit {
  private readonly logger = new Logger('Payments');
  private readonly handlers: Map<StepKind, StepHandler>;

  constructor(
    private readonly steps: StepsRepository,
    private readonly payments: PaymentsRepository,
    private readonly providers: PaymentProviders,
    private readonly database: Database,
    private readonly jobs: Jobs,
    @Inject(STEP_HANDLERS) handlers: StepHandler[],
  ) {
    this.handlers = new Map(handlers.map((handler) => [handler.kind, handler]));
  }

  onModuleInit(): void {
    this.jobs.handle(STEP_TASK, ({ id }) => this.runOnce(id), STEPS_DUE);
  }

  /** One try at one step, if nobody else holds it. */
  async runOnce(stepId: string): Promise<void> {
    const lease = randomUUID();
    const step = await this.steps.claim(stepId, lease);
    if (!step) return;
    reached('claimed', step.kind, stepId);
    const handler = this.handlers.get(step.kind)!;
    await holdingLease(
      () => this.steps.renew(stepId, lease),
      async () => {
        const tried = await this.try(handler, step, lease);
        reached('asked', step.kind, stepId);
        await this.writeSurely(handler, step, lease, tried);
      },
    );
  }

  private async try(handler: StepHandler, step: ClaimedStep, lease: string): Promise<Tried> {
    if (handler.isNeedless(step)) return { type: 'needless' };
    try {
      const provider = this.providers.named(step.provider);
      // Under a live key it cannot happen twice, and needs no look.
      if (step.isStale || step.isLast) return await this.lookFirst(handler, provider, step, lease);
      return await this.send(handler, provider, step);
    } catch (error) {
      return { type: 'unknown', code: codeOf(error), isSpent: false };
    }
  }

  /** However often it is sent after that: each time only once it is known that there is nothing yet. */
  private async lookFirst(
    handler: StepHandler,
    provider: PaymentProvider,
    step: ClaimedStep,
    lease: string,
  ): Promise<Tried> {
    const found = await handler.lookUp(provider, step);
    if (found.type === 'done' && found.value !== null) return found;
    // Not looked at yet: neither is it sent, and the key stays as old as it is.
    if (found.type !== 'done') return { type: 'unavailable', code: found.code };
    if (!step.isStale) return this.send(handler, provider, step);
    if (step.isLast) return { type: 'absent' };
    const key = await this.steps.renewKey(step.id, lease);
    return key === undefined
      ? { type: 'unavailable', code: 'lease_lost' }
      : this.send(handler, provider, { ...step, key });
  }

  /** A failure that the provider has answered is over, but it may have come after the effect: it is looked up at once. */
  private async send(handler: StepHandler, provider: PaymentProvider, step: ClaimedStep): Promise<Tried> {
    try {
      return await handler.call(provider, step);
    } catch (error) {
      if (!(error instanceof OutcomeUnknown) || !ANSWERED.test(error.code)) throw error;
      const found = await handler.lookUp(provider, step);
      if (found.type === 'done' && found.value !== null) return found;
      return { type: 'unknown', code: error.code, isSpent: found.type === 'done' };
    }
  }

  /** An outcome that is known must not be thrown away because it could not be written at once. */
  private async writeSurely(handler: StepHandler, step: ClaimedStep, lease: string, tried: Tried): Promise<void> {
    const failed = (write: number, reason: string) =>
      this.logger.warn({ message: 'outcome not written', stepId: step.id, kind: step.kind, write, reason });
    try {
      await writingSurely(() => this.write(handler, step, lease, tried), failed);
    } catch (error) {
      // Asked again under the same key, the provider says the same again.
      const code = `not written: ${reasonOf(error)}`;
      await this.write(handler, step, lease, { type: 'unknown', code, isSpent: false });
    }
  }

  private async write(handler: StepHandler, step: ClaimedStep, lease: string, tried: Tried): Promise<void> {
    const ended = await this.database.transaction(async (tx) => {
      const [payment, isHeld] = await Promise.all([
        this.payments.lock(tx, step.paymentId),
        this.steps.isHeld(tx, step.id, lease),
      ]);
      // A late worker: another has taken over, or has seen it done on another way. Nothing is written.
      if (!payment || !isHeld) return undefined;
      reached('outcome_begun', step.kind, step.id);
      const end = bounded(await this.endOf(tx, payment, handler, step, tried), step);
      switch (end.status) {
        case 'done':
        case 'failed':
          this.steps.finish(tx, step.id, lease, end);
          break;
        case 'later':
          this.steps.later(tx, step.id, lease, {
            waitMs: waitMs(step.attempts),
            code: end.code,
            isSpent: isSpent(tried),
          });
          break;
        case 'needs_attention':
          await this.steps.needsAttention(tx, step.id, lease, end.code, tried.type !== 'done' && isSpent(tried));
      }
      reached('outcome_written', step.kind, step.id);
      return end;
    });
    if (!ended) return;
    reached('committed', step.kind, step.id);
    if (ended.status === 'needs_attention')
      this.logger.error({
        message: 'payment step needs attention',
        stepId: step.id,
        kind: step.kind,
        paymentId: step.paymentId,
        providerKey: step.key,
        code: ended.code,
      });
  }

  private endOf(
    tx: Tx,
    payment: PaymentRow,
    handler: StepHandler,
    step: ClaimedStep,
    tried: Tried,
  ): StepEnd | Promise<StepEnd> {
    switch (tried.type) {
      case 'needless':
        return handler.done(tx, payment, step, null);
      case 'done':
        return handler.done(tx, payment, step, tried.value);
      case 'refused':
        return handler.refused(tx, payment, step, tried.code);
      case 'unavailable':
        return { status: 'later', code: tried.code };
      case 'unknown': {
        const isOver = step.isLast || step.attempts >= MAX_ATTEMPTS;
        return { status: isOver ? 'needs_attention' : 'later', code: tried.code };
      }
      case 'absent':
        break;
    }
    return { status: 'needs_attention', code: 'not_found_at_provider' };
  }
}

/** Nothing is put off for ever. */
function bounded(end: StepEnd, step: ClaimedStep): StepEnd {
  return end.status === 'later' && step.attempts >= LATER_ATTEMPTS ? { ...end, status: 'needs_attention' } : end;
}

/** Of what was answered and is yet to be tried again: under the same key it would be answered so again. */
function isSpent(tried: Tried): boolean {
  return tried.type === 'unknown' ? tried.isSpent : tried.type === 'refused' || tried.type === 'done';
}

const codeOf = (error: unknown) => (error instanceof OutcomeUnknown ? error.code : reasonOf(error));
