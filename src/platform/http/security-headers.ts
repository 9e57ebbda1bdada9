import type { Config } from '../config';

/** Nothing here is a page: no browser may run, frame or guess anything of it, and no cache keep it. */
const OF_THE_API = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** Swagger UI runs its own scripts, sets styles in place, and calls this server. */
const OF_THE_DOCUMENTATION = {
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'referrer-policy': 'no-referrer',
};

const OVER_HTTPS = { 'strict-transport-security': 'max-age=31536000' };

type Headers = Readonly<Record<string, string>>;

/** The headers of every answer, made once: by the address that was asked for. */
export function securityHeaders({ PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>): (url: string) => Headers {
  const secure = PUBLIC_URL.startsWith('https:') ? OVER_HTTPS : {};
  const [api, documentation] = [OF_THE_API, OF_THE_DOCUMENTATION].map((headers) => ({ ...headers, ...secure }));
  return (url) => (url.startsWith('/api/docs') ? documentation! : api!);
}
