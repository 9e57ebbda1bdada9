import type { SealedJwe } from '../../platform/crypto';

/** What of a store's part of a checkout can be sealed; `details` is whatever the client puts into one: address and contact at least. */
export const SEALED_FIELDS = [
  ...(['details', 'shippingAddress', 'billingAddress', 'contact'] as const),
  ...(['note', 'gift', 'deliveryNote', 'replyKey'] as const),
];
export type SealedField = (typeof SEALED_FIELDS)[number];

/** By field, each for the key of the store and the buyer's own, if there is one. */
export type SealedParts = Partial<Record<SealedField, SealedJwe>>;

/** What is sealed is bound to: whoever opens it compares. Moved to another checkout, store or field it opens nothing. */
export function placeOf(sessionId: string, storeId: string, field: SealedField): string[] {
  return ['muse', sessionId, storeId, field];
}

/** Whether a store is told where the goods go. */
export function hasAddress(parts: SealedParts | null): boolean {
  return parts?.details !== undefined || parts?.shippingAddress !== undefined;
}

/** Whether a store is told how to reach the buyer. */
export function hasContact(parts: SealedParts | null): boolean {
  return parts?.details !== undefined || parts?.contact !== undefined;
}

/** The parts with these instead; null takes one back. */
export function withParts(
  parts: SealedParts | null,
  changes: Partial<Record<SealedField, SealedJwe | null>>,
): SealedParts {
  const all = Object.entries({ ...parts, ...changes }).filter(([, jwe]) => jwe !== null && jwe !== undefined);
  return Object.fromEntries(all);
}
