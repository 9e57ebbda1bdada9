export type RefusalReason = 'url' | 'address' | 'redirects' | 'downgrade' | 'size' | 'timeout';

/** An outgoing request that was not made, or not waited for to its end, because a rule forbids it. */
export class OutgoingRefused extends Error {
  constructor(
    readonly reason: RefusalReason,
    message: string,
  ) {
    super(message);
    this.name = 'OutgoingRefused';
  }
}
