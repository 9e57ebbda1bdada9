import type { Tx } from '../../platform/database';
import type { Outcome, PaymentProvider, RefusalCode } from '../provider';
import type { PaymentRow } from './payments.repository';
import type { StepKind } from './payment-steps';
import type { ClaimedStep } from './steps.repository';

/** How a step ends, or that it does not end yet. */
export type StepEnd =
  | { status: 'done'; ref?: string | null }
  | { status: 'failed'; code: string }
  /** Not now: again after a while, for as long as it takes. */
  | { status: 'later'; code: string }
  | { status: 'needs_attention'; code: string };

/**
 * What one kind of step asks of the provider, and what comes of it. The runner holds the lease, and opens the transaction
 * that writes the outcome; the payment is locked in it.
 */
export interface StepHandler<T = unknown> {
  readonly kind: StepKind;
  /** Whether there is nothing to ask (any more). Then `done` is called with null. */
  isNeedless(step: ClaimedStep): boolean;
  /** The call, under the step's key. Throws OutcomeUnknown. */
  call(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<T>>;
  /** What became of an earlier call whose answer nobody heard; null: nothing. */
  lookUp(provider: PaymentProvider, step: ClaimedStep): Promise<Outcome<T | null>>;
  /** Writes what is so now. */
  done(tx: Tx, payment: PaymentRow, step: ClaimedStep, value: T | null): Promise<StepEnd>;
  /** Writes that the provider will not do it. */
  refused(tx: Tx, payment: PaymentRow, step: ClaimedStep, code: RefusalCode): Promise<StepEnd>;
}

/** Marks a provider of Nest as the handler of a kind of step; the module hands them all to the runner. */
export const STEP_HANDLERS = Symbol('step handlers');
