import { DomUtils, parseDocument } from 'htmlparser2';
import type { Element } from 'domhandler';

/** A thing of schema.org, however it was written. */
export interface Thing {
  type: string;
  by: 'json_ld' | 'microdata';
  of: Record<string, Value[]>;
}
export type Value = string | Thing;

const MOST_HTML = 1_500_000;
const MOST_THINGS = 400;
const MOST_DEPTH = 8;

/** Orders, parcels and what belongs to them, as far as a mail's HTML says them to machines. */
export function thingsIn(html: string): Thing[] {
  if (!/ld\+json|itemscope/i.test(html)) return [];
  const document = parseDocument(html.slice(0, MOST_HTML));
  const scripts = DomUtils.findAll(
    ({ name, attribs }) => name === 'script' && /ld\+json/i.test(attribs.type ?? ''),
    document.children,
  );
  const budget = { left: MOST_THINGS };
  const written = scripts.slice(0, 20).flatMap((script) => fromJson(parsed(DomUtils.textContent(script)), budget));
  const scopes = DomUtils.findAll(
    ({ attribs }) => 'itemscope' in attribs && !('itemprop' in attribs),
    document.children,
  );
  return [...written, ...scopes.slice(0, 50).flatMap((scope) => fromScope(scope, 0, budget) ?? [])];
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json.trim().replace(/^<!--|-->$|^\/\*.*?\*\/|;$/g, ''));
  } catch {
    return null;
  }
}

function fromJson(value: unknown, budget: { left: number }, depth = 0): Thing[] {
  if (depth > MOST_DEPTH || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.slice(0, 100).flatMap((one) => fromJson(one, budget, depth + 1));
  const node = value as Record<string, unknown>;
  const graph = '@graph' in node ? fromJson(node['@graph'], budget, depth + 1) : [];
  if (budget.left-- <= 0) return graph;
  const of: Thing['of'] = {};
  for (const [key, member] of Object.entries(node).slice(0, 60)) {
    if (key.startsWith('@')) continue;
    const values = (Array.isArray(member) ? member.slice(0, 100) : [member]).flatMap((one): Value[] =>
      typeof one === 'object' ? fromJson(one, budget, depth + 1) : one === undefined ? [] : [String(one).slice(0, 500)],
    );
    if (values.length > 0) of[key] = values;
  }
  const type = [node['@type']].flat().find((one) => typeof one === 'string');
  return [...graph, { type: bare(type ?? ''), by: 'json_ld', of }];
}

function fromScope(element: Element, depth: number, budget: { left: number }): Thing | null {
  if (depth > MOST_DEPTH || budget.left-- <= 0) return null;
  const of: Thing['of'] = {};
  const walk = (children: Element[], level: number): void => {
    for (const child of children) {
      const names = (child.attribs.itemprop ?? '').split(/\s+/).filter(Boolean);
      const isScope = 'itemscope' in child.attribs;
      const value = names.length === 0 ? null : isScope ? fromScope(child, depth + 1, budget) : valueOf(child);
      for (const name of names) if (value !== null) (of[name] ??= []).push(value);
      if (!isScope && level < 60) walk(elements(child), level + 1);
    }
  };
  walk(elements(element), 0);
  return { type: bare(element.attribs.itemtype ?? ''), by: 'microdata', of };
}

function elements(element: Element): Element[] {
  return DomUtils.getChildren(element)
    .filter((child): child is Element => 'attribs' in child)
    .slice(0, 2_000);
}

function valueOf({ attribs, name, ...rest }: Element): string {
  const attribute =
    attribs.content ??
    attribs.datetime ??
    (name === 'link' || name === 'a' ? attribs.href : undefined) ??
    attribs.value;
  return (attribute ?? DomUtils.textContent({ attribs, name, ...rest } as Element))
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 500);
}

/** http://schema.org/OrderInTransit → OrderInTransit */
export function bare(name: string): string {
  return name.replace(/^https?:\/\/(?:www\.)?schema\.org\//i, '').replace(/^.*[/#]/, '');
}
