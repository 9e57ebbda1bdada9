import { checkPayments } from '../../payment-invariants';
import type { Findings } from '../../harness/report';
import type { Till } from '../../harness/till';
import { anotherCard, storesFail } from './cards-and-stores';
import { forgedWebhooks } from './forged-webhooks';
import { eventTwentyTimes, eventsOutOfOrder, webhooksNever } from './many-webhooks';
import { StepKills } from './step-kills';
import { refundsAtOnce } from './refunds-at-once';
import { resumeAgainstWebhook } from './resume-against-webhook';
import { stripeFaults } from './stripe-faults';

export type PaymentCase = [name: string, run: (till: Till, findings: Findings) => Promise<void>];

/** Everything about money, each followed by everything that has to hold of it. */
export function paymentCases(till: Till): PaymentCase[] {
  const kills = new StepKills(till);
  const cases: PaymentCase[] = [
    ['resume against webhook', resumeAgainstWebhook],
    ['an event, 20 times at once', eventTwentyTimes],
    ['events out of order and doubled', eventsOutOfOrder],
    ['webhooks that are none', forgedWebhooks],
    ['declined, another card', anotherCard],
    ['a store of three fails, and all', storesFail],
    ['full refunds at once', refundsAtOnce],
    ...kills.cases(),
    ['every fault at every call', stripeFaults],
    ['webhooks withheld for ever', webhooksNever],
  ];
  return cases.map(([name, run]) => [
    name,
    async (_, findings) => {
      await till.stripe.faults.clear();
      await till.stripe.events.rules();
      await till.shops();
      await run(till, findings);
      await till.stripe.events.rules();
      await checkPayments(till, findings);
    },
  ]);
}
