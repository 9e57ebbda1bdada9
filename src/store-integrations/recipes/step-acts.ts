import type { Frame, Page } from 'puppeteer-core';
import { isUrl } from '../../platform/http-client';
import { targetWith, type Found, type PageEyes } from './page-eyes';
import type { PageHands } from './page-hands';
import { LOOK_EVERY_MS, SLOWEST_ANSWER_MS, type PageWatch, type Watched } from './page-watch';
import { UNREADABLE } from './read-value';
import type { Check, ListReading, Reading, Reads, Recipe, Step, Target } from './recipe';
import { hostsOf } from './recipe-rules';
import { PASSWORD, filled, filledUrl, namesIn } from './recipe-template';
import type { RunClock } from './run-clock';
import { holds } from './states';
import { Stopped } from './stopped';

/** What is not true by then will not be: a total that settles settles within it. */
const CHECK_MS = 3_000;
const STEP_MS = 10_000;

/** Does one step at a time, all but the last click, and looks at what has to be true after it. Throws Stopped. */
export class StepActs {
  /** What was read so far. */
  read: Reads = {};
  private readonly page: Page;
  private readonly recipe: Recipe;
  private readonly eyes: PageEyes;
  private readonly hands: PageHands;
  private readonly clock: RunClock;
  private readonly ownHosts: readonly string[];

  constructor(
    watched: Watched,
    private readonly watch: PageWatch,
    /** A step within another. */
    private readonly inner: (step: Step) => Promise<void>,
  ) {
    ({ page: this.page, recipe: this.recipe, eyes: this.eyes, hands: this.hands, clock: this.clock } = watched);
    this.ownHosts = watched.ownHosts;
  }

  async act(step: Step): Promise<Found | null> {
    switch (step.do) {
      case 'goto':
        await this.goto(step.url);
        return null;
      case 'click': {
        const { found, at } = await this.watch.locate(step.target, step, true);
        await this.watch.click(at);
        if (step.repeatable) await this.clickAgain(step);
        return found;
      }
      case 'fill':
        return this.fill(
          step,
          filled(step.value, this.watch.values),
          step.typed,
          namesIn(step.value).includes(PASSWORD),
        );
      case 'clear':
        return this.fill(step, '');
      case 'select':
        return this.select(step);
      case 'check': {
        const { found, at } = await this.watch.locate(step.target, step, true);
        const state = await this.eyes.state(found);
        if (state && state.checked !== step.on) await this.watch.click(at);
        await this.watch.until(
          step.timeoutMs,
          async () => (await this.eyes.state(found))?.checked === step.on,
          () => {
            throw new Stopped(step.otherwise ?? 'unknown_page', 'it did not take its tick');
          },
        );
        return found;
      }
      case 'press': {
        const { found } = await this.watch.locate(step.target, step, true);
        await this.watch.press(found, step.key);
        return found;
      }
      case 'read':
        await this.readAll(step);
        return null;
      case 'repeat':
        for (let times = 0; await this.watch.isTrue(step.while); times += 1) {
          if (times === step.atMost) throw new Stopped(step.otherwise ?? 'unknown_page', 'it did not come to an end');
          for (const inner of step.steps)
            if (!inner.when || (await this.watch.isTrue(inner.when))) {
              this.watch.at = { ...this.watch.at, step: inner.step };
              await this.inner(inner);
            }
        }
        return null;
      default:
        await this.watch.tick();
        return null;
    }
  }

  /** Whether the states came within the first part of its time; otherwise it is clicked a second and last time. */
  private async clickAgain(step: Step & { do: 'click' }): Promise<void> {
    const states = step.waitFor ?? [];
    const by = this.clock.now() + (step.timeoutMs ?? STEP_MS) / 3;
    while (this.clock.now() < by) {
      const sight = await this.watch.tick(states);
      if (states.every((state) => holds(this.watch.withValues(state), sight))) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    const found = await this.eyes.find(targetWith(step.target, this.watch.values));
    const at = found && (await this.hands.ready(found));
    if (at && 'x' in at) await this.watch.click(at);
    await found?.element.dispose().catch(() => undefined);
  }

  /** A page that fails is asked for once more: asking changes nothing. */
  private async goto(template: string): Promise<void> {
    const url = filledUrl(template, this.watch.values, this.recipe.origin);
    if (!url || !this.isOwn(url)) throw new Stopped('fault', 'its address is not one of the store');
    for (let tries = 1; ; tries += 1) {
      this.watch.serverError = null;
      const timeout = Math.max(1, Math.min(SLOWEST_ANSWER_MS, this.clock.left()));
      const fault = await this.page.goto(url.href, { waitUntil: 'domcontentloaded', timeout }).then(
        () => (this.watch.serverError === null ? null : `the store answered ${this.watch.serverError}`),
        (error: Error) => /net::ERR_[A-Z_]+/.exec(error.message)?.[0] ?? 'the page did not come',
      );
      if (fault === null || fault === 'net::ERR_ABORTED') return;
      if (tries === 2 || this.watch.isGone) throw new Stopped('fault', fault);
    }
  }

  private isOwn(url: URL): boolean {
    if (url.protocol !== 'https:' && url.protocol !== new URL(this.recipe.origin).protocol) return false;
    return url.username === '' && url.password === '' && hostsOf(this.recipe).includes(url.host);
  }

  private isAtStore(frame: Frame): boolean {
    return isUrl(frame.url()) && this.ownHosts.includes(new URL(frame.url()).host);
  }

  private async fill(
    step: Step & { target: Target },
    value: string | null,
    typed = false,
    isPassword = false,
  ): Promise<Found> {
    if (value === null) throw new Stopped('fault', 'what it fills in was not given');
    const { found } = await this.watch.locate(step.target, step, true);
    if (isPassword && !this.isAtStore(found.frame)) throw new Stopped('fault', 'a password is for the store alone');
    const plain = (text: string | null | undefined) => (text ?? '').replace(/[^\p{L}\p{N}@]/gu, '').toLowerCase();
    const isTaken = async () => plain((await this.eyes.state(found))?.value) === plain(value);
    await this.hands.fill(found, value, typed);
    // A field that writes for itself while it is filled may want its keys one by one; a date wants none.
    if (!typed && !(await isTaken())) await this.hands.fill(found, value, true);
    if (!(await isTaken())) await this.hands.set(found, value);
    if (!(await isTaken())) throw new Stopped(step.otherwise ?? 'unknown_page', 'the field did not take its value');
    return found;
  }

  private async select(step: Step & { do: 'select' }): Promise<Found> {
    const wanted = step.options.flatMap((option) => filled(option, this.watch.values) ?? []);
    if (wanted.length === 0) throw new Stopped('fault', 'what it selects was not given');
    const { found } = await this.watch.locate(step.target, step, true);
    const plain = (text: string) => text.replace(/\s+/g, ' ').trim().toLowerCase();
    let value: string | null = null;
    await this.watch.until(
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
      await this.watch.until(
        step.timeoutMs,
        async () => {
          await this.watch.tick();
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
    if (!('as' in reading)) return this.eyes.readAll({ ...reading, each: targetWith(reading.each, this.watch.values) });
    return this.eyes.read({ ...reading, from: targetWith(reading.from, this.watch.values) });
  }

  async assertAll(checks: Check[], isLate?: () => boolean): Promise<void> {
    for (const [place, check] of checks.entries())
      await this.watch.until(
        CHECK_MS,
        async () => {
          await this.watch.tick();
          return this.isRight(check);
        },
        () => {
          throw new Stopped(check.otherwise ?? 'unknown_page', `check ${place} does not hold`);
        },
        isLate,
      );
  }

  /** At this moment, without waiting. */
  async allRight(checks: Check[]): Promise<boolean> {
    for (const check of checks) if (!(await this.isRight(check))) return false;
    return true;
  }

  private async isRight(check: Check): Promise<boolean> {
    if ('state' in check) return this.watch.isTrue(check.state);
    if ('count' in check) {
      const wanted = filled(check.is, this.watch.values);
      return wanted !== null && (await this.eyes.count(targetWith(check.count, this.watch.values))) === Number(wanted);
    }
    const value = await this.valueOf(check.reading);
    if (value === UNREADABLE || value === null) return false;
    const plain = (text: unknown) => String(text).replace(/\s+/g, ' ').trim().toLowerCase();
    if ('atMost' in check) {
      const most = filled(check.atMost, this.watch.values);
      return most !== null && typeof value === 'number' && value <= Number(most);
    }
    const wanted = filled('is' in check ? check.is : check.contains, this.watch.values);
    if (wanted === null) return false;
    return 'is' in check ? plain(value) === plain(wanted) : plain(value).includes(plain(wanted));
  }
}
