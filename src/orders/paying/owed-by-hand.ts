/** Of an order that was paid to the store itself: what the store was told to give back, or has noted that it gave; in order. */
export interface ByHand {
  isGiven: boolean;
  cents: number;
  /** Of what was to be given: the return that it is for. */
  returnId: string | null;
}

/** Where that stands. Minor units. */
export interface OwedByHand {
  given: number;
  /** How much was to be given so far, in all. */
  owed: number;
  /** The returns whose money is back. */
  settled: string[];
}

/** What is given pays what was owed before, the oldest first; what was given beyond that is not set off against what comes later. */
export function owedByHand(rows: readonly ByHand[]): OwedByHand {
  let [given, owed] = [0, 0];
  const upTo = new Map<string, number>();
  for (const { isGiven, cents, returnId } of rows) {
    if (isGiven) given += cents;
    else {
      owed = Math.max(given, owed) + cents;
      if (returnId !== null) upTo.set(returnId, owed);
    }
  }
  const settled = [...upTo].filter(([, cents]) => cents <= given).map(([returnId]) => returnId);
  return { given, owed, settled };
}
