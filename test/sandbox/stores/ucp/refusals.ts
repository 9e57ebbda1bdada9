import { Refusal, type Reply } from '../http/call';

/** A message of UCP's, of the severity that says who can put it right. */
export interface UcpMessage {
  type: 'error' | 'warning' | 'info';
  code: string;
  content: string;
  severity?: 'recoverable' | 'requires_buyer_input' | 'requires_buyer_review' | 'unrecoverable';
  path?: string;
}

/** A protocol error: the request was not worked on (specification/overview, Error Handling). */
export function protocolError(
  status: number,
  code: string,
  content: string,
  headers: Record<string, string> = {},
): Refusal {
  return new Refusal({ status, headers, body: { code, content } });
}

/** A business outcome without anything to show: HTTP says 200, UCP says error. */
export function outcome(
  version: string,
  messages: UcpMessage[],
  more: { status?: number; continueUrl?: string } = {},
): Reply {
  const continueUrl = more.continueUrl === undefined ? {} : { continue_url: more.continueUrl };
  return { status: more.status ?? 200, body: { ucp: { version, status: 'error' }, messages, ...continueUrl } };
}

export function unrecoverable(version: string, code: string, content: string, continueUrl?: string): Reply {
  const more = continueUrl === undefined ? {} : { continueUrl };
  return outcome(version, [{ type: 'error', code, content, severity: 'unrecoverable' }], more);
}

/** Identity Linking, Error Handling: 401 where nobody is signed in, 403 where they may not. */
export function identityRefused(
  issuer: string,
  version: string,
  code: 'identity_required' | 'insufficient_scope',
  { hadToken, scopes }: { hadToken: boolean; scopes: string[] },
): Refusal {
  const parts = [`realm="${issuer}"`];
  if (code === 'insufficient_scope') parts.push('error="insufficient_scope"', `scope="${scopes.join(' ')}"`);
  else if (hadToken) parts.push('error="invalid_token"', 'error_description="The access token is not good any more"');
  parts.push(`resource_metadata="${issuer}/.well-known/oauth-protected-resource"`);
  const content = code === 'identity_required' ? 'Sign in at the store.' : `This needs ${scopes.join(', ')}.`;
  const reply = outcome(version, [{ type: 'error', code, content, severity: 'requires_buyer_review' }]);
  const status = code === 'identity_required' ? 401 : 403;
  return new Refusal({ ...reply, status, headers: { 'www-authenticate': `Bearer ${parts.join(', ')}` } });
}
