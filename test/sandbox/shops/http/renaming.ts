import { createHash } from 'node:crypto';

/** Ids, classes and names as a build tool of the shop's would make them anew, and back again when a form comes in. */
export class Renaming {
  private readonly first = new Map<string, string>();

  of(name: string): string {
    const renamed = `x${createHash('sha256').update(name).digest('hex').slice(0, 7)}`;
    this.first.set(renamed, name);
    return renamed;
  }

  /** A field's name as the shop itself knows it. */
  back(name: string): string {
    return this.first.get(name) ?? name;
  }

  /** Every id, class and name in a page, and what refers to them; `all`: test ids too. Hidden fields keep theirs. */
  page(text: string, how: 'ids' | 'all'): string {
    const attributes =
      how === 'all' ? 'id|class|for|name|form|aria-labelledby|data-testid' : 'id|class|for|name|form|aria-labelledby';
    return text.replace(new RegExp(`(<[a-z][^>]*>)`, 'g'), (tag) =>
      /^<(meta|script|iframe)\b/.test(tag) || tag.includes('type="hidden"')
        ? tag
        : tag.replace(new RegExp(` (${attributes})="([^"]+)"`, 'g'), (_, attribute: string, value: string) => {
            const renamed = value.split(' ').map((one) => this.of(one));
            return ` ${attribute}="${renamed.join(' ')}"`;
          }),
    );
  }
}
