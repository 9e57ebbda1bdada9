import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database';
import { inLockOrder } from './lock-order';
import { TablesTold, type Tables } from './tables';

/**
 * Forgets what a module holds of a user, in the transaction of the erasure. What must stay readable a while (the
 * address of an order on its way) is said by giving the moment until which the user's data key is needed; the part is
 * asked again then, so it must be safe to run twice.
 */
export type ErasurePart = (tx: Tx, userId: string) => Promise<Date | void>;

/** Modules above register their part of forgetting a user. */
@Injectable()
export class ErasureRegistry {
  private readonly parts = new Map<string, ErasurePart>();
  private readonly told = new TablesTold();

  /**
   * `tables`: every table of the module that holds shoppers' ids. `true`: what there is of the person in it goes with the
   * account, at once or with the data key; a text: why it stays.
   */
  register(name: string, part: ErasurePart, tables: Tables = {}): void {
    if (this.parts.has(name)) throw new Error(`Two erasure parts are named ${name}`);
    this.parts.set(name, part);
    this.told.add(name, tables);
  }

  /** Only says of tables what becomes of them, for whoever has nothing to do about it. */
  keep(name: string, tables: Record<string, string>): void {
    this.told.add(name, tables);
  }

  /** Runs every part; gives the latest moment until which one needs the key, or undefined where none does. */
  async run(tx: Tx, userId: string): Promise<Date | undefined> {
    let latest: Date | undefined;
    for (const name of inLockOrder(this.parts.keys())) {
      const until = (await this.parts.get(name)!(tx, userId)) ?? undefined;
      if (until !== undefined && (latest === undefined || until > latest)) latest = until;
    }
    return latest;
  }

  /** What becomes of each table at an erasure. */
  tables(): ReturnType<TablesTold['all']> {
    return this.told.all();
  }
}
