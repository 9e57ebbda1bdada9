import type { Page } from 'puppeteer-core';
import type { ChallengeKind, OutcomeType, Reads, SectionName } from './recipe';

/** What a run fills in: in memory only, never logged, never kept. */
export interface FlowInputs {
  credentials?: { username: string; password: string };
  address?: {
    name: string;
    line1: string;
    line2?: string | null;
    city: string;
    region?: string | null;
    postalCode?: string | null;
    country: string;
    phone?: string | null;
  };
  contact?: { email: string; phone?: string | null };
  lines?: FlowLine[];
  /** What the shopper agreed to pay at most, minor units: `{agreedTotal}`. */
  agreedTotalCents?: number;
  /** The delivery option, as the store calls it. */
  delivery?: { name: string };
  /** The saved means of payment, as the store calls it; none: the store's default. */
  instrument?: { name: string };
  /** Of track and cancel. */
  order?: { number: string; url?: string | null };
}

export interface FlowLine {
  url: string;
  name: string;
  sku?: string | null;
  size?: string | null;
  color?: string | null;
  quantity: number;
  unitPriceCents?: number;
}

/** What the shopper is asked: a picture of the page in which everything that was filled in is covered. */
export interface FlowChallenge {
  kind: ChallengeKind;
  section: SectionName;
  step: string;
  prompt: string | null;
  fields: { name: string; label: string; type: 'text' | 'code' | 'confirm' }[];
  /** PNG. */
  picture: Buffer;
  /** From 1; more where an answer was not taken. */
  round: number;
}

/** One step that was taken. `candidate`: the place of the one that served, from 0; null where the step has no target. */
export interface StepReport {
  section: SectionName;
  step: string;
  candidate: number | null;
  by: string | null;
  ms: number;
}

/** What whoever runs a recipe is asked and told while it runs. */
export interface FlowCallbacks {
  onStep?(report: StepReport): void | Promise<void>;
  /** Right before the order is placed or cancelled, with what was read so far; false: do not. Not called in a dry run. */
  beforeLastClick?(read?: Reads): Promise<boolean>;
  /**
   * The click is made the moment after: whatever connections to the store are open are to be cut, since a browser that hears
   * nothing on one that it has used before sends an order again by itself.
   */
  onLastClick?(): void | Promise<void>;
  /** The page stays open meanwhile. Left out: unanswered. */
  onChallenge?(challenge: FlowChallenge): Promise<Record<string, string> | 'unanswered'>;
  /** A section is through; for those who compare what its pages look like. */
  onSection?(section: SectionName, page: Page): void | Promise<void>;
}

export interface FlowLimits {
  /** Of the whole run, what the shopper takes to answer not counted; 120 000. */
  runMs?: number;
  /** From beforeLastClick's answer to the click; 20 000. */
  lastClickMs?: number;
}

/** Where a run stood when it ended otherwise than done. Holds no shopper's text. */
export interface FlowStop {
  section: SectionName;
  step: string;
  detail: string;
  /**
   * The last click was made or may have been: what became of it is not known. A type that is the store's no (out_of_stock,
   * price_moved, no_instrument) is then one that its page said, by a sign of the recipe that names the section.
   */
  clicked: boolean;
  read: Reads;
}

export type FlowOutcome =
  | { type: 'done'; read: Reads; clicked: boolean }
  | ({ type: 'challenge'; kind: ChallengeKind } & FlowStop)
  | ({ type: Exclude<OutcomeType, 'challenge'> } & FlowStop)
  /** beforeLastClick said no, or there was no time left for the click. */
  | ({ type: 'held_back' } & FlowStop);
