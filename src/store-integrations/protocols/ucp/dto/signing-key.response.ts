/** A key that Muse signs its requests to UCP stores by; its private part is shown to nobody. */
export class SigningKeyResponse {
  /**
   * Its name in the profile and in every signature: the RFC 7638 thumbprint
   * @example "nb0kqpaxF8Fh1Zv1tqmZV8SF6wGJTeiA2bNfXQ6K0Lw"
   */
  kid: string;
  /**
   * waiting: published, and signs from `signsFrom` on. retired: what it signed still holds
   * @example "signing"
   */
  status: 'waiting' | 'signing' | 'retired';
  /** @example "2026-11-26T08:00:00.000Z" */
  signsFrom: Date;
  /** @example "2026-11-25T08:00:00.000Z" */
  createdAt: Date;
}

export class SigningKeyListResponse {
  data: SigningKeyResponse[];
  /** @example null */
  nextCursor: string | null;
}
