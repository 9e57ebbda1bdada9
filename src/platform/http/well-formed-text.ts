import type { FieldError } from './domain-error';

const MAX_DEPTH = 20;

/**
 * Finds text that no database column and no other program would take: NUL, lone surrogates, and bodies nested beyond
 * reason. Names are looked at too, `__proto__` among them.
 */
export function illFormedText(value: unknown, pointer = '', depth = 0): FieldError | undefined {
  if (typeof value === 'string')
    return isWellFormed(value) ? undefined : { pointer, detail: 'must be well-formed text without NUL' };
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return { pointer: '', detail: `must not be nested deeper than ${MAX_DEPTH}` };
  for (const [name, member] of Object.entries(value)) {
    if (!isWellFormed(name)) return { pointer, detail: 'has a member whose name is not well-formed text' };
    const found = illFormedText(member, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function isWellFormed(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}
