import type { Owner } from '../http/endpoint';
import { missing } from '../http/failure';

interface Row<T> {
  owner: Owner;
  object: T;
  addedAt: number;
}

/** The objects of one resource, of all accounts. Relations in them are ids; what is expanded is so in the answer only. */
export class Table<T extends { id: string }> {
  private readonly rows = new Map<string, Row<T>>();
  private readonly indexes = new Map<keyof T, Map<unknown, Row<T>[]>>();

  /** @param noun as Stripe's messages name it */
  constructor(readonly noun: string) {}

  add(owner: Owner, object: T): T {
    const row = { owner, object, addedAt: Date.now() };
    this.rows.set(object.id, row);
    for (const [field, index] of this.indexes) enter(index, field, row);
    return object;
  }

  find(owner: Owner, id: string): T | undefined {
    const row = this.rows.get(id);
    return row?.owner === owner ? row.object : undefined;
  }

  /** Of any account: for the double's own bookkeeping and controls. */
  anywhere(id: string): Row<T> | undefined {
    return this.rows.get(id);
  }

  /** @throws resource_missing */
  get(owner: Owner, id: string, param = 'id'): T {
    const found = this.find(owner, id);
    if (!found) throw missing(this.noun, id, param);
    return found;
  }

  /** Newest first. */
  list(owner: Owner, matches: (object: T) => boolean = () => true): T[] {
    const found: T[] = [];
    for (const row of this.rows.values()) if (row.owner === owner && matches(row.object)) found.push(row.object);
    return found.reverse();
  }

  /** Newest first, those that have these values in fields that never change; undefined is any. */
  with(owner: Owner, values: { [K in keyof T]?: string }): T[] {
    const wanted = Object.entries(values).filter(([, value]) => value !== undefined) as [keyof T, string][];
    const [first] = wanted;
    const rows = first ? (this.indexOf(first[0]).get(first[1]) ?? []) : [...this.rows.values()];
    const found = rows.filter(
      (row) => row.owner === owner && wanted.every(([name, value]) => row.object[name] === value),
    );
    return found.map(({ object }) => object).reverse();
  }

  /** Newest first, those that the search already knows: it lags behind. */
  searchable(owner: Owner, lagMs: number): T[] {
    const until = Date.now() - lagMs;
    return this.list(owner, ({ id }) => (this.rows.get(id)?.addedAt ?? 0) <= until);
  }

  all(): Row<T>[] {
    return [...this.rows.values()];
  }

  delete(id: string): void {
    this.rows.delete(id);
    this.indexes.clear();
  }

  clear(): void {
    this.rows.clear();
    this.indexes.clear();
  }

  private indexOf(field: keyof T): Map<unknown, Row<T>[]> {
    const known = this.indexes.get(field);
    if (known) return known;
    const index = new Map<unknown, Row<T>[]>();
    for (const row of this.rows.values()) enter(index, field, row);
    this.indexes.set(field, index);
    return index;
  }
}

function enter<T>(index: Map<unknown, Row<T>[]>, field: keyof T, row: Row<T>): void {
  const value = row.object[field];
  const rows = index.get(value);
  if (rows) rows.push(row);
  else index.set(value, [row]);
}
