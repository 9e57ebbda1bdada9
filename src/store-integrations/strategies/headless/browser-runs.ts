import { Injectable } from '@nestjs/common';
import { Automation, type AutomationInputs, type AutomationOutcome } from '../../automation/automation';
import { Breakers, ALWAYS } from '../../breaker/breakers';
import { Challenges, type ChallengeOf } from '../../challenges/challenges';
import type { ShopperAtStore } from '../../checkout-strategy';
import type { FlowName, Reads, StepReport } from '../../recipes';

const TIER = 'headless';

export interface BrowserRun {
  storeId: string;
  userId: string;
  flow: FlowName;
  inputs: AutomationInputs;
  /** What it is for. */
  about: ChallengeOf['about'];
  subjectId: string;
  /** Where what the store asks is shown, and who is told of it; without it nobody is asked. */
  shopper?: Pick<ShopperAtStore, 'sessionId' | 'asked' | 'isWanted'>;
  dry?: boolean;
  /** So long it waits for a browser. */
  waitMs: number;
  onStep?(report: Pick<StepReport, 'section'>): void;
  beforeLastClick?(read: Reads | undefined): Promise<boolean>;
  /** Runs whatever the breaker says: what became of an order must be known. */
  insists?: boolean;
}

/** `down`: nobody ran it, the store is known to be down. */
export type BrowserRunOutcome = AutomationOutcome | { type: 'down' };

/** Runs recipes for a shopper: what the store asks of them is asked, and how it went is told to the breaker. */
@Injectable()
export class BrowserRuns {
  constructor(
    private readonly automation: Automation,
    private readonly challenges: Challenges,
    private readonly breakers: Breakers,
  ) {}

  async run(run: BrowserRun): Promise<BrowserRunOutcome> {
    const { storeId, userId, flow, inputs, about, subjectId, shopper, insists = false } = run;
    const passage = insists ? ALWAYS : await this.breakers.pass(storeId, TIER);
    if (!passage) return { type: 'down' };
    const of = { userId, storeId, about, subjectId, sessionId: shopper?.sessionId ?? null };
    const { onStep, beforeLastClick, dry } = run;
    const outcome = await this.automation.run(
      ...([storeId, userId, flow, inputs] as const),
      {
        ...(onStep && { onStep }),
        ...(beforeLastClick && { beforeLastClick }),
        ...(shopper && {
          onChallenge: (challenge) =>
            this.challenges.ask(of, challenge, {
              opened: async (open) => shopper.asked?.(open),
              closed: async () => shopper.asked?.(null),
              isWanted: async () => (await shopper.isWanted?.()) ?? true,
            }),
        }),
      },
      { ...(dry && { dry }), subjectId, waitMs: run.waitMs },
    );
    // A browser that could not be had says nothing of the store.
    if (outcome.type === 'not_run' || outcome.type === 'held_back') return outcome;
    const isOfStore = outcome.type === 'fault' || outcome.type === 'unknown_page';
    await (isOfStore ? this.breakers.failed(storeId, TIER, passage) : this.breakers.succeeded(storeId, TIER, passage));
    return outcome;
  }
}

/** Whether the run stopped after the click that cannot be taken back was made, or may have been. */
export function mayHaveClicked(outcome: BrowserRunOutcome): boolean {
  return 'clicked' in outcome && outcome.clicked && outcome.type !== 'done';
}
