import { Injectable, Logger } from '@nestjs/common';
import type { BrowserContext, CookieData, Page } from 'puppeteer-core';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrowserFailed, Browsers, type BrowserTools } from '../../platform/browser';
import { Database } from '../../platform/database';
import { holdingLease, reasonOf, writingSurely } from '../../platform/jobs';
import { Metrics } from '../../platform/metrics';
import {
  RecipeRunner,
  hostsOf,
  type FlowCallbacks,
  type FlowInputs,
  type FlowName,
  type FlowOutcome,
  type SectionName,
  type StepReport,
} from '../recipes';
import type { AutomationHooks, AutomationOptions, AutomationOutcome, NotRun } from './automation';
import { hiddenTexts } from './hidden-texts';
import { notRun, type Permit } from './permits';
import { RunRecords, type RunCause, type RunEnd } from './run-records';
import { SignIns, type Verdict } from './sign-ins';
import { SignInsRepository } from './sign-ins.repository';
import { Trails, type Trail } from './trails';

/** What is to be done, and how to find out whether it may be. */
export interface Assignment {
  cause: RunCause;
  flow: FlowName;
  inputs: FlowInputs;
  hooks: AutomationHooks & Pick<FlowCallbacks, 'onSection'>;
  options: AutomationOptions;
  /** Looks anew each time. */
  permit: () => Promise<Permit | NotRun>;
}

/** What is known of a run while it goes on, for whoever has to end it. */
interface UnderWay {
  permit: Permit;
  runId: string | null;
  began: number;
  reports: StepReport[];
  /** Where it is. */
  at: { section: SectionName; step: string };
  signedIn: boolean;
  /** From then on the order may stand at the store. */
  mayClick: boolean;
  /** What the shopper answered. */
  answers: string[];
  tools: BrowserTools | null;
}

const RUN_MS = 120_000;
/** For the trail and the cookies, after the runner's own limit. */
const AFTER_MS = 20_000;
/** How long a shopper is waited for, all their answers together. */
const CHALLENGE_MS = 15 * 60_000;
const WAIT_MS = 60_000;
const ACCOUNT_POLL_MS = 250;
const ENDS_WITH_TRAIL: readonly FlowOutcome['type'][] = [
  ...(['unknown_page', 'fault', 'login_wall', 'no_instrument', 'challenge'] as const),
];

/**
 * Makes runs. Guarantees: of an account one at a time, in however many processes; a record of it is committed before the store
 * is asked anything, and ended once; nothing of what was filled in or read is kept, the cookies apart, which are sealed.
 */
@Injectable()
export class Runs {
  private readonly logger = new Logger('Automation');
  private readonly counter: ReturnType<Metrics['counter']>;

  constructor(
    private readonly database: Database,
    private readonly browsers: Browsers,
    private readonly runner: RecipeRunner,
    private readonly records: RunRecords,
    private readonly signIns: SignIns,
    private readonly accounts: SignInsRepository,
    private readonly trails: Trails,
    metrics: Metrics,
  ) {
    const help = 'Runs of stores’ recipes in a browser';
    this.counter = metrics.counter('muse_automation_runs_total', help, ['cause', 'flow', 'outcome']);
  }

  async make(assignment: Assignment): Promise<AutomationOutcome> {
    const first = await assignment.permit();
    const outcome = 'type' in first ? first : await this.alone(assignment, first);
    const { cause, flow } = assignment;
    this.counter.inc({ cause, flow, outcome: outcome.type === 'not_run' ? outcome.code : outcome.type });
    return outcome;
  }

  /** Two runs of one account would fill one cart. */
  private async alone(assignment: Assignment, permit: Permit): Promise<AutomationOutcome> {
    const accountId = permit.signIn?.accountId;
    if (accountId === undefined) return this.inBrowser(assignment, permit, new AbortController().signal);
    const token = randomUUID();
    const until = performance.now() + (assignment.options.waitMs ?? WAIT_MS);
    while (!(await this.accounts.lease(accountId, token))) {
      if (performance.now() > until) return notRun('busy');
      await sleep(ACCOUNT_POLL_MS);
    }
    try {
      // What the one before has left: its cookies, and perhaps that the sign-in is refused.
      const present = await assignment.permit();
      if ('type' in present) return present;
      return await holdingLease(
        () => this.accounts.renew(accountId, token),
        (lost) => this.inBrowser(assignment, present, lost),
      );
    } finally {
      await this.accounts.release(accountId, token).catch(() => undefined);
    }
  }

  private async inBrowser(assignment: Assignment, permit: Permit, lost: AbortSignal): Promise<AutomationOutcome> {
    const { options, hooks } = assignment;
    const run: UnderWay = {
      ...{ permit, runId: null, began: performance.now(), reports: [], at: { section: 'signIn', step: '' } },
      ...{ signedIn: false, mayClick: false, answers: [], tools: null },
    };
    const timeoutMs = (options.limits?.runMs ?? RUN_MS) + AFTER_MS + (hooks.onChallenge ? CHALLENGE_MS : 0);
    const asked = { hosts: hostsOf(permit.recipe), timeoutMs, waitMs: options.waitMs ?? WAIT_MS };
    try {
      return await this.browsers.run(
        { ...asked, cookies: permit.signIn?.cookies ?? [] },
        (page, context, taken, tools) => {
          run.tools = tools;
          return this.perform(assignment, run, page, context, AbortSignal.any([lost, taken]));
        },
      );
    } catch (error) {
      if (!(error instanceof BrowserFailed)) throw error;
      if (run.runId === null) return notRun(error.reason === 'unavailable' ? 'no_browser' : 'busy');
      const detail = `the browser failed: ${error.reason}`;
      const outcome: FlowOutcome = { type: 'fault', ...run.at, detail, clicked: run.mayClick, read: {} };
      return this.ended(run, outcome, null, null);
    }
  }

  private async perform(
    assignment: Assignment,
    run: UnderWay,
    page: Page,
    context: BrowserContext,
    over: AbortSignal,
  ): Promise<AutomationOutcome> {
    const { cause, flow, options } = assignment;
    // It may have waited a minute for its place.
    const present = await assignment.permit();
    if ('type' in present) return present;
    if (!isSame(present, run.permit)) return notRun('busy');
    const record = { cause, flow, dry: options.dry ?? false, subjectId: options.subjectId ?? null };
    run.runId = await this.records.begin(present, record);
    run.began = performance.now();
    const credentials = present.signIn?.credentials ?? assignment.inputs.credentials;
    const inputs = { ...assignment.inputs, ...(credentials && { credentials }) };
    let outcome: FlowOutcome;
    try {
      const callbacks = this.callbacks(assignment, run, over);
      const settings = { dry: options.dry ?? false, limits: options.limits ?? {}, ownHosts: present.storeHosts };
      outcome = await this.runner.run(page, present.recipe, flow, inputs, callbacks, settings);
    } catch (error) {
      // Whoever asked for it failed at what they were asked: theirs to know, but the run is over.
      await this.writeEnd(run, { ...endOf(run, 'failed', reasonOf(error)), clicked: run.mayClick }, null, null, null);
      throw error;
    }
    const cookies = await context.cookies().catch(() => null);
    const hidden = () => hiddenTexts(inputs, [...run.answers, ...valuesOf(cookies ?? [])]);
    const trail = ENDS_WITH_TRAIL.includes(outcome.type) ? await this.trails.take(page, hidden(), run.reports) : null;
    return this.ended(run, outcome, trail, cookies);
  }

  private callbacks({ permit, hooks }: Assignment, run: UnderWay, over: AbortSignal): FlowCallbacks {
    const { onChallenge } = hooks;
    return {
      onStep: async (report) => {
        run.reports.push(report);
        run.at = { section: report.section, step: report.step };
        await hooks.onStep?.(report);
      },
      onSection: async (section, page) => {
        if (section === 'signIn') run.signedIn = true;
        await hooks.onSection?.(section, page);
      },
      beforeLastClick: async (read) => {
        const present = await permit();
        if ('type' in present || over.aborted || !isSame(present, run.permit)) return false;
        run.mayClick = (await hooks.beforeLastClick?.(read)) === true;
        return run.mayClick && !over.aborted;
      },
      // Nothing that the browser might send again by itself.
      onLastClick: () => run.tools?.cutConnections(),
      ...(onChallenge && {
        onChallenge: async (challenge) => {
          const ask = () => onChallenge(challenge);
          const answer = await (run.tools?.lending(ask) ?? ask());
          if (answer !== 'unanswered') run.answers.push(...Object.values(answer));
          return answer;
        },
      }),
    };
  }

  private async ended(
    run: UnderWay,
    outcome: FlowOutcome,
    trail: Trail | null,
    cookies: CookieData[] | null,
  ): Promise<AutomationOutcome> {
    const end =
      outcome.type === 'done'
        ? { ...endOf(run, 'done', ''), clicked: outcome.clicked }
        : { ...endOf(run, outcome.type, outcome.detail), ...placeOf(outcome), clicked: outcome.clicked };
    await this.writeEnd(run, end, verdictOf(run, outcome), trail, cookies);
    return { ...outcome, runId: run.runId!, recipeVersion: run.permit.recipeVersion, ms: end.ms };
  }

  private async writeEnd(
    run: UnderWay,
    end: RunEnd,
    verdict: Verdict | null,
    trail: Trail | null,
    cookies: CookieData[] | null,
  ): Promise<void> {
    const [runId, { permit }] = [run.runId!, run];
    // Something that may have placed an order must not be thrown away because its record could not be written.
    await writingSurely(
      () =>
        this.database.transaction(async (tx) => {
          // Account before run, in the order of those who unlink and erase.
          if (permit.signIn) await this.accounts.lock(tx, permit.signIn.accountId, permit.signIn.version);
          if (!(await this.records.end(tx, runId, permit, end, run.reports))) return;
          // What was unlinked, or closed with its account, in the middle of the run leaves nothing of it.
          const isKept = !verdict || (await this.signIns.heard(tx, permit, verdict, cookies));
          if (trail && isKept) await this.trails.keep(tx, runId, permit, trail);
        }),
      (write, reason) => this.logger.warn({ message: 'run not recorded', runId, write, reason }),
    ).catch(() => undefined);
  }
}

/** The same leave, by the same sign-in. */
function isSame(present: Permit, { recipeVersion, signIn }: Permit): boolean {
  return present.recipeVersion === recipeVersion && present.signIn?.version === signIn?.version;
}

function endOf(run: UnderWay, outcome: RunEnd['outcome'], detail: string): RunEnd {
  const ms = Math.round(performance.now() - run.began);
  return { outcome, ...run.at, detail, clicked: false, ms };
}

function placeOf({ section, step }: { section: SectionName; step: string }): Pick<RunEnd, 'section' | 'step'> {
  return { section, step };
}

/** Long enough to say something; a cookie `1` would cover half the page. */
function valuesOf(cookies: readonly CookieData[]): string[] {
  return cookies.map(({ value }) => value).filter((value) => value.length >= 8);
}

function verdictOf(run: UnderWay, outcome: FlowOutcome): Verdict {
  if (outcome.type === 'login_wall' && outcome.section === 'signIn')
    return { type: 'refused', reason: 'wrong_credentials' };
  if (run.signedIn) return { type: 'opens' };
  switch (outcome.type) {
    case 'done':
      return { type: 'unknown' };
    case 'challenge':
      return { type: 'unproved', reason: 'challenge' };
    default:
      return { type: 'retry', reason: outcome.type };
  }
}
