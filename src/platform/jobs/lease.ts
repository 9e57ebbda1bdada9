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

/** Milliseconds to wait before the next try: doubling from one second to five minutes. */
export function backoffMs(attempts: number): number {
  return Math.min(1_000 * 2 ** Math.max(0, attempts - 1), 300_000);
}
