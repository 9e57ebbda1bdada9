/**
 * What goes wrong once, by when: `500`, `reset_before`, `hang` before anything has happened; `500_after`, `reset_after`,
 * `hang_after` and `lost` (the shop's own front page instead of the answer) after it has; `slow` takes `delayMs` longer;
 * `session_expired` signs the visitor out first.
 */
export const FAULT_KINDS = [
  ...(['500', 'reset_before', 'hang', 'slow', 'session_expired'] as const),
  ...(['500_after', 'reset_after', 'hang_after', 'lost'] as const),
];
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What a visitor asks a shop for; `*` is any. */
export const STEPS = [
  ...(['home', 'signInPage', 'signIn', 'challenge', 'product', 'add', 'cart', 'removeLine', 'suggest'] as const),
  ...(['checkout', 'address', 'delivery', 'payment', 'review', 'place', 'confirmation'] as const),
  ...(['orders', 'order', 'cancel', 'app', 'frame', 'signOut'] as const),
];
export type ShopStep = (typeof STEPS)[number];

export interface NewFault {
  step: ShopStep | '*';
  kind: FaultKind;
  /** How many fitting calls are let through first. */
  skip?: number;
  /** How many fitting calls then meet it; null is all. Default 1. */
  times?: number | null;
  /** Of `slow`. Default 1000. */
  delayMs?: number;
}

export interface Fault extends NewFault {
  seen: number;
  met: number;
}

export class Faults {
  private faults: Fault[] = [];

  add(fault: NewFault): Fault {
    if (!FAULT_KINDS.includes(fault.kind)) throw new Error(`No fault ${fault.kind}`);
    if (fault.step !== '*' && !STEPS.includes(fault.step)) throw new Error(`No step ${fault.step}`);
    const added = { ...fault, seen: 0, met: 0 };
    this.faults.push(added);
    return added;
  }

  list(): Fault[] {
    return this.faults;
  }

  meet(step: ShopStep): Fault | null {
    for (const fault of this.faults) {
      if (fault.step !== '*' && fault.step !== step) continue;
      const place = fault.seen++;
      const { skip = 0, times = 1 } = fault;
      if (place < skip || (times !== null && fault.met >= times)) continue;
      fault.met++;
      return fault;
    }
    return null;
  }

  clear(): void {
    this.faults = [];
  }
}
