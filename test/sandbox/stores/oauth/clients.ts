import { timingSafeEqual } from 'node:crypto';
import { formOf, header, type Call } from '../http/call';
import { OAuthError } from './grants';

export interface Client {
  id: string;
  name: string;
  auth: 'none' | 'client_secret_basic' | 'client_secret_post';
  secret: string | null;
}

/** Muse as the store has registered it, once for each way of showing who it is. */
export const CLIENTS: readonly Client[] = [
  { id: 'muse', name: 'Muse', auth: 'none', secret: null },
  { id: 'muse-secret', name: 'Muse', auth: 'client_secret_basic', secret: 'muse-at-the-store-secret' },
  { id: 'muse-post', name: 'Muse', auth: 'client_secret_post', secret: 'muse-at-the-store-secret' },
];

export function clientOf(id: string | null): Client | undefined {
  return CLIENTS.find((client) => client.id === id);
}

/** Who calls the token or revocation endpoint, shown in the way that was agreed and in no other. */
export function authenticate(call: Call): Client {
  const form = formOf(call);
  if (!form) throw new OAuthError('invalid_request', 'Send a form.');
  const basic = basicOf(header(call, 'authorization'));
  if (basic && form.has('client_secret')) throw new OAuthError('invalid_request', 'Show who you are once.');
  const client = clientOf(basic ? basic.id : form.get('client_id'));
  const shown = basic ? basic.secret : form.get('client_secret');
  const way = basic ? 'client_secret_basic' : shown === null ? 'none' : 'client_secret_post';
  if (!client || client.auth !== way || !same(client.secret, shown))
    throw new OAuthError('invalid_client', 'Who are you?', 401);
  return client;
}

/** RFC 6749 section 2.3.1: both parts are form-encoded before they are put together. */
function basicOf(authorization: string | null): { id: string; secret: string } | null {
  const given = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) return null;
  const [id = '', secret = ''] = Buffer.from(given, 'base64').toString().split(/:(.*)/s);
  const plain = (part: string) => new URLSearchParams(`x=${part}`).get('x') ?? '';
  return { id: plain(id), secret: plain(secret) };
}

function same(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return one === other;
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
