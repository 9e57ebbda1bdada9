import { formOf, type Call, type Reply, type Route } from '../http/call';
import type { SandboxStore } from '../store';
import { secret } from '../world/ids';
import { ACCOUNTS, accountOf } from '../world/people';
import { authenticate, clientOf, CLIENTS } from './clients';
import { OAuthError } from './grants';
import { consentPage, html, page, signInPage } from './pages';

interface AuthorizationRequest {
  id: string;
  clientId: string;
  redirectUri: string;
  state: string | null;
  scopes: string[];
  challenge: string;
}

interface Consent {
  id: string;
  request: AuthorizationRequest;
  accountId: string;
}

/**
 * The store's authorization server, at the store's own origin: RFC 6749 code flow with PKCE S256 only, RFC 8414
 * metadata, RFC 9207 `iss`, RFC 7009 revocation, RFC 9728 for whoever asks which server it is.
 */
export class OAuthServer {
  private readonly requests = new Map<string, AuthorizationRequest>();
  private readonly consents = new Map<string, Consent>();
  /** As registered; on loopback the port is left open (RFC 8252 section 7.3). */
  redirectUris: string[] = [];

  constructor(private readonly store: SandboxStore) {}

  routes(): Route[] {
    return [
      { method: 'GET', path: '/.well-known/oauth-authorization-server', step: 'metadata', run: () => this.metadata() },
      { method: 'GET', path: '/.well-known/oauth-protected-resource', step: 'metadata', run: () => this.resource() },
      { method: 'GET', path: '/oauth/authorize', step: 'authorize', run: (call) => this.authorize(call) },
      { method: 'POST', path: '/oauth/sign-in', step: 'authorize', run: (call) => this.signIn(call) },
      { method: 'POST', path: '/oauth/consent', step: 'authorize', run: (call) => this.consent(call) },
      { method: 'POST', path: '/oauth/token', step: 'token', run: (call) => this.token(call) },
      { method: 'POST', path: '/oauth/revoke', step: 'revoke', run: (call) => this.revoke(call) },
    ];
  }

  get issuer(): string {
    return this.store.baseUrl;
  }

  reset(): void {
    this.requests.clear();
    this.consents.clear();
  }

  private metadata(): Reply {
    const ways = [...new Set(CLIENTS.map(({ auth }) => auth))];
    return published({
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/oauth/authorize`,
      token_endpoint: `${this.issuer}/oauth/token`,
      revocation_endpoint: `${this.issuer}/oauth/revoke`,
      scopes_supported: this.store.scopes,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ways,
      revocation_endpoint_auth_methods_supported: ways,
      authorization_response_iss_parameter_supported: true,
    });
  }

  private resource(): Reply {
    return published({
      resource: this.issuer,
      authorization_servers: [this.issuer],
      scopes_supported: this.store.scopes,
    });
  }

  /** Where client or redirect URI are not as registered, nobody is sent anywhere. */
  private authorize({ url }: Call): Reply {
    const asked = url.searchParams;
    const client = clientOf(asked.get('client_id'));
    const redirectUri = asked.get('redirect_uri');
    if (!client) return this.stop('We do not know who sent you.');
    if (redirectUri === null || !this.isRegistered(redirectUri)) return this.stop('We may not send you back there.');
    for (const name of new Set(asked.keys()))
      if (asked.getAll(name).length > 1) return this.stop(`${name} was given twice.`);
    const state = asked.get('state');
    const back = (error: string, text: string) =>
      this.sendBack(redirectUri, { error, error_description: text, ...(state === null ? {} : { state }) });
    if (asked.get('response_type') !== 'code') return back('unsupported_response_type', 'Only code.');
    const challenge = asked.get('code_challenge') ?? '';
    if (asked.get('code_challenge_method') !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(challenge))
      return back('invalid_request', 'PKCE with S256 is required.');
    const scopes = [...new Set((asked.get('scope') ?? '').split(' ').filter(Boolean))];
    if (scopes.length === 0 || scopes.some((scope) => !this.store.scopes.includes(scope)))
      return back('invalid_scope', 'There is no such scope.');
    const request = { id: secret('req'), clientId: client.id, redirectUri, state, scopes, challenge };
    this.requests.set(request.id, request);
    return htmlReply(200, signInPage(this.store.name, request.id, false));
  }

  private signIn(call: Call): Reply {
    const form = formOf(call);
    const request = this.requests.get(form?.get('request') ?? '');
    if (!form || !request) return this.stop('This page is too old. Please begin again.');
    const account = ACCOUNTS.find(({ id }) => id === form.get('username'));
    if (account?.password !== form.get('password'))
      return htmlReply(401, signInPage(this.store.name, request.id, true));
    this.requests.delete(request.id);
    const consent = { id: secret('con'), request, accountId: account.id };
    this.consents.set(consent.id, consent);
    const client = clientOf(request.clientId)!.name;
    return htmlReply(200, consentPage(this.store.name, client, account.firstName, consent.id, request.scopes));
  }

  private consent(call: Call): Reply {
    const form = formOf(call);
    const consent = this.consents.get(form?.get('consent') ?? '');
    if (!form || !consent) return this.stop('This page is too old. Please begin again.');
    this.consents.delete(consent.id);
    const { request, accountId } = consent;
    const state: Record<string, string> = request.state === null ? {} : { state: request.state };
    if (form.get('decision') !== 'allow')
      return this.sendBack(request.redirectUri, { error: 'access_denied', ...state });
    const { clientId, redirectUri, scopes, challenge } = request;
    const code = this.store.grants.newCode({ clientId, accountId, redirectUri, scopes, challenge });
    return this.sendBack(redirectUri, { code, ...state });
  }

  private token(call: Call): Reply {
    return this.answering(() => {
      const { id } = authenticate(call);
      const form = formOf(call)!;
      const given = (name: string): string => {
        const values = form.getAll(name);
        if (values.length !== 1 || values[0] === '') throw new OAuthError('invalid_request', `${name}, once.`);
        return values[0]!;
      };
      const { grants } = this.store;
      switch (given('grant_type')) {
        case 'authorization_code':
          if (!form.has('code_verifier')) throw new OAuthError('invalid_grant', 'code_verifier is missing.');
          return grants.exchange(id, given('code'), given('redirect_uri'), given('code_verifier'));
        case 'refresh_token':
          return grants.refresh(id, given('refresh_token'), form.get('scope'));
        default:
          throw new OAuthError('unsupported_grant_type', 'authorization_code or refresh_token.');
      }
    });
  }

  private revoke(call: Call): Reply {
    return this.answering(() => {
      const { id } = authenticate(call);
      const token = formOf(call)!.get('token');
      if (!token) throw new OAuthError('invalid_request', 'Which token?');
      this.store.grants.revokeToken(id, token);
      return undefined;
    });
  }

  private answering(work: () => unknown): Reply {
    const headers = { 'cache-control': 'no-store', pragma: 'no-cache' };
    try {
      return { status: 200, headers, body: work() };
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const challenge: Record<string, string> =
        error.status === 401 ? { 'www-authenticate': 'Basic realm="store"' } : {};
      const body = { error: error.code, error_description: error.description };
      return { status: error.status, headers: { ...headers, ...challenge }, body };
    }
  }

  private isRegistered(uri: string): boolean {
    if (!URL.canParse(uri) || uri.includes('#')) return false;
    return this.redirectUris.some((registered) => registered === uri || onLoopback(registered, uri));
  }

  private sendBack(uri: string, parameters: Record<string, string>): Reply {
    const url = new URL(uri);
    for (const [name, value] of Object.entries({ ...parameters, iss: this.issuer })) url.searchParams.set(name, value);
    return {
      status: 302,
      headers: { location: url.href, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
    };
  }

  private stop(text: string): Reply {
    return htmlReply(400, page(this.store.name, 'Not this way', html`<p role="alert">${text}</p>`));
  }
}

/** The same but for the port, on 127.0.0.1 or [::1]. */
function onLoopback(registered: string, given: string): boolean {
  const [one, other] = [new URL(registered), new URL(given)];
  if (!['127.0.0.1', '[::1]'].includes(one.hostname)) return false;
  one.port = '';
  other.port = '';
  return one.href === other.href;
}

function published(body: unknown): Reply {
  return { status: 200, headers: { 'cache-control': 'public, max-age=60' }, body };
}

export function htmlReply(status: number, body: string): Reply {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
    // Not form-action: it would stop the redirect to the client after the form.
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  };
  return { status, headers, body };
}

/** The shopper behind a bearer token, if it is good. */
export function bearerAccount(store: SandboxStore, token: string): { accountId: string; scopes: string[] } | null {
  const found = store.grants.of(token);
  return found && accountOf(found.accountId) ? found : null;
}
