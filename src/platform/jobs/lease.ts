import { setTimeout as sleep } from 'node:timers/promises';

/** How long a claimed row belongs to its worker without a sign of life, by the database's clock. */
export const LEASE_SECONDS = 8;
/** How often a worker that is still at it says so. */
export const RENEW_EVERY_MS = 2_000;
/** How often due rows without a live lease are looked for. */
export const SWEEP_EVERY_MS = 2_000;

/**
 * Keeps a lease alive while `work` runs. When a renewal finds the lease lost, the signal aborts: whatever `work` writes
 * afterwards changes no row anyway, since outcomes are written `WHERE lease_token = $1`.
 */
export async function holdingLease<T>(
  renew: () => Promise<boolean>,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const timer = setInterval(() => {
    renew().then(
      (alive) => {
        if (!alive) lost.abort();
      },
      () => undefined, // the next tick tries again; the lease itself decides
    );
  }, RENEW_EVERY_MS);
  timer.unref();
  try {
    return await work(lost.signal);
  } finally {
    clearInterval(timer);
  }
}

/** How often, unless told, and after how long (that, then twice that …) what is known is written again. */
const WRITES = 3;
const WRITE_AGAIN_MS = 300;

/**
 * What is known must not be thrown away because it could not be written at once: writes it again, after a third of a second
 * and then ever later. `failed` hears of each failure; the last one is thrown. To be done while the lease is held.
 */
export async function writingSurely<T>(
  write: () => Promise<T>,
  failed: (write: number, reason: string) => void,
  writes = WRITES,
): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await write();
    } catch (error) {
      failed(count, reasonOf(error));
      if (count === writes) throw error;
      await sleep(WRITE_AGAIN_MS * count);
    }
  }
}

/** An error's name, fit for a log: its message may hold what must not stand there. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.name : 'failed';
}

/** Milliseconds to wait before the next try: doubling from one second to five minutes. */
export function backoffMs(attempts: number): number {
  return Math.min(1_000 * 2 ** Math.max(0, attempts - 1), 300_000);
}
