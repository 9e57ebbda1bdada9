const LONGEST = 255;

/** That an event was taken, as ACP asks to be told. */
export class AcpTakenResponse {
  /** @example true */
  received: boolean;

  /**
   * The store's own name for the request, where it gave one
   * @example "3f0c8f0a-52a5-4f6e-9d0e-0d6a1f4f8f11"
   */
  request_id?: string;

  static of(requestId: string | string[] | undefined): AcpTakenResponse {
    const isName = typeof requestId === 'string' && requestId.length <= LONGEST;
    return { received: true, ...(isName && { request_id: requestId }) };
  }
}
