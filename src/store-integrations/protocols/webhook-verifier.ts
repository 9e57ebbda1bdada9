import type { RemoteOrder, StoreProtocol } from './store-api';

/** A webhook as it came: nothing of it has been read yet. */
export interface IncomingWebhook {
  method: string;
  /** As it was asked for, with the query. */
  path: string;
  /** By lower-case name. */
  headers: Record<string, string | string[] | undefined>;
  rawBody: Buffer;
  /** Of which store, where the address says so; null: the signature does. */
  storeId: string | null;
}

/** What a store has told, and that it was that store. */
export interface VerifiedWebhook {
  storeId: string;
  /** The store's own id of the event: one that comes again is the same. */
  eventId: string;
  /** The order that it tells of; null: of something else. */
  order: RemoteOrder | null;
}

/**
 * Who can tell that a webhook comes from the store whose order it tells of. Looks at the signature before anything else, and
 * writes nothing. Throws WebhookRefused where it cannot be trusted (forged, too old, signed by somebody else), and StoreFault
 * where that cannot be found out at present.
 */
export interface WebhookVerifier {
  readonly protocol: StoreProtocol;
  verify(webhook: IncomingWebhook): Promise<VerifiedWebhook>;
}

export const WEBHOOK_VERIFIERS = Symbol('WEBHOOK_VERIFIERS');
