export type WebhookRefusal =
  /** There is no signature, or none that could be one. */
  | 'signature_missing'
  | 'signature_malformed'
  /** Signed longer ago, or for later, than is believed. */
  | 'signature_old'
  /** Made by somebody else, or for another body. */
  | 'signature_wrong'
  /** The store has no key here to verify with. */
  | 'not_expected'
  /** Signed by the store, and not to be read. */
  | 'unreadable';

/** A webhook that is not believed: nothing of it may have any effect. `message` is its reason alone. */
export class WebhookRefused extends Error {
  override name = 'WebhookRefused';

  constructor(readonly reason: WebhookRefusal) {
    super(reason);
  }
}
