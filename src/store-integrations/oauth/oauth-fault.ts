/**
 * What an authorization server could not do.
 * - `invalid_grant`: the code, the refresh token or the grant behind it holds no more.
 * - `refused`: it does not take Muse's request, or Muse not its answer: trying again changes nothing.
 * - `unavailable`: no answer, or one of its own failures: it may be asked again.
 */
export type OAuthFaultKind = 'invalid_grant' | 'refused' | 'unavailable';

/** The only error of OAuthClient. What it says holds no token and nothing that the server wrote but its error code. */
export class OAuthFault extends Error {
  constructor(
    readonly kind: OAuthFaultKind,
    readonly code: string,
  ) {
    super(`${kind}: ${code}`);
    this.name = 'OAuthFault';
  }
}
