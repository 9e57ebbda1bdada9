import { Injectable } from '@nestjs/common';
import * as oauth from 'oauth4webapi';
import { Config } from '../../platform/config';
import { OutgoingRefused, SafeClient } from '../../platform/http-client';
import type { OAuthSetting } from '../connections/connections';
import { isStoreAddress } from '../connections/store-address';
import { OAuthFault } from './oauth-fault';

/** What a store's authorization server gave. */
export interface Tokens {
  accessToken: string;
  /** Null: this grant ends with the access token, or, at a refresh, the token that was used holds on. */
  refreshToken: string | null;
  /** Seconds; null: nobody says. */
  expiresIn: number | null;
  /** Null: what was asked for. */
  scopes: string[] | null;
}

/** What the shopper's browser brought back. */
export interface AuthorizationAnswer {
  state: string;
  code?: string;
  iss?: string;
  error?: string;
}

const TIMEOUT_MS = 8_000;
const MAX_BYTES = 64 * 1024;
/** Metadata is asked for again after so long; where the server does not answer, what it said before holds for a day. */
const FRESH_MS = 10 * 60_000;
const STALE_MS = 24 * 60 * 60_000;
const LOOK_AGAIN_MS = 60_000;
const MOST_SERVERS = 1_000;
/** Nothing lives longer: a server that says more is not believed. */
const LONGEST_SECONDS = 10 * 365 * 24 * 60 * 60;
const SCOPES = 100;
/** RFC 6749, 3.3, and no longer than what Muse asks for. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;
/** RFC 6749, A.12 and A.17, short enough for a header of most servers. */
const TOKEN = /^[\x21-\x7e]{1,6000}$/;

interface Known {
  server: oauth.AuthorizationServer;
  at: number;
  lookAgainAt: number;
}

/**
 * Muse as an OAuth 2.0 client of stores' authorization servers (RFC 6749, 7636, 7009, 8414, 9207), each the same to it.
 * Guarantees: PKCE S256 always; nothing leaves but by SafeClient; a server's metadata is taken only under the issuer's own
 * address and name; no secret in an error. It keeps nothing but metadata, and never tries again by itself.
 */
@Injectable()
export class OAuthClient {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly config: Config,
    private readonly http: SafeClient,
  ) {}

  /** A new secret of one authorization request, and what the store is shown of it. */
  async newVerifier(): Promise<{ verifier: string; challenge: string }> {
    const verifier = oauth.generateRandomCodeVerifier();
    return { verifier, challenge: await oauth.calculatePKCECodeChallenge(verifier) };
  }

  /** Where the shopper signs in and agrees. Throws OAuthFault. */
  async authorizationUrl(
    { issuer, clientId, scopes }: OAuthSetting,
    asked: { state: string; challenge: string; redirectUri: string },
  ): Promise<string> {
    const { authorization_endpoint: endpoint } = await this.serverOf(issuer);
    const url = new URL(endpoint!);
    const parameters = {
      ...{ response_type: 'code', client_id: clientId, redirect_uri: asked.redirectUri, state: asked.state },
      ...{ code_challenge: asked.challenge, code_challenge_method: 'S256' },
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /**
   * Turns the code into tokens. The answer must name the server that was asked (RFC 9207), whether or not that says that it
   * would: all stores send the browser to the same address, and one could hand on another's code. Not so where the address
   * is this server's alone. Throws OAuthFault.
   */
  async exchange(
    setting: OAuthSetting,
    answer: AuthorizationAnswer,
    {
      verifier,
      redirectUri,
      hasOwnRedirectUri = false,
    }: { verifier: string; redirectUri: string; hasOwnRedirectUri?: boolean },
  ): Promise<Tokens> {
    const server = await this.serverOf(setting.issuer);
    if (answer.iss === undefined && !hasOwnRedirectUri) throw new OAuthFault('refused', 'iss_missing');
    return this.guarded('answer', async () => {
      const client = clientOf(setting);
      const parameters = oauth.validateAuthResponse(server, client, parametersOf(answer), answer.state);
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authOf(setting),
        parameters,
        redirectUri,
        verifier,
        this.options(server.token_endpoint!),
      );
      return tokensOf(await oauth.processAuthorizationCodeResponse(server, client, answered(response)));
    });
  }

  /** Makes sure that the next call to the server is the one that is meant. Throws OAuthFault. */
  async prepare({ issuer }: OAuthSetting): Promise<void> {
    await this.serverOf(issuer);
  }

  /** New tokens of a grant: one call, where it is prepared. Throws OAuthFault. */
  async refresh(setting: OAuthSetting, refreshToken: string): Promise<Tokens> {
    const server = await this.serverOf(setting.issuer);
    return this.guarded('refresh', async () => {
      const client = clientOf(setting);
      const options = this.options(server.token_endpoint!);
      const response = await oauth.refreshTokenGrantRequest(server, client, authOf(setting), refreshToken, options);
      return tokensOf(await oauth.processRefreshTokenResponse(server, client, answered(response)));
    });
  }

  /** Ends a token, and with it, as far as the server does so, its grant. False where the server knows no revocation. Throws OAuthFault. */
  async revoke(setting: OAuthSetting, token: string, hint: 'access_token' | 'refresh_token'): Promise<boolean> {
    const server = await this.serverOf(setting.issuer);
    const endpoint = server.revocation_endpoint;
    if (endpoint === undefined) return false;
    return this.guarded('revocation', async () => {
      const options = { ...this.options(endpoint), additionalParameters: { token_type_hint: hint } };
      const response = await oauth.revocationRequest(server, clientOf(setting), authOf(setting), token, options);
      await oauth.processRevocationResponse(answered(response));
      return true;
    });
  }

  /** What the server says of itself; asked for where that was ten minutes ago. Throws OAuthFault. */
  private async serverOf(issuer: string): Promise<oauth.AuthorizationServer> {
    const known = this.known.get(issuer);
    const now = Date.now();
    if (known && now < known.lookAgainAt) return known.server;
    try {
      const server = await this.guarded('metadata', () => this.discover(new URL(issuer)));
      this.keep(issuer, { server, at: now, lookAgainAt: now + FRESH_MS });
      return server;
    } catch (error) {
      const isAway = error instanceof OAuthFault && error.kind === 'unavailable';
      if (!known || now - known.at > STALE_MS || !isAway) throw error;
      this.keep(issuer, { ...known, lookAgainAt: now + LOOK_AGAIN_MS });
      return known.server;
    }
  }

  private keep(issuer: string, known: Known): void {
    this.known.delete(issuer);
    this.known.set(issuer, known);
    if (this.known.size > MOST_SERVERS) this.known.delete(this.known.keys().next().value!);
  }

  /** RFC 8414, and where nothing stands there the document of OpenID Connect. */
  private async discover(issuer: URL): Promise<oauth.AuthorizationServer> {
    const options = this.options(issuer.href);
    let response = answered(await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' }));
    if (response.status === 404)
      response = answered(await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oidc' }));
    const server = await oauth.processDiscoveryResponse(issuer, response);
    const { authorization_endpoint, token_endpoint, revocation_endpoint } = server;
    for (const endpoint of [authorization_endpoint, token_endpoint, revocation_endpoint ?? token_endpoint])
      if (typeof endpoint !== 'string' || !isStoreAddress(this.config, endpoint))
        throw new OAuthFault('refused', 'endpoint_not_usable');
    // Whoever says nothing of it does not check it: then a code that is stolen on its way opens the account.
    const methods = server.code_challenge_methods_supported;
    if (!Array.isArray(methods) || !methods.includes('S256')) throw new OAuthFault('refused', 'no_pkce');
    return server;
  }

  private options(address: string) {
    return {
      [oauth.customFetch]: (url: string, request: oauth.CustomFetchOptions<string, unknown>) =>
        this.fetch(url, request),
      [oauth.allowInsecureRequests]: this.http.isSandbox(address),
    };
  }

  private async fetch(url: string, request: oauth.CustomFetchOptions<string, unknown>): Promise<Response> {
    const { body, status, headers } = await this.http.fetch(url, {
      method: request.method as 'GET' | 'POST',
      headers: { ...request.headers, accept: 'application/json' },
      ...(request.body instanceof URLSearchParams && { body: request.body.toString() }),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
      // An address of metadata is the issuer's name: what stands elsewhere is somebody else's.
      redirects: 'refuse',
      onlyHttps: true,
    });
    const plain = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : [],
    );
    const isEmpty = status === 204 || status === 205 || status === 304;
    return new Response(isEmpty ? null : new Uint8Array(body), { status, headers: plain });
  }

  /** Whatever the library or the network throws, as what may be done about it; their own words may hold tokens. */
  private async guarded<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw faultOf(what, error);
    }
  }
}

/** As the browser brought them. */
export function parametersOf({ state, code, iss, error }: Partial<AuthorizationAnswer>): URLSearchParams {
  const given = Object.entries({ state, code, iss, error });
  return new URLSearchParams(
    given.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
  );
}

function clientOf({ clientId }: OAuthSetting): oauth.Client {
  return { client_id: clientId };
}

function authOf({ clientAuth, clientSecret }: OAuthSetting): oauth.ClientAuth {
  if (clientAuth === 'none') return oauth.None();
  if (clientSecret === null) throw new OAuthFault('refused', 'no_client_secret');
  return clientAuth === 'client_secret_basic'
    ? oauth.ClientSecretBasic(clientSecret)
    : oauth.ClientSecretPost(clientSecret);
}

/** A failure of the server's own, whatever its body says. */
function answered(response: Response): Response {
  if (response.status >= 500 || response.status === 429) throw new OAuthFault('unavailable', `http_${response.status}`);
  return response;
}

function tokensOf(given: oauth.TokenEndpointResponse): Tokens {
  if (given.token_type !== 'bearer') throw new OAuthFault('refused', 'token_type');
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: expiresIn, scope } = given;
  // Elsewhere than in a header they are of no use, and there nothing else can stand.
  if (![accessToken, refreshToken ?? accessToken].every((token) => TOKEN.test(token)))
    throw new OAuthFault('refused', 'token_not_usable');
  const seconds = expiresIn === undefined ? null : Math.min(Math.floor(expiresIn), LONGEST_SECONDS);
  return {
    accessToken,
    refreshToken: refreshToken ?? null,
    expiresIn: seconds,
    scopes:
      scope === undefined
        ? null
        : scope
            .split(' ')
            .filter((one) => SCOPE.test(one))
            .slice(0, SCOPES),
  };
}

/** Codes that say that it may work later. */
const LATER = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);

function faultOf(what: string, error: unknown): OAuthFault {
  if (error instanceof OAuthFault) return error;
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError) {
    const code = codeOf(error.error);
    if (LATER.has(code)) return new OAuthFault('unavailable', code);
    return new OAuthFault(code === 'invalid_grant' ? 'invalid_grant' : 'refused', code);
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) return new OAuthFault('refused', 'invalid_client');
  if (error instanceof OutgoingRefused)
    return new OAuthFault(error.reason === 'timeout' ? 'unavailable' : 'refused', `${what}_${error.reason}`);
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError)
    return new OAuthFault('refused', `${what}_not_conform`);
  if (error instanceof TypeError) return new OAuthFault('refused', `${what}_not_conform`);
  return new OAuthFault('unavailable', `${what}_not_reached`);
}

/** As the server wrote it, where it is a code at all. */
function codeOf(code: unknown): string {
  return typeof code === 'string' && /^[a-z][a-z0-9_]{1,49}$/.test(code) ? code : 'unknown_error';
}
