import { channel } from 'node:diagnostics_channel';

/** The steps of a mail between which a worker may die; publishing costs nothing while nobody listens. */
export const MAIL_STEPS = ['claimed', 'sent', 'written'] as const;
export type MailStep = (typeof MAIL_STEPS)[number];

export const MAIL_STEP_CHANNEL = 'muse.mail.step';
const steps = channel(MAIL_STEP_CHANNEL);

/** Tells whoever watches that a mail has just done this step. */
export function reached(step: MailStep, mailId: string): void {
  if (steps.hasSubscribers) steps.publish({ step, mailId });
}
