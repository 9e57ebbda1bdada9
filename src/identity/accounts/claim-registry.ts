import { Injectable } from '@nestjs/common';
import type { Tx } from '../../platform/database';
import { inLockOrder } from './lock-order';

/** Makes what was the guest's the user's; called in the transaction of the sign-in, once per guest. */
export type ClaimPart = (tx: Tx, guestId: string, userId: string) => Promise<void>;

/** Modules above register what a claimed guest leaves to them. */
@Injectable()
export class ClaimRegistry {
  private readonly parts = new Map<string, ClaimPart>();

  register(name: string, part: ClaimPart): void {
    if (this.parts.has(name)) throw new Error(`Two claim parts are named ${name}`);
    this.parts.set(name, part);
  }

  async run(tx: Tx, guestId: string, userId: string): Promise<void> {
    for (const name of inLockOrder(this.parts.keys())) await this.parts.get(name)!(tx, guestId, userId);
  }
}
