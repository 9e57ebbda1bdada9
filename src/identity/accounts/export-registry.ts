import { Injectable } from '@nestjs/common';
import type { ExportSection } from './export-sections';
import { TablesTold, type Tables } from './tables';

/** Whose data is exported: the user, and the guests that they were before they signed in. */
export interface Exported {
  userId: string;
  guestIds: readonly string[];
  /** All of them. */
  shopperIds: readonly string[];
}

/** What a module holds of a user, as one section of the export. */
export interface ExportPart<T extends object> {
  section: ExportSection<T>;
  /** Every table that it reads and that holds shoppers' ids; a text where one is left out, to say why. */
  tables: Tables;
  /**
   * Gives its items in the clear, some at a time (see inPages): no transaction is open while the client takes them in, and
   * nobody knows how many there are. Of credentials: that there are any, and dates; never a secret or what is made of one.
   */
  read: (of: Exported) => AsyncIterable<T> | Promise<Iterable<T>>;
}

/** Modules above register what they hold of a user. Anything that is held and not registered fails a test. */
@Injectable()
export class ExportRegistry {
  private readonly parts = new Map<string, ExportPart<object>>();
  private readonly told = new TablesTold();

  register<T extends object>(part: ExportPart<T>): void {
    const { name } = part.section;
    if (this.parts.has(name)) throw new Error(`Two export parts are named ${name}`);
    this.parts.set(name, part);
    this.told.add(name, part.tables);
  }

  /** Tables that no section tells of, and why. */
  leaveOut(name: string, tables: Record<string, string>): void {
    this.told.add(name, tables);
  }

  /** In the order of registration: of modules from the ground up. */
  all(): Iterable<ExportPart<object>> {
    return this.parts.values();
  }

  /** What the export does with each table. */
  tables(): ReturnType<TablesTold['all']> {
    return this.told.all();
  }
}

/** So many rows are in memory at once. */
export const EXPORTED_AT_ONCE = 100;

/** Items of one statement at a time, each page asked for after the last row of the one before. */
export async function* inPages<R, T>(
  ask: (after: R | undefined, limit: number) => Promise<R[]>,
  make: (row: R) => T | Promise<T>,
): AsyncGenerator<T> {
  for (let after: R | undefined; ;) {
    const rows = await ask(after, EXPORTED_AT_ONCE);
    for (const row of rows) yield await make(row);
    if (rows.length < EXPORTED_AT_ONCE) return;
    after = rows.at(-1);
  }
}

/** The same of a list as the API answers it. */
export async function* byCursor<R, T>(
  ask: (cursor: string | undefined, limit: number) => Promise<{ rows: R[]; nextCursor: string | null }>,
  make: (row: R) => T | Promise<T>,
): AsyncGenerator<T> {
  for (let cursor: string | undefined; ;) {
    const { rows, nextCursor } = await ask(cursor, EXPORTED_AT_ONCE);
    for (const row of rows) yield await make(row);
    if (nextCursor === null) return;
    cursor = nextCursor;
  }
}
