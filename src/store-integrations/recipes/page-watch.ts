import type { Frame, HTTPRequest, HTTPResponse, KeyInput, Page } from 'puppeteer-core';
import { isUrl } from '../../platform/http-client';
import { answerChallenge } from './challenges';
import type { FlowCallbacks } from './flow';
import { targetWith, type Found, type PageEyes } from './page-eyes';
import type { PageHands, Ready } from './page-hands';
import type { Interruption, Recipe, SectionName, Sign, State, Step, Target } from './recipe';
import { hostsOf } from './recipe-rules';
import type { Values } from './recipe-template';
import type { RunClock } from './run-clock';
import { holds, seenIn, targetsOf, type Sight } from './states';
import { Stopped } from './stopped';

const STEP_MS = 10_000;
export const LOOK_EVERY_MS = 60;
/** How long a later candidate waits for an earlier one, which may be on its way; less in a shop that was made anew. */
const GRACE_MS = 400;
const SHORT_GRACE_MS = 100;
const MADE_ANEW = 3;
/** What is not there by then was in the frame that did not come. */
const FRAME_MS = 1_500;
const A_MOMENT_MS = 30;
const MOST_SHUT = 12;
/** What a page tells its store by, and waits for: not what it reports to others on the side. */
const TELLS = new Set<string>(['document', 'xhr', 'fetch']);
export const SLOWEST_ANSWER_MS = 30_000;

/** An element, and where it can be clicked now. */
export interface Located {
  found: Found;
  at: Extract<Ready, { x: number }>;
}

/** What of a step waiting for its target or its states has to do with. */
type Waiting = Pick<Step, 'timeoutMs' | 'otherwise'>;

export interface Watched {
  page: Page;
  recipe: Recipe;
  eyes: PageEyes;
  hands: PageHands;
  clock: RunClock;
  /** Covered in pictures. */
  secrets: string[];
  /** The store's own, where a password may be typed; a recipe may need others for its scripts and its payment page. */
  ownHosts: readonly string[];
  onChallenge: FlowCallbacks['onChallenge'];
}

/**
 * Watches the page of a run: waits for states, never for a time, and before anything else meets what may come up at any
 * moment. Throws Stopped.
 */
export class PageWatch {
  /** Where the run is. */
  at: { section: SectionName; step: string } = { section: 'signIn', step: '' };
  isGone = false;
  /** What is still under way then does nothing more: nobody would hear of it. */
  isOver = false;
  /** What the store answered with last, where it was a failure of its own. */
  serverError: number | null = null;
  /** What became of a frame of the store's that did not come; some do not matter. */
  private frameFault: string | null = null;
  /** Since when another page has been on its way, by the run's clock. */
  private leavingSince: number | null = null;
  /** What the store was told and has not answered yet. */
  private readonly unanswered = new Set<HTTPRequest>();
  private shut = 0;
  /** How often a later candidate had to serve. */
  private later = 0;
  private rounds = 0;
  private readonly filledStates = new WeakMap<Values, Map<State, State>>();
  private readonly page: Page;
  private readonly eyes: PageEyes;
  private readonly hands: PageHands;
  private readonly clock: RunClock;

  constructor(
    private readonly watched: Watched,
    /** What is filled in now. */
    public values: Values,
  ) {
    ({ page: this.page, eyes: this.eyes, hands: this.hands, clock: this.clock } = watched);
  }

  beginAgain(): void {
    this.serverError = null;
    this.frameFault = null;
    this.leavingSince = null;
    this.unanswered.clear();
  }

  listen(): () => void {
    const onResponse = (response: HTTPResponse) => {
      const request = response.request();
      this.unanswered.delete(request);
      if (!request.isNavigationRequest()) return;
      const status = response.status();
      if (request.frame() !== this.page.mainFrame()) {
        if (status >= 500 && this.isOwn(request)) this.frameFault = `a frame of the store answered ${status}`;
        return;
      }
      if (status < 300 || status >= 400) this.serverError = status >= 500 ? status : null;
    };
    const onRequest = (request: HTTPRequest) => {
      if (request.method() !== 'GET' && TELLS.has(request.resourceType()) && this.isOwn(request))
        this.unanswered.add(request);
      if (!request.isNavigationRequest() || request.frame() !== this.page.mainFrame()) return;
      this.leavingSince = this.clock.now();
      this.frameFault = null;
    };
    const onStay = (request: HTTPRequest) => {
      this.unanswered.delete(request);
      if (!request.isNavigationRequest()) return;
      if (request.frame() === this.page.mainFrame()) this.leavingSince = null;
      else if (this.isOwn(request) && request.failure()?.errorText !== 'net::ERR_ABORTED')
        this.frameFault = 'a frame of the store did not come';
    };
    const onArrival = (frame: Frame) => {
      if (frame === this.page.mainFrame()) this.leavingSince = null;
    };
    const onDialog = (dialog: { accept(): Promise<void> }) => void dialog.accept().catch(() => undefined);
    const onGone = () => (this.isGone = true);
    this.page.on('response', onResponse).on('dialog', onDialog).on('close', onGone).on('error', onGone);
    this.page.on('request', onRequest).on('requestfailed', onStay).on('framenavigated', onArrival);
    return () => {
      this.page.off('response', onResponse).off('dialog', onDialog).off('close', onGone).off('error', onGone);
      this.page.off('request', onRequest).off('requestfailed', onStay).off('framenavigated', onArrival);
    };
  }

  private isOwn(request: HTTPRequest): boolean {
    const url = request.url();
    return isUrl(url) && hostsOf(this.watched.recipe).includes(new URL(url).host);
  }

  /** Until the page that is being left is gone: what it shows is no longer so. */
  async arrived(): Promise<void> {
    while (this.leavingSince !== null && !this.isGone && !this.isOver && this.clock.left() > 0) {
      if (this.clock.now() - this.leavingSince > SLOWEST_ANSWER_MS) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async click(at: { x: number; y: number }): Promise<void> {
    await this.hands.click(at);
    // What it sets going begins a moment later.
    await new Promise((resolve) => setTimeout(resolve, A_MOMENT_MS));
  }

  async press(found: Found, key: KeyInput): Promise<void> {
    await this.hands.press(found, key);
    await new Promise((resolve) => setTimeout(resolve, A_MOMENT_MS));
  }

  /** One look, without waiting. */
  async isTrue(state: State): Promise<boolean> {
    await this.arrived();
    return holds(this.withValues(state), await this.sightOf([state]));
  }

  private async sightOf(states: State[], more: Target[] = []): Promise<Sight> {
    const targets = [...states.flatMap((state) => targetsOf(this.withValues(state))), ...more];
    const survey = await this.eyes.survey(targets);
    return this.sight(seenIn(survey, targets));
  }

  private sight(isSeen: (target: Target) => boolean): Sight {
    return { url: this.page.url(), isSeen, isGiven: (name) => this.values.has(name) };
  }

  /** Once for each state and line, so that what was surveyed is found again by what it is. */
  withValues(state: State): State {
    const known = this.filledStates.get(this.values) ?? new Map<State, State>();
    this.filledStates.set(this.values, known);
    const before = known.get(state);
    if (before) return before;
    const done = stateWith(state, this.values);
    known.set(state, done);
    return done;
  }

  /**
   * What may come up at any moment, seen before anything else is done: the page that is gone or broken, a sign, something
   * in the way. Answers what was seen of the targets and states that it was asked for.
   */
  async tick(states: State[] = [], more: Target[] = []): Promise<Sight> {
    await this.arrived();
    if (this.isOver) throw new Stopped('fault', 'the run is over');
    if (this.isGone || this.page.isClosed()) throw new Stopped('fault', 'the page is gone');
    if (this.clock.left() <= 0) throw new Stopped('fault', 'the run took too long');
    if (this.serverError !== null) throw new Stopped('fault', `the store answered ${this.serverError}`);
    const signs = (this.watched.recipe.signs ?? []).filter(
      ({ sections }) => !sections || sections.includes(this.at.section),
    );
    const inWay = this.watched.recipe.interruptions ?? [];
    const targets = [...more, ...inWay.map(({ seen }) => seen)];
    const sight = await this.sightOf([...states, ...signs.map(({ seen }) => seen)], targets);
    const sign = signs.find(({ seen }) => holds(this.withValues(seen), sight));
    if (sign) {
      await this.meet(sign);
      return this.tick(states, more);
    }
    await this.clear(inWay.filter(({ seen }) => sight.isSeen(seen)));
    return sight;
  }

  /** Whatever lies over the page now. */
  private async clearWay(): Promise<void> {
    for (const inWay = this.watched.recipe.interruptions ?? []; ;) {
      const before = this.shut;
      const sight = await this.sightOf(
        [],
        inWay.map(({ seen }) => seen),
      );
      await this.clear(inWay.filter(({ seen }) => sight.isSeen(seen)));
      if (this.shut === before) return;
    }
  }

  /** The first that can be shut: one may lie under another. */
  private async clear(inWay: Interruption[]): Promise<void> {
    if (this.shut >= MOST_SHUT) return;
    for (const { shut } of inWay) {
      const found = await this.eyes.find(targetWith(shut, this.values), true);
      const at = found && (await this.hands.ready(found));
      await found?.element.dispose().catch(() => undefined);
      if (!at || !('x' in at)) continue;
      this.shut += 1;
      return this.click(at);
    }
  }

  private async meet(sign: Sign): Promise<void> {
    const isOfHere = sign.sections?.includes(this.at.section) === true;
    if (sign.means !== 'challenge') throw new Stopped(sign.means, `sign: ${sign.name}`, undefined, isOfHere);
    this.rounds += 1;
    await answerChallenge(
      {
        ...this.watched,
        isSeen: () => this.isTrue(sign.seen),
        target: (target) => targetWith(target, this.values),
        clearWay: () => this.clearWay(),
        ...{ at: this.at, round: this.rounds },
      },
      sign,
    );
  }

  /** Until it is so; `late` says what it means that it is not in time. */
  async until(
    timeoutMs: number | undefined,
    isSo: () => Promise<boolean>,
    late: () => never,
    isLate: () => boolean = () => false,
  ): Promise<void> {
    const from = this.clock.now();
    const by = from + (timeoutMs ?? STEP_MS);
    while (!(await isSo())) {
      if (this.frameFault !== null && this.clock.now() - from > FRAME_MS) throw new Stopped('fault', this.frameFault);
      if (isLate()) throw new Stopped('held_back', 'there was no time left to click');
      if (this.clock.now() >= by) late();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  async reach(step: Waiting, states: State[]): Promise<void> {
    await this.until(
      step.timeoutMs,
      async () => {
        const sight = await this.tick(states);
        return states.every((state) => holds(this.withValues(state), sight));
      },
      () => {
        // A store that says nothing has not said no: neither to a password nor to anything else.
        if (this.unanswered.size > 0) throw new Stopped('fault', 'the store does not answer');
        throw new Stopped(step.otherwise ?? 'unknown_page', 'what it waited for did not come');
      },
    );
  }

  /** The element of the first candidate that serves, where it can be clicked. */
  async locate(given: Target, step: Waiting, needsEnabled: boolean, isLate?: () => boolean): Promise<Located> {
    const target = targetWith(given, this.values);
    let why = 'its target is not there';
    let firstSeen: number | null = null;
    let result: Located | null = null;
    const isThere = async () => {
      const sight = await this.tick([], [target]);
      if (!sight.isSeen(target)) {
        firstSeen = null;
        return false;
      }
      firstSeen ??= this.clock.now();
      const found = await this.eyes.find(target);
      if (!found) {
        why = 'its target is there more than once';
        return false;
      }
      const at = await this.hands.ready(found, needsEnabled);
      const graceMs = this.later < MADE_ANEW ? GRACE_MS : SHORT_GRACE_MS;
      const isEarly = found.place > 0 && this.clock.now() - firstSeen < graceMs;
      if ('x' in at && !isEarly) {
        if (found.place > 0) this.later += 1;
        result = { found, at };
        return true;
      }
      if (!('x' in at)) why = `its target is ${at.why}`;
      await found.element.dispose().catch(() => undefined);
      return false;
    };
    await this.until(
      step.timeoutMs,
      isThere,
      () => {
        throw new Stopped(step.otherwise ?? 'unknown_page', why);
      },
      isLate,
    );
    return result!;
  }
}

function stateWith(state: State, values: Values): State {
  if ('present' in state) return { present: targetWith(state.present, values) };
  if ('absent' in state) return { absent: targetWith(state.absent, values) };
  if ('any' in state) return { any: state.any.map((one) => stateWith(one, values)) };
  return state;
}
