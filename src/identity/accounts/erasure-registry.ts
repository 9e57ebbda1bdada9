import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database';
import { inLockOrder } from './lock-order';

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

  register(name: string, part: ErasurePart): void {
    if (this.parts.has(name)) throw new Error(`Two erasure parts are named ${name}`);
    this.parts.set(name, part);
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
}
