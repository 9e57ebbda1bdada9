import type { Config } from '../../platform/config';
import { isUrl } from '../../platform/http-client';

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * Whether an address is one of our own front ends': https on APP_URL's or PUBLIC_URL's origin or one of CORS_ORIGINS; outside
 * production on this machine too. Whoever follows a provider's link comes back there, so it must not lead elsewhere.
 */
export function isFrontEndUrl(
  address: string,
  config: Pick<Config, 'APP_URL' | 'PUBLIC_URL' | 'CORS_ORIGINS' | 'isProduction'>,
): boolean {
  if (!isUrl(address)) return false;
  const { protocol, origin, hostname, username, password } = new URL(address);
  if (username !== '' || password !== '') return false;
  if (!config.isProduction && LOOPBACK.test(hostname)) return protocol === 'https:' || protocol === 'http:';
  const own = [config.APP_URL, config.PUBLIC_URL].map((url) => new URL(url).origin);
  return protocol === 'https:' && [...own, ...config.CORS_ORIGINS].includes(origin);
}
