import type { Conclusion, Tx } from '../../platform/database';
import type { Limit, Once } from '../../platform/http';

/** What is asked belongs to a sealed session: who asks is recorded nowhere. Never leaves `privately`. */
class ToAskPrivately extends Error {}

interface Asked<T> {
  /** Whether that is known before anything is read. */
  isPrivate?: boolean;
  work: (tx: Tx, assertPrivate: (sealed: boolean) => void) => Promise<T | Conclusion<T>>;
  /** Of what was asked privately: the answer to a replay, from what stands then. */
  again: (tx: Tx) => Promise<T>;
  limit?: Limit;
}

/**
 * Runs a request once, openly or, where it belongs to a sealed session, privately (see Once.run). `work` says with
 * `assertPrivate`, as soon as it has read the session, whether it is one: if so it is begun again, and nothing of it is done
 * twice. Open sessions pay nothing for it.
 */
export async function privately<T extends object>(once: Once, { isPrivate, work, again, limit }: Asked<T>): Promise<T> {
  const inPrivate = () => once.run((tx) => work(tx, () => {}), limit, again);
  if (isPrivate) return inPrivate();
  try {
    return await once.run((tx) => work(tx, assertOpen), limit);
  } catch (error) {
    if (error instanceof ToAskPrivately) return inPrivate();
    throw error;
  }
}

function assertOpen(sealed: boolean): void {
  if (sealed) throw new ToAskPrivately();
}
