/**
 * Splits a whole number of minor units over weights by largest remainder: the parts always sum to the whole, each is
 * within one unit of its exact share, and equal remainders go to the earlier part, so the same input gives the same
 * split. Weights are whole and not negative; where all are zero the parts are equal. Throws RangeError for anything
 * else, and for a total other than zero over no parts.
 */
export function allocate(totalMinor: number, weights: readonly number[]): number[] {
  if (!Number.isSafeInteger(totalMinor)) throw new RangeError(`${totalMinor} is no whole number of minor units`);
  for (const weight of weights) {
    if (!Number.isSafeInteger(weight) || weight < 0) throw new RangeError(`${weight} is no whole weight`);
  }
  if (weights.length === 0) {
    if (totalMinor === 0) return [];
    throw new RangeError('There is no part to allocate to');
  }
  if (totalMinor < 0) return allocate(-totalMinor, weights).map((part) => (part === 0 ? 0 : -part));

  const shares = weights.some((weight) => weight > 0) ? weights.map(BigInt) : weights.map(() => 1n);
  const sum = shares.reduce((a, b) => a + b, 0n);
  const total = BigInt(totalMinor);
  const parts = shares.map((share) => (total * share) / sum);
  const remainders = shares.map((share, index) => ({ index, rest: (total * share) % sum }));
  // Array.prototype.sort is stable: equal remainders keep their order.
  remainders.sort((a, b) => (a.rest < b.rest ? 1 : a.rest > b.rest ? -1 : 0));
  const left = Number(total - parts.reduce((a, b) => a + b, 0n));
  for (const { index } of remainders.slice(0, left)) parts[index]! += 1n;
  return parts.map(Number);
}
