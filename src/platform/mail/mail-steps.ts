import { channel } from 'node:diagnostics_channel';

/** The steps of a mail between which a worker may die; publishing costs nothing while nobody listens. */
type MailStep = 'claimed' | 'sent' | 'written';

const steps = channel('muse.mail.step');

/** Tells whoever watches that a mail has just done this step. */
export function reached(step: MailStep, mailId: string): void {
  if (steps.hasSubscribers) steps.publish({ step, mailId });
}
