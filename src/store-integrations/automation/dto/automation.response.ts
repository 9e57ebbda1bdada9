import { ApiProperty } from '@nestjs/swagger';
import type { CheckRow } from '../checks.repository';

/** Whether a browser may order at the store, and by which agreement. */
export class AutomationPolicyResponse {
  /** Whether it may */
  @ApiProperty({ enum: ['allowed', 'forbidden'], example: 'allowed' })
  policy: 'allowed' | 'forbidden';

  /** Where the agreement is found; null: there is none, and nothing is automated */
  @ApiProperty({ type: String, nullable: true, example: 'Contract 2026-114, § 3' })
  agreement: string | null;

  /** Counts what was decided; runs name it */
  @ApiProperty({ type: 'integer', example: 3 })
  version: number;
}

/** A dry run: up to the last click and no further. */
export class AutomationCheckResponse {
  /** Its id */
  id: string;

  /** Of which version of the recipe */
  @ApiProperty({ type: 'integer', example: 4 })
  version: number;

  /** The admin who asked for it; null: the schedule */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  askedBy: string | null;

  /** When it was asked for */
  askedAt: Date;

  /** How it ended, `done` where all went well; null: it waits, or goes on */
  @ApiProperty({ type: String, nullable: true, example: 'done' })
  outcome: string | null;

  /** The record of its run; of one that failed there may be a trail */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  runId: string | null;

  /** When it ended */
  @ApiProperty({ type: Date, nullable: true })
  finishedAt: Date | null;

  static of({ id, version, askedBy, askedAt, outcome, runId, finishedAt }: CheckRow): AutomationCheckResponse {
    return { id, version, askedBy, askedAt, outcome, runId, finishedAt };
  }
}

/** A run of a store's recipe, with the leave that it was made by. */
export class AutomationRunResponse {
  /** Its id */
  id: string;

  /** For a shopper, to try a shopper's sign-in, or a dry run */
  @ApiProperty({ enum: ['shopper', 'proof', 'check'], example: 'shopper' })
  cause: 'shopper' | 'proof' | 'check';

  /**
   * What was done
   * @example "place"
   */
  flow: string;

  /** By which version of the recipe */
  @ApiProperty({ type: 'integer', example: 4 })
  recipeVersion: number;

  /** By which decision of an admin */
  @ApiProperty({ type: 'integer', example: 3 })
  policyVersion: number;

  /** By which agreement with the store */
  agreement: string;

  /** What the shopper had agreed to; null of a dry run */
  @ApiProperty({ type: String, nullable: true, example: '2026-11' })
  consentVersion: string | null;

  /** How it ended; null: it goes on */
  @ApiProperty({ type: String, nullable: true, example: 'unknown_page' })
  outcome: string | null;

  /** Where it ended */
  @ApiProperty({ type: String, nullable: true, example: 'review' })
  section: string | null;

  /** At which step of it */
  @ApiProperty({ type: String, nullable: true, example: 'read' })
  step: string | null;

  /** Why, in words of the runner's own */
  @ApiProperty({ type: String, nullable: true, example: 'the target is not there' })
  detail: string | null;

  /** What it took */
  @ApiProperty({ type: 'integer', nullable: true, example: 6200 })
  ms: number | null;

  /** When it began */
  beganAt: Date;

  /** Whether there is a picture and a copy of the page where it failed */
  hasTrail: boolean;
}

/** A page of runs, newest first. */
export class AutomationRunsResponse {
  /** The runs of this page */
  @ApiProperty({ type: [AutomationRunResponse] })
  data: AutomationRunResponse[];

  /** Where the next page begins; null on the last one */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;
}

/** How a candidate of a step fared in the last seven days. */
export class AutomationStepResponse {
  /** Section of the recipe */
  section: string;

  /** Its step */
  step: string;

  /** Which of its candidates, from 0; -1: it has none, or none was found */
  @ApiProperty({ type: 'integer', example: 0 })
  candidate: number;

  /** How often it served */
  @ApiProperty({ type: 'integer', example: 120 })
  served: number;

  /** How often a run ended there because the page was not as the recipe says */
  @ApiProperty({ type: 'integer', example: 0 })
  failed: number;

  /** On average; null where it never served */
  @ApiProperty({ type: 'integer', nullable: true, example: 180 })
  ms: number | null;
}

/** What tells that a recipe will break. */
export class AutomationWarningResponse {
  /** A candidate that is not the first had to serve; a key page consists of other parts; a scheduled dry run failed */
  @ApiProperty({ enum: ['recipe_degraded', 'page_changed', 'check_failed'], example: 'recipe_degraded' })
  kind: 'recipe_degraded' | 'page_changed' | 'check_failed';

  /** Version of the recipe */
  @ApiProperty({ type: 'integer', example: 4 })
  version: number;

  /** Where */
  @ApiProperty({ type: String, nullable: true, example: 'signIn' })
  section: string | null;

  /** Where in it */
  @ApiProperty({ type: String, nullable: true, example: 'email' })
  step: string | null;

  /** Which candidate served */
  @ApiProperty({ type: 'integer', nullable: true, example: 1 })
  candidate: number | null;

  /** Parts that were not there before: kind, type, name, autocomplete, test id */
  @ApiProperty({ type: [String], example: ['input|text|postcode|postal-code|'] })
  appeared: string[];

  /** Parts that are gone */
  @ApiProperty({ type: [String], example: ['input|text|zip|postal-code|'] })
  vanished: string[];

  /** The run that saw it */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  runId: string | null;

  /** When */
  madeAt: Date;
}

/** The breaker of the store, for its browser tier. */
export class AutomationBreakerResponse {
  /** Open: nobody is sent there by a browser but a probe now and again */
  @ApiProperty({ enum: ['closed', 'open'], example: 'closed' })
  state: 'closed' | 'open';

  /** Failures in a row */
  @ApiProperty({ type: 'integer', example: 0 })
  failures: number;

  /** When the next probe may be made */
  @ApiProperty({ type: Date, nullable: true })
  retryAt: Date | null;
}

/** How the store is tried; of its sign-in nothing is told. */
export class TestAccountResponse {
  /** How often */
  @ApiProperty({ type: 'integer', example: 360 })
  everyMinutes: number;

  /** Since when */
  setAt: Date;

  /** When next */
  nextCheckAt: Date;
}

/** What happened in the last 24 hours. */
export class AutomationDayResponse {
  /** How many runs were begun */
  @ApiProperty({ type: 'integer', example: 210 })
  runs: number;

  /** By how they ended */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    example: { done: 200, challenge: 8, unknown_page: 2 },
  })
  outcomes: Record<string, number>;

  /** 95 of 100 runs that came through took at most that long; null where none did */
  @ApiProperty({ type: 'integer', nullable: true, example: 8100 })
  p95Ms: number | null;
}

/** How orders by a browser go at a store. */
export class AutomationResponse extends AutomationPolicyResponse {
  /** The version in use; null: there is none */
  @ApiProperty({ type: 'integer', nullable: true, example: 4 })
  recipeVersion: number | null;

  /** Null: it is not tried */
  @ApiProperty({ type: TestAccountResponse, nullable: true })
  testAccount: TestAccountResponse | null;

  /** Its breaker */
  breaker: AutomationBreakerResponse;

  /** The last 24 hours */
  lastDay: AutomationDayResponse;

  /** The last run that came through */
  @ApiProperty({ type: AutomationRunResponse, nullable: true })
  lastGood: AutomationRunResponse | null;

  /** The last run that ended because the page was not as the recipe says */
  @ApiProperty({ type: AutomationRunResponse, nullable: true })
  lastFailed: AutomationRunResponse | null;

  /** Of the version in use, the last seven days */
  @ApiProperty({ type: [AutomationStepResponse] })
  steps: AutomationStepResponse[];

  /** The latest fifty, newest first */
  @ApiProperty({ type: [AutomationWarningResponse] })
  warnings: AutomationWarningResponse[];

  /** The latest ten dry runs, newest first */
  @ApiProperty({ type: [AutomationCheckResponse] })
  checks: AutomationCheckResponse[];
}

/** A step that a run took. */
export class TrailStepResponse {
  /** Section of the recipe */
  section: string;

  /** Its step */
  step: string;

  /** Which candidate served, from 0; null where it has none */
  @ApiProperty({ type: 'integer', nullable: true, example: 0 })
  candidate: number | null;

  /** How it was found */
  @ApiProperty({ type: String, nullable: true, example: 'autocomplete' })
  by: string | null;

  /** What it took */
  @ApiProperty({ type: 'integer', example: 140 })
  ms: number;
}

/** What a run that failed has left. */
export class AutomationTrailResponse {
  /** Of which run */
  runId: string;

  /** When it was made; it is kept for fourteen days from then */
  madeAt: Date;

  /** PNG, base64: fields, and whatever the shopper gave, are covered; null where that could not be made sure of */
  @ApiProperty({ type: String, format: 'byte', nullable: true, example: 'iVBORw0KGgo=' })
  picture: string | null;

  /** The elements of the page, without what stood in fields and without what the shopper gave */
  @ApiProperty({ type: String, example: '<html><body><h1>Review</h1></body></html>' })
  markup: string;

  /** Path of the page; null where it tells something */
  @ApiProperty({ type: String, nullable: true, example: '/checkout/review' })
  path: string | null;

  /** What it did before */
  @ApiProperty({ type: [TrailStepResponse] })
  steps: TrailStepResponse[];
}
