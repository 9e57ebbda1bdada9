import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterFile } from './cleanup';
import { keepSecret } from './leaks';

/** What an authorization server of a store does wrong, or differently; everything may change while it runs. */
export interface Behaviour {
  /** Seconds that an access token lives; null: the answer does not say. */
  expiresIn: number | null;
  /** Every refresh token works once. */
  rotates: boolean;
  /** What the answer of the authorization endpoint says of itself. */
  iss: 'right' | 'wrong' | 'missing';
  /** What the next calls of the token endpoint answer instead: a status, an error code, or `hang`, `garbage`, `reset_after`. */
  tokenFaults: (number | string)[];
  revocationFaults: number[];
  metadata: Record<string, unknown>;
  /** What a token answer says besides, or instead. */
  tokens: Record<string, unknown>;
  /** Milliseconds that the token endpoint takes. */
  slowMs: number;
  /** What the client must prove itself with; null: it is public. */
  clientSecret: string | null;
}

interface Grant {
  account: string;
  isOver: boolean;
  /** The refresh token that works. */
  refresh: string;
}

export interface OAuthDouble {
  url: string;
  behaviour: Behaviour;
  /** Calls of the token endpoint by grant type, whatever became of them. */
  calls: { authorization_code: number; refresh_token: number };
  /** Tokens that were given, newest last. */
  accessTokens: string[];
  revoked: string[];
  /** Whether a token opens anything now. */
  holds(accessToken: string): boolean;
  /** Ends every grant, as a shopper does at the store. */
  endAll(): void;
  /** What a browser does: signs in there and agrees, or not. Gives where it is sent. */
  visit(authorizationUrl: string, agrees?: boolean): Promise<URL>;
}

/** A store's authorization server (RFC 6749, 7636, 7009, 8414, 9207) that does as it is told. */
export async function startOAuth(behaviour: Partial<Behaviour> = {}): Promise<OAuthDouble> {
  const codes = new Map<string, { challenge: string; redirectUri: string; scope: string; account: string }>();
  const grants: Grant[] = [];
  const tokens = new Map<string, { grant: Grant; until: number }>();
  const double: OAuthDouble = {
    url: '',
    behaviour: {
      ...{
        expiresIn: 3_600,
        rotates: true,
        iss: 'right',
        tokenFaults: [],
        revocationFaults: [],
        metadata: {},
        tokens: {},
      },
      ...{ slowMs: 0, clientSecret: null },
      ...behaviour,
    },
    calls: { authorization_code: 0, refresh_token: 0 },
    accessTokens: [],
    revoked: [],
    holds: (token) => {
      const found = tokens.get(token);
      return found !== undefined && !found.grant.isOver && found.until > Date.now();
    },
    endAll: () => grants.forEach((grant) => (grant.isOver = true)),
    visit: async (authorizationUrl, agrees = true) => {
      const answer = await fetch(`${authorizationUrl}&agrees=${agrees}`, { redirect: 'manual' });
      if (answer.status !== 302) throw new Error(`The authorization endpoint answers ${answer.status}`);
      return new URL(answer.headers.get('location')!);
    },
  };
  const secret = (prefix: string): string => {
    const value = `${prefix}-${randomBytes(24).toString('hex')}`;
    keepSecret(`a store's token`, value);
    return value;
  };
  const issue = (grant: Grant, scope?: string): object => {
    const access = secret('at');
    const { expiresIn } = double.behaviour;
    tokens.set(access, { grant, until: Date.now() + (expiresIn ?? 3_600) * 1000 });
    double.accessTokens.push(access);
    return {
      ...{ access_token: access, token_type: 'Bearer', refresh_token: grant.refresh },
      ...(expiresIn !== null && { expires_in: expiresIn }),
      ...(scope !== undefined && { scope }),
      ...double.behaviour.tokens,
    };
  };

  const authorize = (url: URL, response: ServerResponse): void => {
    const of = (name: string) => url.searchParams.get(name) ?? '';
    const redirectUri = new URL(of('redirect_uri'));
    if (of('response_type') !== 'code' || of('code_challenge_method') !== 'S256' || of('client_id') !== 'muse')
      return send(response, 400, { error: 'invalid_request' });
    const code = secret('code');
    const { searchParams: back } = redirectUri;
    if (of('agrees') === 'true') {
      const [challenge, scope] = [of('code_challenge'), of('scope')];
      codes.set(code, { challenge, scope, redirectUri: of('redirect_uri'), account: 'ana' });
      back.set('code', code);
    } else back.set('error', 'access_denied');
    back.set('state', of('state'));
    if (double.behaviour.iss !== 'missing')
      back.set('iss', double.behaviour.iss === 'right' ? double.url : 'https://other.example');
    response.writeHead(302, { location: redirectUri.href }).end();
  };

  const exchange = (form: URLSearchParams): [number, object] => {
    const found = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (!found || found.challenge !== challenge || found.redirectUri !== form.get('redirect_uri'))
      return [400, { error: 'invalid_grant' }];
    const grant: Grant = { account: found.account, isOver: false, refresh: secret('rt') };
    grants.push(grant);
    return [200, issue(grant, found.scope)];
  };
  const refresh = (form: URLSearchParams): [number, object] => {
    const grant = grants.find((one) => one.refresh === form.get('refresh_token'));
    if (!grant || grant.isOver) return [400, { error: 'invalid_grant' }];
    if (double.behaviour.rotates) grant.refresh = secret('rt');
    return [200, issue(grant)];
  };
  const isClient = (request: IncomingMessage, form: URLSearchParams): boolean => {
    const { clientSecret } = double.behaviour;
    if (clientSecret === null) return form.get('client_id') === 'muse';
    // RFC 6749, 2.3.1: both parts are form-encoded before they are put together.
    const [, given = ''] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const [id, shown] = Buffer.from(given, 'base64').toString().split(':').map(decodeURIComponent);
    return (id === 'muse' && shown === clientSecret) || form.get('client_secret') === clientSecret;
  };
  const token = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await bodyOf(request));
    const type = form.get('grant_type') as keyof OAuthDouble['calls'];
    double.calls[type]++;
    const fault = double.behaviour.tokenFaults.shift();
    if (fault === 'hang') return;
    if (typeof fault === 'number') return send(response, fault, { error: 'server_error' });
    if (fault === 'garbage') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    await new Promise((resolve) => setTimeout(resolve, double.behaviour.slowMs));
    if (!isClient(request, form)) return send(response, 401, { error: 'invalid_client' });
    const [status, body] = type === 'refresh_token' ? refresh(form) : exchange(form);
    if (fault === 'reset_after') return void request.socket.destroy();
    if (fault !== undefined) return send(response, 400, { error: fault });
    send(response, status, body);
  };
  const revoke = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await bodyOf(request));
    const fault = double.behaviour.revocationFaults.shift();
    if (fault !== undefined) return send(response, fault, {});
    if (!isClient(request, form)) return send(response, 401, { error: 'invalid_client' });
    const given = form.get('token') ?? '';
    double.revoked.push(given);
    for (const grant of grants) if (grant.refresh === given) grant.isOver = true;
    const access = tokens.get(given);
    if (access) access.until = 0;
    response.writeHead(200).end();
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url!, double.url);
    const metadata = {
      ...{
        issuer: double.url,
        authorization_endpoint: `${double.url}/authorize`,
        token_endpoint: `${double.url}/token`,
      },
      ...{ revocation_endpoint: `${double.url}/revoke`, code_challenge_methods_supported: ['S256'] },
      ...{ authorization_response_iss_parameter_supported: true, response_types_supported: ['code'] },
      ...double.behaviour.metadata,
    };
    if (url.pathname === '/.well-known/oauth-authorization-server') send(response, 200, metadata);
    else if (url.pathname === '/authorize') authorize(url, response);
    else if (url.pathname === '/token') void token(request, response);
    else if (url.pathname === '/revoke') void revoke(request, response);
    // RFC 7662, for a resource server that is a process of its own.
    else if (url.pathname === '/introspect')
      void bodyOf(request).then((body) =>
        send(response, 200, { active: double.holds(new URLSearchParams(body).get('token') ?? '') }),
      );
    else send(response, 404, {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  double.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  afterFile(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return double;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
