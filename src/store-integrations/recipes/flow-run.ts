import type { Page } from 'puppeteer-core';
import type { FlowCallbacks, FlowInputs, FlowLimits, FlowLine, FlowOutcome } from './flow';
import { PageEyes, atMost, type Found } from './page-eyes';
import { PageHands } from './page-hands';
import { PageWatch, SLOWEST_ANSWER_MS, type Located, type Watched } from './page-watch';
import { secretsOf } from './pictures';
import { FLOWS, PER_LINE, type FlowName, type Recipe, type SectionName, type Step } from './recipe';
import { valuesOf } from './recipe-template';
import { RunClock } from './run-clock';
import { StepActs } from './step-acts';
import { CallerFailed, Stopped, asCaller } from './stopped';

export interface FlowSettings {
  /** Stops before the last click. */
  dry: boolean;
  limits: FlowLimits;
  ownHosts: readonly string[];
}

const RUN_MS = 120_000;
const LAST_CLICK_MS = 20_000;
/** A shopper would begin again too: once a session had ended or a page failed. */
const MOST_STARTS = 3;
const GRACE_AT_END_MS = 2_000;

/** One recipe, on one page, for one shopper. The only click that cannot be taken back is made at most once. */
export class FlowRun {
  private readonly clock: RunClock;
  private readonly hands: PageHands;
  private readonly watch: PageWatch;
  private readonly acts: StepActs;
  private clicked = false;
  private held = false;

  constructor(
    private readonly page: Page,
    private readonly recipe: Recipe,
    private readonly flow: FlowName,
    private readonly inputs: FlowInputs,
    private readonly callbacks: FlowCallbacks,
    private readonly settings: FlowSettings,
  ) {
    const eyes = new PageEyes(page, recipe);
    this.clock = new RunClock(settings.limits.runMs ?? RUN_MS);
    this.hands = new PageHands(page, eyes);
    const watched: Watched = {
      ...{ page, recipe, eyes, hands: this.hands, clock: this.clock },
      ...{ secrets: secretsOf(inputs), ownHosts: settings.ownHosts, onChallenge: callbacks.onChallenge },
    };
    this.watch = new PageWatch(watched, valuesOf(inputs));
    this.acts = new StepActs(watched, this.watch, (step) => this.step(step));
  }

  async run(): Promise<FlowOutcome> {
    const undo = this.watch.listen();
    const ending = new AbortController();
    // A page that hangs answers nothing, not even that it does: what is still asked of it then is left behind.
    const tooLong = this.clock
      .over(GRACE_AT_END_MS, ending.signal)
      .then(() => new Stopped('fault', 'the run took too long'));
    try {
      for (let start = 1; ; start += 1) {
        const stopped = await Promise.race([this.attempt(), tooLong]);
        if (!stopped) return { type: 'done', read: this.acts.read, clicked: this.clicked };
        if (this.mayBeginAgain(stopped, start)) continue;
        const { type, detail, kind } = stopped;
        const stop = { ...this.watch.at, detail, clicked: this.clicked, read: this.acts.read };
        return type === 'challenge' ? { type, kind: kind!, ...stop } : { type, ...stop };
      }
    } finally {
      this.watch.isOver = true;
      ending.abort();
      undo();
    }
  }

  /** Null: it is through. */
  private async attempt(): Promise<Stopped | null> {
    this.acts.read = {};
    this.watch.beginAgain();
    try {
      await this.sections();
      return null;
    } catch (error) {
      if (error instanceof Stopped) return this.clicked ? asFarAsKnown(error) : error;
      if (error instanceof CallerFailed) throw error.cause;
      // What a browser says when its page goes away under it names addresses: the kind of it is enough.
      return new Stopped(
        'fault',
        this.watch.isGone ? 'the page is gone' : `the browser failed: ${(error as Error).name}`,
      );
    }
  }

  /** Only what a second try may cure, and never once the order may have been placed or somebody was asked for leave. */
  private mayBeginAgain({ type }: Stopped, start: number): boolean {
    if (start >= MOST_STARTS || this.clicked || this.held || this.watch.isGone || this.clock.left() <= 0) return false;
    if (type === 'login_wall') return this.watch.at.section !== 'signIn';
    // To somebody whose session has just ended a store shows no cards either.
    if (type === 'no_instrument') return start === 1 && this.inputs.credentials !== undefined;
    return type === 'fault' || type === 'unknown_page';
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
    this.watch.values = valuesOf(this.inputs, line);
    for (const step of this.recipe.sections[section] ?? []) {
      this.watch.at = { section, step: step.step };
      if (step.when && !(await this.watch.isTrue(step.when))) continue;
      if (step.do === 'click' && step.last && this.settings.dry) {
        await this.watch.locate(step.target, step, false);
        return false;
      }
      await this.step(step);
    }
    await asCaller(async () => this.callbacks.onSection?.(section, this.page));
    return true;
  }

  private async step(step: Step): Promise<void> {
    const from = this.clock.now();
    const found = step.do === 'click' && step.last ? await this.lastClick(step) : await this.acts.act(step);
    if (step.waitFor) await this.watch.reach(step, step.waitFor);
    if (!(step.do === 'click' && step.last)) await this.acts.assertAll(step.check ?? []);
    const { section, step: name } = this.watch.at;
    const served = { candidate: found?.place ?? null, by: found?.by ?? null, ms: Math.round(this.clock.now() - from) };
    await found?.element.dispose().catch(() => undefined);
    await asCaller(async () => this.callbacks.onStep?.({ section, step: name, ...served }));
  }

  /**
   * Its checks hold and it could be clicked: only then whoever runs the recipe is asked, and only for a while their yes
   * counts. From the moment that the mouse is moved the click counts as made.
   */
  private async lastClick(step: Step & { do: 'click' }): Promise<Found> {
    const first = await this.watch.locate(step.target, step, true);
    await this.acts.assertAll(step.check ?? []);
    await first.found.element.dispose().catch(() => undefined);
    if (this.clicked || this.held) throw new Stopped('held_back', 'it was clicked before');
    this.held = true;
    const isAllowed = await asCaller(() => atMost(SLOWEST_ANSWER_MS, this.callbacks.beforeLastClick?.(this.acts.read)));
    if (isAllowed !== true) throw new Stopped('held_back', 'it may not be clicked');
    const until = performance.now() + (this.settings.limits.lastClickMs ?? LAST_CLICK_MS);
    const isLate = () => performance.now() >= until;
    // The page may have moved meanwhile: what is clicked is what was agreed to, as it stands now.
    const { found, at } = await this.agreed(step, isLate);
    await asCaller(async () => this.callbacks.onLastClick?.());
    if (isLate() || this.watch.isOver) throw new Stopped('held_back', 'there was no time left to click');
    this.clicked = true;
    await this.watch.click(at);
    return found;
  }

  /** Where to click, with its checks seen to hold after that was found. */
  private async agreed(step: Step & { do: 'click' }, isLate: () => boolean): Promise<Located> {
    for (;;) {
      await this.acts.assertAll(step.check ?? [], isLate);
      const located = await this.watch.locate(step.target, step, true, isLate);
      if (await this.acts.allRight(step.check ?? [])) return located;
      await located.found.element.dispose().catch(() => undefined);
    }
  }
}

/** After the click a step that does not get on says nothing of the order: a no of the store has to be read on its page. */
function asFarAsKnown(stopped: Stopped): Stopped {
  const isKnown = stopped.isSaid || stopped.type === 'fault' || stopped.type === 'challenge';
  return isKnown ? stopped : new Stopped('unknown_page', stopped.detail);
}
