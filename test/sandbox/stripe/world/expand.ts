import { invalid } from '../http/failure';
import type { World } from './world';

/** Where an id of this beginning is found. */
const TABLES = {
  cus: 'customers',
  pm: 'paymentMethods',
  seti: 'setupIntents',
  pi: 'paymentIntents',
  ch: 'charges',
  py: 'charges',
  re: 'refunds',
  acct: 'accounts',
  tr: 'transfers',
  trr: 'reversals',
  po: 'payouts',
  txn: 'balanceTransactions',
} as const;

/**
 * Copies an answer, with the ids at these paths replaced by their objects. See https://docs.stripe.com/api/expanding_objects
 * @param strict refuse a path that the object does not have; not where something has happened already
 */
export function expanded<T>(world: World, answer: T, paths: string[], strict: boolean): T {
  const copy = structuredClone(answer);
  for (const path of paths) expandAt(world, copy, path.split('.'), strict ? path : null);
  return copy;
}

function expandAt(world: World, at: unknown, [name, ...rest]: string[], refused: string | null): void {
  if (Array.isArray(at)) {
    for (const item of at) expandAt(world, item, name === undefined ? [] : [name, ...rest], refused);
    return;
  }
  if (name === undefined || typeof at !== 'object' || at === null) return;
  const record = at as Record<string, unknown>;
  if (!Object.hasOwn(record, name)) {
    if (refused === null) return;
    throw invalid(`This property cannot be expanded (${refused}).`, { param: 'expand' });
  }
  const value = record[name];
  if (typeof value === 'string') record[name] = objectOf(world, value) ?? value;
  if (rest.length > 0) expandAt(world, record[name], rest, refused);
}

function objectOf(world: World, id: string): object | undefined {
  const prefix = id.slice(0, id.indexOf('_'));
  if (!Object.hasOwn(TABLES, prefix)) return undefined;
  const found = world.tables[TABLES[prefix as keyof typeof TABLES]].anywhere(id)?.object;
  return found && structuredClone(found);
}
