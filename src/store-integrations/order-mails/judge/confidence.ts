import type { MailContext, MailFinding } from '../finding';
import type { Sender } from './sender';

export interface Signs {
  sender: Sender | null;
  context: MailContext;
  isForwarded: boolean;
  /** Whether the shopper forwarded it, and not somebody else. */
  isByShopper: boolean;
  isStructured: boolean;
  kindScore: number;
  hasNegative: boolean;
}

/** Nothing proves who wrote it: the shopper is asked. */
const MOST_OF_STRANGERS = 0.75;
const MOST_UNPROVED = 0.85;
/** A subject or a headline that says it plainly. */
const PLAIN = 9;

/** How sure a finding is: each thing that speaks for it adds, and what cannot be proved caps it. */
export function confidenceOf(finding: Omit<MailFinding, 'confidence' | 'evidence'>, signs: Signs): number {
  const adds: [boolean, number][] = [
    [signs.isStructured, 0.3],
    [signs.kindScore >= 5, 0.1],
    [signs.kindScore >= PLAIN, 0.1],
    [finding.orderNumber !== null, 0.2],
    [finding.parcels.length > 0, 0.15],
    [finding.total !== null || finding.refundedCents !== null, 0.1],
    [finding.items.length > 0, 0.05],
    [finding.estimatedDelivery !== null, 0.03],
    [signs.sender?.store != null || signs.sender?.carrier != null, 0.15],
    [signs.context.authenticated === 'pass', 0.1],
    [signs.hasNegative, -0.2],
  ];
  const sum = adds.reduce((total, [holds, weight]) => total + (holds ? weight : 0), 0.25);
  const isStranger = signs.isForwarded && !signs.isByShopper;
  const cap = isStranger ? MOST_OF_STRANGERS : signs.context.authenticated === 'pass' ? 0.99 : MOST_UNPROVED;
  return Math.round(Math.max(0, Math.min(sum, cap)) * 100) / 100;
}
