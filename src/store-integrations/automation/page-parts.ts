import type { Page } from 'puppeteer-core';
import type { PageElement, PageNode } from '../recipes/in-page';

/** More than any checkout page has. */
const MOST_PARTS = 400;
/** So much more than before, of what was there, is another page. */
const MUCH = 0.2;

/**
 * Of which parts a page consists: fields, buttons, forms and headings by kind, name, autocomplete and test id. No text, no value
 * and no number, so that it says nothing of whoever is signed in and is the same tomorrow.
 */
export async function partsOf(page: Page): Promise<string[]> {
  const parts = await Promise.all(
    page.frames().map((frame) => frame.evaluate(partsInPage, MOST_PARTS).catch((): string[] => [])),
  );
  return [...new Set(parts.flat())].sort().slice(0, MOST_PARTS);
}

export interface PageChange {
  appeared: string[];
  vanished: string[];
}

/** Null: still the page that it was. Something more here and there is no change, something less always is. */
export function changeOf(before: readonly string[], now: readonly string[]): PageChange | null {
  const [old, present] = [new Set(before), new Set(now)];
  const appeared = now.filter((part) => !old.has(part));
  const vanished = before.filter((part) => !present.has(part));
  return vanished.length > 0 || appeared.length > before.length * MUCH ? { appeared, vanished } : null;
}

// Runs in the page.
function partsInPage(most: number): string[] {
  const { document } = globalThis as unknown as { document: { documentElement: PageElement } };
  const KINDS = ['form', 'input', 'select', 'textarea', 'button', 'iframe', 'h1'];
  const parts = new Set<string>();
  const visit = (node: PageNode): void => {
    if (parts.size >= most) return;
    const element = node as PageElement;
    if (node.nodeType === 1) {
      const of = (name: string) => element.getAttribute(name)?.slice(0, 60).replaceAll(/\d+/g, '0') ?? '';
      const testId = of('data-testid') || of('data-test') || of('data-qa');
      if (KINDS.includes(element.localName) || testId !== '')
        parts.add([element.localName, of('type'), of('name'), of('autocomplete'), testId].join('|'));
      if (element.shadowRoot) visit(element.shadowRoot);
    }
    for (const child of node.childNodes) visit(child);
  };
  visit(document.documentElement);
  return [...parts];
}
