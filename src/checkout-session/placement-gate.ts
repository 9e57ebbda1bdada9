import type { Money } from '../platform/money';

/**
 * Placements begin once what is due now is authorised. Nothing is due now while no store takes payment in Muse, so the
 * gate is open; a payment will stand in it, and a placement behind a closed gate waits as `gated`.
 */
export function gateIsOpen(dueNow: Money): boolean {
  return dueNow.amount === 0;
}
