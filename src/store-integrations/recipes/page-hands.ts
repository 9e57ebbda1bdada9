import type { ElementHandle, Frame, KeyInput, Page } from 'puppeteer-core';
import type { ElementState, PageElement } from './in-page';
import { within, type Found, type PageEyes } from './page-eyes';

const A_MOVE_MS = 5_000;

/** Where an element was clicked from: none, when it could not be. */
export type Ready = { x: number; y: number } | { why: 'gone' | 'disabled' | 'covered' | 'moving' };

/** Does to a page what a hand would: with trusted events, once each. */
export class PageHands {
  constructor(
    private readonly page: Page,
    private readonly eyes: PageEyes,
  ) {}

  /** Scrolled to, usable, still, and nothing over it: where to click it. */
  async ready(found: Found, needsEnabled = true): Promise<Ready> {
    const { element, frame } = found;
    const before = await this.eyes.state(found);
    if (!before?.connected) return { why: 'gone' };
    if (needsEnabled && !before.enabled) return { why: 'disabled' };
    await within(A_MOVE_MS, element.evaluate(scrollTo));
    const first = await this.eyes.state(found);
    await within(A_MOVE_MS, frame.evaluate(nextFrame));
    const second = await this.eyes.state(found);
    if (!first || !second?.connected) return { why: 'gone' };
    if (Math.abs(first.x - second.x) > 1 || Math.abs(first.y - second.y) > 1) return { why: 'moving' };
    if (!second.open) return { why: 'covered' };
    return (await this.onPage(frame, second)) ?? { why: 'covered' };
  }

  /** In the coordinates of the whole page; null where something outside its frame lies over it. */
  private async onPage(frame: Frame, { x, y }: ElementState): Promise<{ x: number; y: number } | null> {
    let [left, top] = [x, y];
    for (let inner: Frame | null = frame; inner?.parentFrame(); inner = inner.parentFrame()) {
      const owner = await within(A_MOVE_MS, inner.frameElement());
      const at = owner && (await within(A_MOVE_MS, owner.evaluate(inFrame, left, top)));
      await owner?.dispose().catch(() => undefined);
      if (!at?.open) return null;
      [left, top] = [at.x, at.y];
    }
    return { x: left, y: top };
  }

  click({ x, y }: { x: number; y: number }): Promise<void> {
    return this.page.mouse.click(x, y);
  }

  /** Replaces what stands in a field. `typed`: key by key. */
  async fill({ element }: Found, value: string, typed: boolean): Promise<void> {
    await element.focus();
    await element.evaluate(selectAll);
    await this.page.keyboard.press('Backspace');
    if (typed) await this.page.keyboard.type(value);
    else await this.page.keyboard.sendCharacter(value);
  }

  /** For fields that take no keys: a date, a range. */
  async set({ element }: Found, value: string): Promise<void> {
    await element.evaluate(setValue, value);
  }

  async select({ element }: Found, value: string): Promise<void> {
    await (element as ElementHandle<never>).select(value);
  }

  async press({ element }: Found, key: KeyInput): Promise<void> {
    await element.focus();
    await this.page.keyboard.press(key);
  }
}

// What follows runs in the page.

function scrollTo(element: unknown): void {
  (element as PageElement).scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
}

function nextFrame(): Promise<void> {
  const { requestAnimationFrame } = globalThis as unknown as { requestAnimationFrame(run: () => void): void };
  return new Promise((resolve) => {
    // A page that is not painted answers no animation frame.
    setTimeout(resolve, 200);
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });
}

/** Where a point of a frame is in the document that holds the frame, and whether the frame is what lies there. */
function inFrame(given: unknown, x: number, y: number): { x: number; y: number; open: boolean } {
  const owner = given as PageElement & { clientLeft: number; clientTop: number };
  const { left, top } = owner.getBoundingClientRect();
  const at = { x: left + owner.clientLeft + x, y: top + owner.clientTop + y };
  return { ...at, open: owner.getRootNode().elementFromPoint(at.x, at.y) === owner };
}

function selectAll(given: unknown): void {
  const element = given as { select?(): void; ownerDocument: { execCommand(name: string): void } };
  if (element.select) element.select();
  else element.ownerDocument.execCommand('selectAll');
}

function setValue(given: unknown, value: string): void {
  const field = given as PageElement & { dispatchEvent(event: unknown): void };
  const { value: property } = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(field) as { value: string });
  // Past what a framework may have put over it, which would take the change for its own.
  property.set?.call(field, value);
  for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, { bubbles: true }));
}
