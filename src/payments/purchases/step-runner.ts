import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Database, type Tx } from '../../platform/database';
import { Jobs, SWEEP_EVERY_MS, backoffMs, holdingLease, reasonOf, writingSurely } from '../../platform/jobs';
import { OutcomeUnknown, PaymentProviders, type Outcome, type PaymentProvider } from '../provider';
import { reached, type StepKind } from './payment-steps';
import { PaymentsRepository, STEP_TASK, type PaymentRow } from './payments.repository';
import { STEP_HANDLERS, type StepEnd, type StepHandler } from './step-handler';
import { StepsRepository, type ClaimedStep } from './steps.repository';

/** After so many tries without an outcome, the next one asks first what became of those before. */
const TRIES_UNDER_KEY = 4;
/** After so many tries a person looks at it. */
const MAX_ATTEMPTS = 12;
/** What the provider or another step is not ready for is tried again this seldom, and for how long. */
const LATER_MS = 15 * 60_000;
const LATER_ATTEMPTS = 7 * 24 * 4;

/** What a try came to. */
type Tried = Outcome<unknown> | { type: 'needless' } | { type: 'unknown'; code: string } | { type: 'absent' };

/**
 * Works off the steps of payments. Guarantees: the intent is committed before the call, and the call is outside any
 * transaction; whoever holds the lease writes the outcome, once, or nobody does; a call whose outcome nobody knows is sent
 * again only under its own key, and once the provider has forgotten that key only after a look; what cannot be known
 * becomes needs_attention.
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
    this.jobs.handle(STEP_TASK, ({ id }) => this.runOnce(id));
    this.jobs.every(SWEEP_EVERY_MS, 'payment steps', async () => this.jobs.addAgain(STEP_TASK, await this.steps.due()));
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
        const tried = await this.try(handler, step);
        reached('asked', step.kind, stepId);
        await this.writeSurely(handler, step, lease, tried);
      },
    );
  }

  private async try(handler: StepHandler, step: ClaimedStep): Promise<Tried> {
    if (handler.isNeedless(step)) return { type: 'needless' };
    try {
      const provider = this.providers.named(step.provider);
      // The provider has forgotten the key, or gives the same fault under it again and again: what is there?
      if (step.isStale || step.attempts > TRIES_UNDER_KEY) return await this.lookFirst(handler, provider, step);
      return await handler.call(provider, step);
    } catch (error) {
      return { type: 'unknown', code: error instanceof OutcomeUnknown ? error.code : reasonOf(error) };
    }
  }

  /** However often it is sent after that: each time only once it is known that there is nothing yet. */
  private async lookFirst(handler: StepHandler, provider: PaymentProvider, step: ClaimedStep): Promise<Tried> {
    const found = await handler.lookUp(provider, step);
    if (found.type === 'done' && found.value !== null) return found;
    // Not looked at yet: neither is it sent.
    if (found.type !== 'done') return { type: 'unavailable', code: found.code };
    if (step.isStale && step.attempts > MAX_ATTEMPTS) return { type: 'absent' };
    return handler.call(provider, step);
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
      await this.write(handler, step, lease, { type: 'unknown', code });
    }
  }

  private async write(handler: StepHandler, step: ClaimedStep, lease: string, tried: Tried): Promise<void> {
    const ended = await this.database.transaction(async (tx) => {
      const payment = (await this.payments.lock(tx, step.paymentId))!;
      // A late worker: another has taken over, or has seen it done on another way. Nothing is written.
      if (!(await this.steps.isHeld(tx, step.id, lease))) return undefined;
      reached('outcome_begun', step.kind, step.id);
      const end = await this.endOf(tx, payment, handler, step, tried);
      switch (end.status) {
        case 'done':
        case 'failed':
          this.steps.finish(tx, step.id, lease, end);
          break;
        case 'later': {
          const waitMs = tried.type === 'unknown' ? backoffMs(step.attempts) : later(tried, step);
          this.steps.later(tx, step.id, lease, waitMs, end.code);
          break;
        }
        case 'needs_attention':
          await this.steps.needsAttention(tx, step.id, lease, end.code);
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
        return { status: step.attempts < LATER_ATTEMPTS ? 'later' : 'needs_attention', code: tried.code };
      case 'unknown':
        return { status: step.attempts < MAX_ATTEMPTS ? 'later' : 'needs_attention', code: tried.code };
      case 'absent':
        break;
    }
    return { status: 'needs_attention', code: 'not_found_at_provider' };
  }
}

/** Another call under way or a busy provider is over soon; what an account is not ready for takes longer. */
function later(tried: Tried, step: ClaimedStep): number {
  return tried.type === 'unavailable' || step.attempts < 8 ? backoffMs(step.attempts) : LATER_MS;
}
