import { isUrl } from '../../platform/http-client';
import type { FlowInputs, FlowLine } from './flow';

/** What templates may name. `line.*` only in the sections that run once a line. */
export const TEMPLATE_NAMES = [
  ...['credentials.username', 'credentials.password', 'contact.email', 'contact.phone'],
  ...['address.name', 'address.firstName', 'address.lastName', 'address.line1', 'address.line2', 'address.city'],
  ...['address.region', 'address.postalCode', 'address.country', 'address.countryName', 'address.phone'],
  ...['line.url', 'line.name', 'line.sku', 'line.size', 'line.color', 'line.quantity', 'line.unitPrice'],
  ...['lineCount', 'unitCount', 'agreedTotal', 'delivery.name', 'instrument.name', 'order.number', 'order.url'],
];
export const LINE_NAMES: readonly string[] = TEMPLATE_NAMES.filter((name) => name.startsWith('line.'));

/** Filled in on the store's own hosts only, and never part of an address. */
export const PASSWORD = 'credentials.password';

const NAME = /\{([A-Za-z0-9.]+)\}/g;

/** The names that a template holds. */
export function namesIn(template: string): string[] {
  return [...template.matchAll(NAME)].map(([, name]) => name!);
}

/** By name, what a run fills in; amounts as whole minor units. Names that were not given are missing. */
export type Values = ReadonlyMap<string, string>;

export function valuesOf(inputs: FlowInputs, line?: FlowLine): Values {
  const { credentials, contact, address, lines, delivery, instrument, order, agreedTotalCents } = inputs;
  const values = new Map<string, string>();
  const put = (name: string, value: string | number | null | undefined) => {
    if (value !== null && value !== undefined && value !== '') values.set(name, String(value));
  };
  const putAll = (prefix: string, of: object | undefined) => {
    for (const [name, value] of Object.entries(of ?? {})) put(`${prefix}.${name}`, value as string | null);
  };
  putAll('credentials', credentials);
  putAll('contact', contact);
  putAll('address', address);
  putAll('delivery', delivery);
  putAll('instrument', instrument);
  putAll('order', order);
  if (address) {
    const [first, ...others] = address.name.trim().split(/\s+/);
    put('address.firstName', first);
    // A shop that asks for two names is given one twice rather than none.
    put('address.lastName', others.length > 0 ? others.join(' ') : first);
    put('address.countryName', countryName(address.country));
  }
  put('agreedTotal', agreedTotalCents);
  if (lines) {
    put('lineCount', lines.length);
    put(
      'unitCount',
      lines.reduce((units, { quantity }) => units + quantity, 0),
    );
  }
  if (line) {
    const { unitPriceCents, ...others } = line;
    putAll('line', others);
    put('line.unitPrice', unitPriceCents);
  }
  return values;
}

function countryName(country: string): string | undefined {
  return /^[A-Z]{2}$/.test(country) ? new Intl.DisplayNames(['en'], { type: 'region' }).of(country) : undefined;
}

/** Null where it names something that was not given. */
export function filled(template: string, values: Values): string | null {
  if (namesIn(template).some((name) => !values.has(name))) return null;
  return template.replaceAll(NAME, (_, name: string) => values.get(name)!);
}

/**
 * The address that a template of one comes to, below `origin` where it begins with a slash. What is filled in cannot lead
 * elsewhere than the recipe meant, but for `{line.url}` and `{order.url}` alone: whoever opens it looks at its host.
 */
export function filledUrl(template: string, values: Values, origin: string): URL | null {
  const isWhole = /^\{[A-Za-z0-9.]+\}$/.test(template);
  const escaped = isWhole
    ? filled(template, values)
    : filled(template, new Map([...values].map(([name, value]) => [name, encodeURIComponent(value)])));
  if (escaped === null || !isUrl(escaped, origin)) return null;
  return new URL(escaped, origin);
}
