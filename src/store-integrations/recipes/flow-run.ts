import type { Frame, HTTPRequest, HTTPResponse, Page } from 'puppeteer-core';
import { answerChallenge } from './challenges';
import type { FlowCallbacks, FlowInputs, FlowLimits, FlowLine, FlowOutcome } from './flow';
import { PageEyes, atMost, targetWith, type Found } from './page-eyes';
import { PageHands, type Ready } from './page-hands';
import { secretsOf } from './pictures';
import { UNREADABLE } from './read-value';
import {
  FLOWS,
  PER_LINE,
  type Check,
  type FlowName,
  type ListReading,
  type Reading,
  type Reads,
  type Recipe,
  type SectionName,
  type Sign,
  type State,
  type Step,
  type Target,
} from './recipe';
import { hostsOf } from './recipe-rules';
import { filled, filledUrl, valuesOf, type Values } from './recipe-template';
import { RunClock } from './run-clock';
import { holds, seenIn, targetsOf, type Sight } from './states';
import { CallerFailed, Stopped, asCaller } from './stopped';

export interface FlowSettings {
  /** Stops before the last click. */
  dry: boolean;
  limits: FlowLimits;
}

const RUN_MS = 120_000;
const LAST_CLICK_MS = 20_000;
const STEP_MS = 10_000;
/** What is not true by then will not be: a total that settles settles within it. */
const CHECK_MS = 3_000;
const LOOK_EVERY_MS = 60;
/** How long a later candidate waits for an earlier one, which may be on its way. */
const GRACE_MS = 400;
const A_MOMENT_MS = 30;
/** A shopper would begin again too: once a session had ended or a page failed. */
const MOST_STARTS = 3;
const MOST_SHUT = 12;
const GRACE_AT_END_MS = 2_000;
const SLOWEST_ANSWER_MS = 30_000;

/** One recipe, on one page, for one shopper. The only click that cannot be taken back is made at most once. */
export class FlowRun {
  private readonly clock: RunClock;
  private readonly eyes: PageEyes;
  private readonly hands: PageHands;
  private readonly secrets: string[];
  private read: Reads = {};
  private clicked = false;
  private held = false;
  private values: Values;
  private at: { section: SectionName; step: string } = { section: 'signIn', step: '' };
  private serverError: number | null = null;
  private isGone = false;
  /** Since when another page has been on its way, by the run's clock. */
  private leavingSince: number | null = null;
  /** What is still under way then does nothing more: nobody would hear of it. */
  private isOver = false;
  private shut = 0;
  private rounds = 0;

  constructor(
    private readonly page: Page,
    private readonly recipe: Recipe,
    private readonly flow: FlowName,
    private readonly inputs: FlowInputs,
    private readonly callbacks: FlowCallbacks,
    private readonly settings: FlowSettings,
  ) {
    this.clock = new RunClock(settings.limits.runMs ?? RUN_MS);
    this.eyes = new PageEyes(page, recipe);
    this.hands = new PageHands(page, this.eyes);
    this.values = valuesOf(inputs);
    this.secrets = secretsOf(inputs);
  }

  async run(): Promise<FlowOutcome> {
    const undo = this.listen();
    const ending = new AbortController();
    // A page that hangs answers nothing, not even that it does: what is still asked of it then is left behind.
    const tooLong = this.clock
      .over(GRACE_AT_END_MS, ending.signal)
      .then(() => new Stopped('fault', 'the run took too long'));
    try {
      for (let start = 1; ; start += 1) {
        const stopped = await Promise.race([this.attempt(), tooLong]);
        if (!stopped) return { type: 'done', read: this.read, clicked: this.clicked };
        if (start < MOST_STARTS && this.mayBeginAgain(stopped)) continue;
        const { type, detail, kind } = stopped;
        const stop = { ...this.at, detail, clicked: this.clicked, read: this.read };
        return type === 'challenge' ? { type, kind: kind!, ...stop } : { type, ...stop };
      }
    } finally {
      this.isOver = true;
      ending.abort();
      undo();
    }
  }

  /** Null: it is through. */
  private async attempt(): Promise<Stopped | null> {
    this.read = {};
    this.serverError = null;
    this.leavingSince = null;
    try {
      await this.sections();
      return null;
    } catch (error) {
      if (error instanceof Stopped) return error;
      if (error instanceof CallerFailed) throw error.cause;
      // What a browser says when its page goes away under it names addresses: the kind of it is enough.
      return new Stopped('fault', this.isGone ? 'the page is gone' : `the browser failed: ${(error as Error).name}`);
    }
  }

  /** Only what a second try may cure, and never once the order may have been placed or somebody was asked for leave. */
  private mayBeginAgain({ type }: Stopped): boolean {
    if (this.clicked || this.held || this.isGone || this.clock.left() <= 0) return false;
    if (type === 'login_wall') return this.at.section !== 'signIn';
    return type === 'fault' || type === 'unknown_page';
  }

  private listen(): () => void {
    const onResponse = (response: HTTPResponse) => {
      const request = response.request();
      if (!request.isNavigationRequest() || request.frame() !== this.page.mainFrame()) return;
      const status = response.status();
      if (status < 300 || status >= 400) this.serverError = status >= 500 ? status : null;
    };
    const onRequest = (request: HTTPRequest) => {
      if (request.isNavigationRequest() && request.frame() === this.page.mainFrame())
        this.leavingSince = this.clock.now();
    };
    const onStay = (request: HTTPRequest) => {
      if (request.isNavigationRequest() && request.frame() === this.page.mainFrame()) this.leavingSince = null;
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

  /** Until the page that is being left is gone: what it shows is no longer so. */
  private async arrived(): Promise<void> {
    while (this.leavingSince !== null && !this.isGone && !this.isOver && this.clock.left() > 0) {
      if (this.clock.now() - this.leavingSince > SLOWEST_ANSWER_MS) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private async click(at: { x: number; y: number }): Promise<void> {
    await this.hands.click(at);
    // What it sets going begins a moment later.
    await new Promise((resolve) => setTimeout(resolve, A_MOMENT_MS));
  }

  private async sections(): Promise<void> {
    const sections: readonly SectionName[] = FLOWS[this.flow];
    const lines = this.inputs.lines ?? [];
    const perLine = sections.filter((section) => PER_LINE.includes(section));
    for (const section of sections) {
      if (section === 'signIn' && !this.inputs.credentials) continue;
      if (!PER_LINE.includes(section)) {
        if (!(await this.section(section))) return;
      } else if (section === perLine[0]) {
        for (const line of lines) for (const each of perLine) await this.section(each, line);
      }
    }
  }

  /** False: the run ends here, as it was told to. */
  private async section(section: SectionName, line?: FlowLine): Promise<boolean> {
    this.values = valuesOf(this.inputs, line);
    for (const step of this.recipe.sections[section] ?? []) {
      this.at = { section, step: step.step };
      if (step.when && !(await this.isTrue(step.when))) continue;
      if (step.do === 'click' && step.last && this.settings.dry) {
        await this.locate(step.target, step, false);
        return false;
      }
      await this.step(step);
    }
    await asCaller(async () => this.callbacks.onSection?.(section, this.page));
    return true;
  }

  private async step(step: Step): Promise<void> {
    const from = this.clock.now();
    const found = step.do === 'click' && step.last ? await this.lastClick(step) : await this.act(step);
    if (step.waitFor) await this.reach(step, step.waitFor);
    if (!(step.do === 'click' && step.last)) await this.assertAll(step.check ?? []);
    const { section, step: name } = this.at;
    const served = { candidate: found?.place ?? null, by: found?.by ?? null, ms: Math.round(this.clock.now() - from) };
    await found?.element.dispose().catch(() => undefined);
    await asCaller(async () => this.callbacks.onStep?.({ section, step: name, ...served }));
  }

  private async act(step: Step): Promise<Found | null> {
    switch (step.do) {
      case 'goto':
        await this.goto(step.url);
        return null;
      case 'click': {
        const { found, at } = await this.locate(step.target, step, true);
        await this.click(at);
        if (step.repeatable) await this.clickAgain(step);
        return found;
      }
      case 'fill':
        return this.fill(step);
      case 'select':
        return this.select(step);
      case 'check': {
        const { found, at } = await this.locate(step.target, step, true);
        const state = await this.eyes.state(found);
        if (state && state.checked !== step.on) await this.click(at);
        await this.until(
          step.timeoutMs,
          async () => (await this.eyes.state(found))?.checked === step.on,
          () => {
            throw new Stopped(step.otherwise ?? 'unknown_page', 'it did not take its tick');
          },
        );
        return found;
      }
      case 'press': {
        const { found } = await this.locate(step.target, step, true);
        await this.hands.press(found, step.key);
        await new Promise((resolve) => setTimeout(resolve, A_MOMENT_MS));
        return found;
      }
      case 'read':
        await this.readAll(step);
        return null;
      case 'repeat':
        for (let times = 0; await this.isTrue(step.while); times += 1) {
          if (times === step.atMost) throw new Stopped(step.otherwise ?? 'unknown_page', 'it did not come to an end');
          for (const inner of step.steps)
            if (!inner.when || (await this.isTrue(inner.when))) {
              this.at = { ...this.at, step: inner.step };
              await this.step(inner);
            }
        }
        return null;
      case 'wait':
        await this.tick();
        return null;
    }
  }

  // The last click

  /**
   * Its checks hold and it could be clicked: only then whoever runs the recipe is asked, and only for a while their yes
   * counts. From the moment that the mouse is moved the click counts as made.
   */
  private async lastClick(step: Step & { do: 'click' }): Promise<Found> {
    const first = await this.locate(step.target, step, true);
    await this.assertAll(step.check ?? []);
    await first.found.element.dispose().catch(() => undefined);
    if (this.clicked || this.held) throw new Stopped('held_back', 'it was clicked before');
    this.held = true;
    const isAllowed = await asCaller(() => atMost(SLOWEST_ANSWER_MS, this.callbacks.beforeLastClick?.()));
    if (isAllowed !== true) throw new Stopped('held_back', 'it may not be clicked');
    const until = performance.now() + (this.settings.limits.lastClickMs ?? LAST_CLICK_MS);
    const isLate = () => performance.now() >= until;
    // The page may have moved meanwhile: what is clicked is what was agreed to, as it stands now.
    const { found, at } = await this.locate(step.target, step, true, isLate);
    await this.assertAll(step.check ?? [], isLate);
    if (isLate() || this.isOver) throw new Stopped('held_back', 'there was no time left to click');
    this.clicked = true;
    await this.click(at);
    return found;
  }

  // What a page shows

  /** One look, without waiting. */
  private async isTrue(state: State): Promise<boolean> {
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

  private readonly filledStates = new WeakMap<Values, Map<State, State>>();

  /** Once for each state and line, so that what was surveyed is found again by what it is. */
  private withValues(state: State): State {
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
  private async tick(states: State[] = [], more: Target[] = []): Promise<Sight> {
    await this.arrived();
    if (this.isOver) throw new Stopped('fault', 'the run is over');
    if (this.isGone || this.page.isClosed()) throw new Stopped('fault', 'the page is gone');
    if (this.clock.left() <= 0) throw new Stopped('fault', 'the run took too long');
    if (this.serverError !== null) throw new Stopped('fault', `the store answered ${this.serverError}`);
    const signs = (this.recipe.signs ?? []).filter(({ sections }) => !sections || sections.includes(this.at.section));
    const inWay = this.recipe.interruptions ?? [];
    const targets = [...more, ...inWay.map(({ seen }) => seen)];
    const sight = await this.sightOf([...states, ...signs.map(({ seen }) => seen)], targets);
    const sign = signs.find(({ seen }) => holds(this.withValues(seen), sight));
    if (sign) {
      await this.meet(sign);
      return this.tick(states, more);
    }
    const interruption = inWay.find(({ seen }) => sight.isSeen(seen));
    if (interruption && this.shut < MOST_SHUT) {
      this.shut += 1;
      const found = await this.eyes.find(targetWith(interruption.shut, this.values), true);
      const at = found && (await this.hands.ready(found));
      if (at && 'x' in at) await this.click(at);
      await found?.element.dispose().catch(() => undefined);
    }
    return sight;
  }

  private async meet(sign: Sign): Promise<void> {
    if (sign.means !== 'challenge') throw new Stopped(sign.means, `sign: ${sign.name}`);
    this.rounds += 1;
    await answerChallenge(
      {
        ...{ page: this.page, eyes: this.eyes, hands: this.hands, clock: this.clock, secrets: this.secrets },
        isSeen: () => this.isTrue(sign.seen),
        target: (target) => targetWith(target, this.values),
        ...{ at: this.at, round: this.rounds, onChallenge: this.callbacks.onChallenge },
      },
      sign,
    );
  }

  /** Until it is so; `late` says what it means that it is not in time. */
  private async until(
    timeoutMs: number | undefined,
    isSo: () => Promise<boolean>,
    late: () => never,
    isLate: () => boolean = () => false,
  ): Promise<void> {
    const by = this.clock.now() + (timeoutMs ?? STEP_MS);
    while (!(await isSo())) {
      if (isLate()) throw new Stopped('held_back', 'there was no time left to click');
      if (this.clock.now() >= by) late();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  private async reach(step: Step, states: State[]): Promise<void> {
    await this.until(
      step.timeoutMs,
      async () => {
        const sight = await this.tick(states);
        return states.every((state) => holds(this.withValues(state), sight));
      },
      () => {
        throw new Stopped(step.otherwise ?? 'unknown_page', 'what it waited for did not come');
      },
    );
  }

  /** Whether the states came within the first part of its time; otherwise it is clicked a second and last time. */
  private async clickAgain(step: Step & { do: 'click' }): Promise<void> {
    const states = step.waitFor ?? [];
    const by = this.clock.now() + (step.timeoutMs ?? STEP_MS) / 3;
    while (this.clock.now() < by) {
      const sight = await this.tick(states);
      if (states.every((state) => holds(this.withValues(state), sight))) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    const found = await this.eyes.find(targetWith(step.target, this.values));
    const at = found && (await this.hands.ready(found));
    if (at && 'x' in at) await this.click(at);
    await found?.element.dispose().catch(() => undefined);
  }

  /** The element of the first candidate that serves, where it can be clicked. */
  private async locate(
    given: Target,
    step: Step,
    needsEnabled: boolean,
    isLate?: () => boolean,
  ): Promise<{ found: Found; at: Extract<Ready, { x: number }> }> {
    const target = targetWith(given, this.values);
    let why = 'its target is not there';
    let firstSeen: number | null = null;
    let result: { found: Found; at: Extract<Ready, { x: number }> } | null = null;
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
      const isEarly = found.place > 0 && this.clock.now() - firstSeen < GRACE_MS;
      if ('x' in at && !isEarly) {
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

  // What a step does

  /** A page that fails is asked for once more: asking changes nothing. */
  private async goto(template: string): Promise<void> {
    const url = filledUrl(template, this.values, this.recipe.origin);
    if (!url || !this.isOwn(url)) throw new Stopped('fault', 'its address is not one of the store');
    for (let tries = 1; ; tries += 1) {
      this.serverError = null;
      const timeout = Math.max(1, Math.min(SLOWEST_ANSWER_MS, this.clock.left()));
      const fault = await this.page.goto(url.href, { waitUntil: 'domcontentloaded', timeout }).then(
        () => (this.serverError === null ? null : `the store answered ${this.serverError}`),
        (error: Error) => /net::ERR_[A-Z_]+/.exec(error.message)?.[0] ?? 'the page did not come',
      );
      if (fault === null || fault === 'net::ERR_ABORTED') return;
      if (tries === 2 || this.isGone) throw new Stopped('fault', fault);
    }
  }

  private isOwn(url: URL): boolean {
    if (url.protocol !== 'https:' && url.protocol !== new URL(this.recipe.origin).protocol) return false;
    return url.username === '' && url.password === '' && hostsOf(this.recipe).includes(url.host);
  }

  private async fill(step: Step & { do: 'fill' }): Promise<Found> {
    const value = filled(step.value, this.values);
    if (value === null) throw new Stopped('fault', 'what it fills in was not given');
    const { found } = await this.locate(step.target, step, true);
    const plain = (text: string | null | undefined) => (text ?? '').replace(/[^\p{L}\p{N}@]/gu, '').toLowerCase();
    const isTaken = async () => plain((await this.eyes.state(found))?.value) === plain(value);
    await this.hands.fill(found, value, step.typed === true);
    // A field that writes for itself while it is filled may want its keys one by one; a date wants none.
    if (!step.typed && !(await isTaken())) await this.hands.fill(found, value, true);
    if (!(await isTaken())) await this.hands.set(found, value);
    if (!(await isTaken())) throw new Stopped(step.otherwise ?? 'unknown_page', 'the field did not take its value');
    return found;
  }

  private async select(step: Step & { do: 'select' }): Promise<Found> {
    const wanted = step.options.flatMap((option) => filled(option, this.values) ?? []);
    if (wanted.length === 0) throw new Stopped('fault', 'what it selects was not given');
    const { found } = await this.locate(step.target, step, true);
    const plain = (text: string) => text.replace(/\s+/g, ' ').trim().toLowerCase();
    let value: string | null = null;
    await this.until(
      step.timeoutMs,
      async () => {
        const options = (await this.eyes.state(found))?.options ?? [];
        for (const one of wanted) {
          const fits = options.find((option) => option.value === one || option.text === plain(one));
          if (fits) value = fits.value;
          if (fits) return true;
        }
        return false;
      },
      () => {
        throw new Stopped(step.otherwise ?? 'unknown_page', 'there is no such option');
      },
    );
    await this.hands.select(found, value!);
    return found;
  }

  private async readAll(step: Step & { do: 'read' }): Promise<void> {
    for (const [name, reading] of Object.entries(step.read)) {
      let value: unknown = null;
      await this.until(
        step.timeoutMs,
        async () => {
          await this.tick();
          value = await this.valueOf(reading);
          return value !== UNREADABLE && (value !== null || ('as' in reading && reading.optional === true));
        },
        () => {
          throw new Stopped(step.otherwise ?? 'unknown_page', `${name} is not to be read`);
        },
      );
      this.read = { ...this.read, [name]: value };
    }
  }

  private valueOf(reading: Reading | ListReading) {
    if (!('as' in reading)) return this.eyes.readAll({ ...reading, each: targetWith(reading.each, this.values) });
    return this.eyes.read({ ...reading, from: targetWith(reading.from, this.values) });
  }

  // What has to be true

  private async assertAll(checks: Check[], isLate?: () => boolean): Promise<void> {
    for (const [place, check] of checks.entries())
      await this.until(
        CHECK_MS,
        async () => {
          await this.tick();
          return this.isRight(check);
        },
        () => {
          throw new Stopped(check.otherwise ?? 'unknown_page', `check ${place} does not hold`);
        },
        isLate,
      );
  }

  private async isRight(check: Check): Promise<boolean> {
    if ('state' in check) return this.isTrue(check.state);
    if ('count' in check) {
      const wanted = filled(check.is, this.values);
      return wanted !== null && (await this.eyes.count(targetWith(check.count, this.values))) === Number(wanted);
    }
    const value = await this.valueOf(check.reading);
    if (value === UNREADABLE || value === null) return false;
    const plain = (text: unknown) => String(text).replace(/\s+/g, ' ').trim().toLowerCase();
    if ('atMost' in check) {
      const most = filled(check.atMost, this.values);
      return most !== null && typeof value === 'number' && value <= Number(most);
    }
    const wanted = filled('is' in check ? check.is : check.contains, this.values);
    if (wanted === null) return false;
    return 'is' in check ? plain(value) === plain(wanted) : plain(value).includes(plain(wanted));
  }
}

function stateWith(state: State, values: Values): State {
  if ('present' in state) return { present: targetWith(state.present, values) };
  if ('absent' in state) return { absent: targetWith(state.absent, values) };
  if ('any' in state) return { any: state.any.map((one) => stateWith(one, values)) };
  return state;
}
