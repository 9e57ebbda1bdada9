import { channel } from 'node:diagnostics_channel';

/** What a step asks of the provider. */
export const STEP_KINDS = ['authorize', 'capture', 'cancel', 'transfer', 'refund', 'reverse'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export const STEP_STATUSES = ['queued', 'running', 'done', 'failed', 'needs_attention'] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

/**
 * The moments of a step at which a worker may die. The fault tests kill and stop a worker at each; one that is missing there
 * fails them. One for each moment between two exchanges with database or provider: `outcome_written` is before the one that
 * carries the outcome and COMMIT. Publishing costs nothing while nobody listens.
 */
export const PAYMENT_STEP_MOMENTS = ['claimed', 'asked', 'outcome_begun', 'outcome_written', 'committed'] as const;
export type PaymentStepMoment = (typeof PAYMENT_STEP_MOMENTS)[number];

export const PAYMENT_STEP_CHANNEL = 'muse.payment.step';
const moments = channel(PAYMENT_STEP_CHANNEL);

/** Tells whoever watches that a step of a payment has just reached this moment. */
export function reached(moment: PaymentStepMoment, kind: StepKind, stepId: string): void {
  if (moments.hasSubscribers) moments.publish({ step: `${kind}.${moment}`, moment, kind, stepId });
}
