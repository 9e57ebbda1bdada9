import { allocate } from '../../platform/money';

const PPM = 1_000_000n;

/**
 * The platform's fee of each share: its own rate, in millionths. The fees sum to the rounded exact sum, each is within one
 * unit of its exact amount and never more than its share (largest remainder; equal remainders go to the earlier share).
 * A unit is the least part that the provider moves; the amounts must be whole units. Throws RangeError.
 */
export function platformFees(shares: readonly { amountCents: number; feePpm: number }[], unit: number): number[] {
  const exact = shares.map(({ amountCents, feePpm }) => {
    if (!Number.isSafeInteger(amountCents) || amountCents < 0 || amountCents % unit !== 0)
      throw new RangeError(`${amountCents} is no whole number of units of ${unit}`);
    if (!Number.isSafeInteger(feePpm) || feePpm < 0 || BigInt(feePpm) > PPM)
      throw new RangeError(`${feePpm} is no rate`);
    return BigInt(amountCents / unit) * BigInt(feePpm);
  });
  const sum = exact.reduce((a, b) => a + b, 0n);
  const fees = exact.map((part) => part / PPM);
  const left = Number((sum + PPM / 2n) / PPM - fees.reduce((a, b) => a + b, 0n));
  const rests = exact.map((part, index) => ({ index, rest: part % PPM }));
  // Array.prototype.sort is stable: equal remainders keep their order.
  rests.sort((a, b) => (a.rest < b.rest ? 1 : a.rest > b.rest ? -1 : 0));
  for (const { index } of rests.slice(0, left)) fees[index]! += 1n;
  return fees.map((fee) => Number(fee) * unit);
}

/** What of a share is captured, kept and given back. */
export interface ShareSoFar {
  capturedCents: number;
  feeCents: number;
  /** Before this refund. */
  refundedCents: number;
  refundedFeeCents: number;
}

/**
 * Whose part of a refund is what: the platform gives its fee back in proportion, by largest remainder of all that is then
 * refunded, so that refunds in any pieces sum to the share, and the last one takes exactly what is left of each part.
 */
export function splitRefund(
  share: ShareSoFar,
  amountCents: number,
  unit: number,
): { merchantCents: number; feeCents: number } {
  const refunded = share.refundedCents + amountCents;
  if (amountCents <= 0 || amountCents % unit !== 0 || refunded > share.capturedCents)
    throw new RangeError(`${amountCents} cannot be refunded`);
  const weights = [(share.capturedCents - share.feeCents) / unit, share.feeCents / unit];
  const feeThen = allocate(refunded / unit, weights)[1]! * unit;
  const feeCents = Math.min(Math.max(feeThen - share.refundedFeeCents, 0), amountCents);
  return { merchantCents: amountCents - feeCents, feeCents };
}

/** What a store is sent of its share, and what of it settles its debt. */
export function splitTransfer(netCents: number, debtCents: number): { sentCents: number; settledCents: number } {
  const settledCents = Math.min(netCents, debtCents);
  return { sentCents: netCents - settledCents, settledCents };
}
