/** A value as it stands in a form: text, or nested. */
export type Form = string | Form[] | { [name: string]: Form };
export type Fields = Record<string, Form>;

/** The form of a body or of a query: `a[b]=1`, `a[]=1` and `a[0][b]=1` are nested, as Stripe reads them. */
export function readForm(text: string): Fields {
  const fields = emptyFields();
  for (const [name, value] of new URLSearchParams(text)) put(fields, pathOf(name), value);
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, withLists(value)]));
}

/** The same fields in one order, to compare two requests. */
export function canonical(value: Form): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}

function pathOf(name: string): string[] {
  const [head = '', ...rest] = name.split('[');
  return [head, ...rest.map((part) => part.replace(/\]$/, ''))];
}

function put(into: Fields, [head = '', ...rest]: string[], value: string): void {
  const name = head === '' ? String(Object.keys(into).length) : head;
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  const inner = into[name];
  const nested = typeof inner === 'object' && !Array.isArray(inner) ? inner : emptyFields();
  into[name] = nested;
  put(nested, rest, value);
}

/** What is numbered from 0 on is a list. */
function withLists(value: Form): Form {
  if (typeof value === 'string' || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, withLists(inner)] as const);
  const isList = entries.length > 0 && entries.every(([name], place) => name === String(place));
  return isList ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

/** Without a prototype: a field may have any name. */
function emptyFields(): Fields {
  return Object.create(null) as Fields;
}
