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

  /** @param noun as Stripe's messages name it */
  constructor(readonly noun: string) {}

  add(owner: Owner, object: T): T {
    this.rows.set(object.id, { owner, object, addedAt: Date.now() });
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
  }

  clear(): void {
    this.rows.clear();
  }
}
