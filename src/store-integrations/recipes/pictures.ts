import type { Page } from 'puppeteer-core';
import type { PageElement, PageNode } from './in-page';
import type { FlowInputs } from './flow';
import { valuesOf } from './recipe-template';
import { within } from './page-eyes';

const A_FRAME_MS = 2_000;
/** Shorter ones say nothing of anybody, and would cover half of every page. */
const SHORTEST = 3;

/** Names of what is no secret of the shopper's: what they buy stands on the shop's own pages. */
const OPEN = /^(line\.|lineCount|unitCount|agreedTotal|delivery\.|address\.country|address\.region)/;

/** What of a run's inputs nobody may see in a picture or a copy of the page. */
export function secretsOf(inputs: FlowInputs): string[] {
  return [...valuesOf(inputs)].filter(([name]) => !OPEN.test(name)).map(([, value]) => value);
}

/**
 * What the page looks like, PNG: every field that holds something is covered, every text that holds one of the secrets too.
 * Null where a frame could not be covered or the page gives no picture: then there is none.
 */
export async function maskedPicture(page: Page, secrets: readonly string[]): Promise<Buffer | null> {
  const frames = page.frames();
  const telling = secrets.filter((secret) => secret.length >= SHORTEST);
  try {
    const covered = await Promise.all(frames.map((frame) => within(A_FRAME_MS, frame.evaluate(cover, telling))));
    if (covered.includes(null) && frames.some((frame, place) => covered[place] === null && !frame.detached))
      return null;
    const picture = await within(A_FRAME_MS * 3, page.screenshot({ type: 'png', captureBeyondViewport: false }));
    return picture && Buffer.from(picture);
  } finally {
    await Promise.all(frames.map((frame) => within(A_FRAME_MS, frame.evaluate(uncover))));
  }
}

/** The elements of all frames as they stand, without scripts, what stands in fields and the secrets. */
export async function maskedMarkup(page: Page, secrets: readonly string[]): Promise<string> {
  const telling = secrets.filter((secret) => secret.length >= SHORTEST);
  const parts = await Promise.all(page.frames().map((frame) => within(A_FRAME_MS, frame.evaluate(markup, telling))));
  return parts.filter((part) => part !== null).join('\n<!-- frame -->\n');
}

// What follows runs in the page.

interface CoveredDocument extends PageNode {
  documentElement: PageElement & { appendChild(node: unknown): void };
  body: PageElement;
  createElement(name: string): PageElement & {
    style: { cssText: string };
    appendChild(node: unknown): void;
    setAttribute(name: string, value: string): void;
    showPopover?(): void;
    remove(): void;
  };
  createRange(): {
    setStart(node: PageNode, at: number): void;
    setEnd(node: PageNode, at: number): void;
    getClientRects(): Iterable<{ left: number; top: number; width: number; height: number }>;
  };
  querySelectorAll(selector: string): Iterable<{ remove(): void }>;
}

function cover(secrets: string[]): number {
  const { document } = globalThis as unknown as { document: CoveredDocument };
  const sheet = document.createElement('div');
  sheet.setAttribute('data-muse-cover', '');
  sheet.style.cssText =
    'all:initial;position:fixed;inset:0;width:auto;height:auto;border:0;padding:0;margin:0;background:none;pointer-events:none;z-index:2147483647';
  let count = 0;
  const put = ({ left, top, width, height }: { left: number; top: number; width: number; height: number }) => {
    const patch = document.createElement('div');
    patch.style.cssText = `all:initial;position:fixed;background:#444;left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
    sheet.appendChild(patch);
    count += 1;
  };
  const plain = (text: string) => text.replace(/\s+/g, ' ').toLowerCase();
  const wanted = secrets.map(plain);
  const visit = (node: PageNode) => {
    if (node.nodeType === 3) {
      const text = plain(node.textContent ?? '');
      if (!wanted.some((secret) => text.includes(secret))) return;
      const range = document.createRange();
      range.setStart(node, 0);
      range.setEnd(node, (node.textContent ?? '').length);
      for (const rect of range.getClientRects()) put(rect);
      return;
    }
    const element = node as PageElement;
    if (['script', 'style', 'template', 'noscript'].includes(element.localName)) return;
    const isField = element.localName === 'input' || element.localName === 'textarea' || element.localName === 'select';
    const isButton = /^(button|submit|reset|image|checkbox|radio)$/.test(element.type ?? '');
    if (isField && !isButton && element.value !== '') put(element.getBoundingClientRect());
    if (element.shadowRoot) visit(element.shadowRoot);
    for (const child of node.childNodes) visit(child);
  };
  visit(document.body);
  // Above dialogs, which lie above everything else.
  sheet.setAttribute('popover', 'manual');
  document.documentElement.appendChild(sheet);
  sheet.showPopover?.();
  return count;
}

function uncover(): void {
  const { document } = globalThis as unknown as { document: CoveredDocument };
  for (const sheet of document.querySelectorAll('[data-muse-cover]')) sheet.remove();
}

function markup(secrets: string[]): string {
  const { document } = globalThis as unknown as { document: CoveredDocument };
  const plain = (text: string) => text.replace(/\s+/g, ' ').toLowerCase();
  const wanted = secrets.map(plain);
  const clean = (text: string) => (wanted.some((secret) => plain(decoded(text)).includes(secret)) ? '***' : text);
  const decoded = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  const KEPT = new Set([
    'id',
    'name',
    'class',
    'type',
    'role',
    'for',
    'autocomplete',
    'placeholder',
    'href',
    'title',
    'alt',
    'disabled',
    'hidden',
    'required',
    'action',
    'method',
    'slot',
    'label',
  ]);
  let left = 20_000;
  const write = (node: PageNode, depth: number): string => {
    if (left <= 0 || depth > 200) return '';
    left -= 1;
    if (node.nodeType === 3) {
      const text = (node.textContent ?? '').replace(/\s+/g, ' ');
      return clean(text).replaceAll('<', '&lt;');
    }
    if (node.nodeType !== 1) return '';
    const element = node as PageElement & { attributes: Iterable<{ name: string; value: string }> };
    const name = element.localName;
    if (['script', 'style', 'template', 'noscript', 'svg'].includes(name)) return '';
    const attributes = [...element.attributes]
      .filter((one) => KEPT.has(one.name) || one.name.startsWith('aria-') || /^data-(test|qa|cy)/.test(one.name))
      // An address of a page may carry anything behind its path.
      .map(
        (one) =>
          ` ${one.name}="${clean(one.name === 'href' || one.name === 'action' ? one.value.split(/[?#]/)[0]! : one.value).replaceAll('"', '&quot;')}"`,
      );
    const shadow = element.shadowRoot
      ? `<!-- shadow -->${[...element.shadowRoot.childNodes].map((one) => write(one, depth + 1)).join('')}<!-- /shadow -->`
      : '';
    const inner = name === 'textarea' ? '' : [...element.childNodes].map((one) => write(one, depth + 1)).join('');
    return `<${name}${attributes.join('')}>${shadow}${inner}</${name}>`;
  };
  return write(document.documentElement, 0);
}
