import type Stripe from 'stripe';
import { invalid } from '../http/failure';

const CLAUSE = /^(-?)(?:metadata\[(['"])(.+?)\2\]|([a-z_.]+))\s*(:|~|>=|<=|>|<)\s*(?:(['"])(.*?)\6|(-?\d+|null))$/;

/**
 * One page of what a query finds. See https://docs.stripe.com/search: fields and metadata, =, ~ (a part of), numbers
 * compared, `-` for not, and either AND or OR.
 */
export function search<T extends { id: string; metadata?: Stripe.Metadata | null }>(
  url: string,
  objects: T[],
  { query, limit = 10, page }: { query: string; limit?: number; page?: string },
): Stripe.ApiSearchResult<T> {
  const [and, or] = [query.split(/\s+AND\s+/i), query.split(/\s+OR\s+/i)];
  if (and.length > 1 && or.length > 1) throw invalid('AND and OR cannot be combined.', { param: 'query' });
  const clauses = (or.length > 1 ? or : and).map((part) => clauseOf(part.trim()));
  const found = objects.filter((object) =>
    or.length > 1 ? clauses.some((holds) => holds(object)) : clauses.every((holds) => holds(object)),
  );
  const start = page === undefined ? 0 : Number(page);
  const next = start + limit < found.length ? String(start + limit) : null;
  return {
    ...{ object: 'search_result', url, total_count: found.length },
    ...{ data: found.slice(start, start + limit), has_more: next !== null, next_page: next },
  };
}

function clauseOf(part: string): (object: object) => boolean {
  const match = CLAUSE.exec(part);
  if (!match) throw invalid(`The query could not be read: ${part}`, { param: 'query' });
  const [, not, , key, field = '', operator, , quoted, bare] = match;
  const wanted = quoted ?? bare ?? '';
  return (object) => {
    const record = object as Record<string, unknown>;
    const value = key === undefined ? record[field] : (record['metadata'] as Record<string, unknown> | null)?.[key];
    return (not === '') === compare(value, operator ?? ':', wanted);
  };
}

function compare(value: unknown, operator: string, wanted: string): boolean {
  if (wanted === 'null') return value == null;
  if (typeof value !== 'string' && typeof value !== 'number') return false;
  if (operator === ':') return String(value) === wanted;
  if (operator === '~') return String(value).includes(wanted);
  const [left, right] = [Number(value), Number(wanted)];
  if (operator === '>') return left > right;
  if (operator === '<') return left < right;
  return operator === '>=' ? left >= right : left <= right;
}
