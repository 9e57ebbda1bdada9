/**
 * Tables of a module that hold shoppers' ids, and what happens to each: `true` where the registry's own purpose does (it is
 * exported, or erased), else in words why not. A test compares them with the tables that there are.
 */
export type Tables = Readonly<Record<string, true | string>>;

/** Who said what about which table. */
export class TablesTold {
  private readonly told = new Map<string, { by: string; fate: true | string }>();

  /** One table is one module's to tell of; several parts of it may say the same. */
  add(by: string, tables: Tables): void {
    for (const [table, fate] of Object.entries(tables)) {
      const before = this.told.get(table);
      if (before && before.fate !== fate)
        throw new Error(`${by} says of ${table} something else than ${before.by}: ${fate}, ${before.fate}`);
      if (fate !== true && fate.length < 10) throw new Error(`${by} has to say why ${table} is left out`);
      this.told.set(table, { by, fate });
    }
  }

  /** Every table that was told of. */
  all(): ReadonlyMap<string, { by: string; fate: true | string }> {
    return this.told;
  }
}
