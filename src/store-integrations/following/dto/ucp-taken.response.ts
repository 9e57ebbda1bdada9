import { UCP_VERSIONS } from '../../protocols/ucp/ucp-versions';

/** What UCP puts around every answer. */
export class UcpEnvelopeResponse {
  /** @example "2026-08-25" */
  version: string;
  /** @example "success" */
  status: string;
}

/** Told to a store that speaks UCP: its webhook is taken. */
export class UcpTakenResponse {
  ucp: UcpEnvelopeResponse;

  static readonly TAKEN: UcpTakenResponse = { ucp: { version: UCP_VERSIONS[0], status: 'success' } };
}
