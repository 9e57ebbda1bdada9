/**
 * What goes wrong, by when: `slow` takes `delayMs` longer; `hang`, `500`, `503`, `429`, `redirect` and `reset_before` are
 * before anything has happened; `hang_after`, `500_after`, `reset_after`, `malformed` and `huge` are after it has;
 * `stock_gone`, `price_moved`, `token_revoked`, `in_progress`, `review`, `declined` and `wrong_total` are the store's
 * own doing.
 */
export const FAULT_KINDS = [
  ...['slow', 'hang', '500', '503', '429', 'redirect', 'reset_before'],
  ...['hang_after', '500_after', 'reset_after', 'malformed', 'huge'],
  ...['stock_gone', 'price_moved', 'token_revoked', 'in_progress', 'review', 'declined', 'wrong_total'],
] as const;
export type FaultKind =
  | ('slow' | 'hang' | '500' | '503' | '429' | 'redirect' | 'reset_before')
  | ('hang_after' | '500_after' | 'reset_after' | 'malformed' | 'huge')
  | ('stock_gone' | 'price_moved' | 'token_revoked' | 'in_progress' | 'review' | 'declined' | 'wrong_total');

export interface NewFault {
  /** At which step; `*` at any. The steps are in README.md. */
  step: string;
  kind: FaultKind;
  /** How many fitting calls are let through first. */
  skip?: number;
  /** How many fitting calls then meet it; null is all. Default 1. */
  times?: number | null;
  /** Of `slow`. Default 1000. */
  delayMs?: number;
  /** Of `429` and `503`, for Retry-After. Default 1. */
  retryAfterSeconds?: number;
  /** Of `stock_gone` and `price_moved`: which goods; default all. */
  sku?: string;
  /** Of `price_moved`: by how much. Default 100. */
  cents?: number;
  /** Of `in_progress`: how many further questions are answered with it. Default 1. */
  asks?: number;
}

export interface Fault extends NewFault {
  id: number;
  seen: number;
  met: number;
}

/** The faults that were ordered; each is counted. */
export class Faults {
  private faults: Fault[] = [];
  private last = 0;

  add(fault: NewFault): Fault {
    if (!(FAULT_KINDS as readonly string[]).includes(fault.kind)) throw new Error(`No fault ${fault.kind}`);
    const added = { ...fault, id: ++this.last, seen: 0, met: 0 };
    this.faults.push(added);
    return added;
  }

  list(): Fault[] {
    return this.faults;
  }

  /** The first that a call meets. */
  meet(step: string): Fault | null {
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
