/** What a mail says has happened to an order. */
export const MAIL_KINDS = [
  ...(['ordered', 'shipped', 'out_for_delivery', 'delivered'] as const),
  ...(['exception', 'delayed', 'cancelled', 'refunded', 'returned'] as const),
] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/** Which field was learned from where. `excerpt`: at most 120 characters of the mail, never an address. */
export interface MailEvidence {
  /** The member of the finding: `kind`, `orderNumber`, `total`, … */
  of: string;
  by: 'json_ld' | 'microdata' | 'rule' | 'text' | 'sender';
  ruleId?: string;
  excerpt: string;
}

/** One order, or one parcel of it, that a mail tells of. */
export interface MailFinding {
  kind: MailKind;
  /** Who sold; the domain is the registrable one of its site or sender. Null where only a carrier is named. */
  store: { name: string | null; domain: string | null };
  /** The carrier that wrote the mail; null where the store wrote it. */
  carrier: string | null;
  orderNumber: string | null;
  total: { cents: number; currency: string } | null;
  items: { name: string; quantity: number; unitPriceCents: number | null }[];
  /** Days, YYYY-MM-DD, both ends included. */
  estimatedDelivery: { from: string; to: string } | null;
  parcels: { carrier: string | null; trackingNumber: string; trackingUrl: string | null }[];
  /** Some of the order's goods only: shipped in parts, or one item cancelled. */
  isPartial: boolean;
  refundedCents: number | null;
  /** Muse's own click ids that stand in the mail's links. */
  clickIds: string[];
  /** RFC 3339: the mail's date, never later than the context's now. */
  at: string;
  /** 0 to 1; from OFFERED_FROM on it is worth telling the shopper, from CERTAIN_FROM on it may be acted upon. */
  confidence: number;
  evidence: MailEvidence[];
}

/** From here on a finding may change an order without asking. */
export const CERTAIN_FROM = 0.8;
/** Below this a finding is not worth a question. */
export const OFFERED_FROM = 0.5;

export type NothingBecause = 'marketing' | 'not_about_orders' | 'suspicious' | 'too_large' | 'unreadable';

/** A mail, read. Nothing of its text is kept but what the findings hold. */
export interface ReadMail {
  /** As the mail writes it, without the angle brackets. */
  messageId: string | null;
  /** The one who wrote it: of a forwarded mail the original sender. `domain` is registrable. */
  from: { address: string; domain: string } | null;
  /** A mail's subject is not kept, not even hashed. */
  subjectHash?: never;
  isForwarded: boolean;
  findings: MailFinding[];
  /** Set exactly when there are no findings. */
  nothingBecause: NothingBecause | null;
}

/** What the reader has to know that does not stand in the mail. */
export interface MailContext {
  now: Date;
  /** Stores that Muse knows; a mail of another store is read as well. */
  stores: { name: string; domains: string[] }[];
  /** Whether the mail's sender was proved (DKIM or SPF, aligned) by whoever received it. */
  authenticated: 'pass' | 'fail' | 'unknown';
  /** The shopper's own addresses: a mail from them is a forwarded one, and they never stand in evidence. */
  ownAddresses: string[];
}
