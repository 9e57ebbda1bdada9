import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database';

/** Makes what was the guest's the user's; called in the transaction of the sign-in, once per guest. */
export type ClaimPart = (tx: Tx, guestId: string, userId: string) => Promise<void>;

/** Parts run in the order of the locks they take, the same everywhere; whatever is not named here comes last. */
const ORDER = ['checkout-session', 'cart', 'orders'];

/** Modules above register what a claimed guest leaves to them. */
@Injectable()
export class ClaimRegistry {
  private readonly parts = new Map<string, ClaimPart>();

  register(name: string, part: ClaimPart): void {
    if (this.parts.has(name)) throw new Error(`Two claim parts are named ${name}`);
    this.parts.set(name, part);
  }

  async run(tx: Tx, guestId: string, userId: string): Promise<void> {
    const others = [...this.parts.keys()].filter((name) => !ORDER.includes(name));
    for (const name of [...ORDER, ...others]) await this.parts.get(name)?.(tx, guestId, userId);
  }
}
