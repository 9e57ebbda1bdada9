import type { SealedJson } from '../platform/crypto';
import type { OrderToConverse } from '../orders';

export const SIDES = ['buyer', 'merchant'] as const;
/** Who speaks. */
export type Side = (typeof SIDES)[number];
export const MESSAGE_KINDS = ['text', 'order', 'inquiry', 'system'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** JWE in the general JSON serialisation (RFC 7516), as its sender made it; Muse cannot open it. Old ones may be bound to nothing. */
export interface Jwe {
  protected?: string;
  unprotected?: Record<string, unknown>;
  recipients: { header?: object; encrypted_key?: string }[];
  aad?: string;
  iv: string;
  ciphertext: string;
  tag: string;
}

/** What was ordered, or asked about. Minor units of `currency`. */
export type Summary = Pick<OrderToConverse, 'currency' | 'totalCents' | 'items'> & {
  /** The order's number, for people; null where there is no order. */
  number: string | null;
};

/** What happened to an order: the type of the event, and codes, ids and amounts of its payload. */
export interface ThreadEvent {
  type: string;
  occurredAt: string;
  [more: string]: unknown;
}

export interface MessageRow {
  id: string;
  seq: number;
  side: Side | 'system';
  kind: MessageKind;
  orderId: string | null;
  keySubjectId: string | null;
  wrapped: Buffer | null;
  masterKeyId: string | null;
  body: SealedJson | null;
  jwe: Jwe | null;
  summary: Summary | null;
  event: ThreadEvent | null;
  createdAt: Date;
}

/** A conversation with its store, its buyer as far as known, its latest message and the latest of its orders. */
export interface ConversationRow {
  id: string;
  storeId: string;
  storeName: string;
  storeOpen: boolean;
  ownerUserId: string | null;
  /** Nobody on Muse runs the store; its contact is written to. */
  unclaimed: boolean;
  /** Null where it is sealed. */
  shopperId: string | null;
  buyerRef: Buffer | null;
  buyerKind: 'user' | 'guest' | 'sealed';
  buyerName: string | null;
  sealed: boolean;
  lastSeq: number;
  forBuyer: number;
  forMerchant: number;
  buyerRead: number;
  merchantRead: number;
  buyerReadSeq: number;
  merchantReadSeq: number;
  buyerBlocked: boolean;
  merchantBlocked: boolean;
  closed: boolean;
  version: number;
  lastMessageId: string;
  lastMessageAt: Date;
  createdAt: Date;
  orders: { id: string; number: string; status: string }[];
  latest: MessageRow | null;
}
