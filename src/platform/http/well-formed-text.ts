import type { FieldError } from './domain-error';

const MAX_DEPTH = 20;
/** More than the largest documented body (a product with 100 variants) has; validating grows with the square of it. */
const MAX_VALUES = 5_000;
const MAX_MEMBERS = 200;
/** Controls but tab and line ends, and what turns the direction of the text around it: of no use but to deceive. */
// eslint-disable-next-line no-control-regex
const UNWANTED = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u202A-\u202E\u2066-\u2069]/;

/**
 * Finds what no column, no other program and no validator would take: NUL and other controls, lone surrogates, and bodies
 * nested or filled beyond reason. Names are looked at too, `__proto__` among them.
 */
export function illFormedText(value: unknown): FieldError | undefined {
  return look(value, '', 0, { left: MAX_VALUES });
}

function look(value: unknown, pointer: string, depth: number, budget: { left: number }): FieldError | undefined {
  if (--budget.left < 0) return { pointer: '', detail: `must not hold more than ${MAX_VALUES} values` };
  if (typeof value === 'string') {
    return isWellFormed(value) ? undefined : { pointer, detail: 'must be well-formed text without control characters' };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return { pointer: '', detail: `must not be nested deeper than ${MAX_DEPTH}` };
  const names = Object.keys(value);
  if (!Array.isArray(value) && names.length > MAX_MEMBERS) {
    return { pointer, detail: `must not have more than ${MAX_MEMBERS} members` };
  }
  for (const name of names) {
    if (!isWellFormed(name)) return { pointer, detail: 'has a member whose name is not well-formed text' };
    const member = (value as Record<string, unknown>)[name];
    const found = look(member, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1, budget);
    if (found) return found;
  }
  return undefined;
}

function isWellFormed(text: string): boolean {
  return !UNWANTED.test(text) && text.isWellFormed();
}
