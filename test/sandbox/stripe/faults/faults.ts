import type { FailureBody } from '../http/failure';
import { fit } from '../http/routes';

/**
 * What goes wrong, before anything happened or after it happened:
 * a time-out (no answer ever), a reset connection, 500; 409 and 429 are always before; `refuse` is an error of one's
 * choice, as if the endpoint had begun and found it (so an idempotency key keeps it); `slow` is an answer that takes
 * `delayMs`, half of them before the effect and half after it. stripe-node itself repeats a call once whose connection
 * was reset: only a second reset in a row is heard of.
 */
export const FAULT_KINDS = [
  'timeout_before',
  'timeout_after',
  'reset_before',
  'reset_after',
  'error_500_before',
  'error_500_after',
  'conflict_409',
  'rate_limit_429',
  'refuse',
  'slow',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface NewFault {
  kind: FaultKind;
  /** 'POST', or any. */
  method?: string;
  /** As `/v1/payment_intents/:id/capture`; or any. */
  path?: string;
  /** How many fitting calls are let through first. */
  skip?: number;
  /** How many fitting calls then meet it; null is all. Default 1. */
  times?: number | null;
  delayMs?: number;
  status?: number;
  error?: FailureBody;
}

export interface Fault extends NewFault {
  id: number;
  /** How many calls fitted, and how many of them met it. */
  seen: number;
  met: number;
}

/** The faults that were ordered; each is counted. */
export class Faults {
  private faults: Fault[] = [];
  private last = 0;

  add(fault: NewFault): Fault {
    const added = { ...fault, id: ++this.last, seen: 0, met: 0 };
    this.faults.push(added);
    return added;
  }

  list(): Fault[] {
    return this.faults;
  }

  /** The first that a call meets. */
  meet(method: string, path: string): Fault | null {
    for (const fault of this.faults) {
      if (!fits(fault, method, path)) continue;
      const place = fault.seen++;
      const { skip = 0, times = 1 } = fault;
      if (place < skip || (times !== null && fault.met >= times)) continue;
      fault.met++;
      return fault;
    }
    return null;
  }

  remove(id: number): void {
    this.faults = this.faults.filter((fault) => fault.id !== id);
  }

  reset(): void {
    this.faults = [];
  }
}

function fits({ method, path }: Fault, ofCall: string, pathOfCall: string): boolean {
  return (method === undefined || method === ofCall) && (path === undefined || fit(path, pathOfCall) !== null);
}
