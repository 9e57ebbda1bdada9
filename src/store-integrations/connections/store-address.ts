import type { Config } from '../../platform/config';
import { InvalidField } from '../../platform/http';
import { isPublicUrl, isUrl } from '../../platform/http-client';

/** Whether an address is one of the sandbox stores of development, which alone may be spoken to without TLS. */
function isSandbox(config: Pick<Config, 'isProduction' | 'SANDBOX_ORIGINS'>, address: string): boolean {
  if (config.isProduction || !isUrl(address)) return false;
  const { origin } = new URL(address);
  return config.SANDBOX_ORIGINS.some((sandbox) => new URL(sandbox).origin === origin);
}

/** Whether Muse may call it, and send a shopper's browser there: public and https, or a sandbox store. */
export function isStoreAddress(config: Pick<Config, 'isProduction' | 'SANDBOX_ORIGINS'>, address: string): boolean {
  if (!isUrl(address)) return false;
  const { protocol, username, password, port } = new URL(address);
  // Nobody listens at port 0.
  if (username !== '' || password !== '' || port === '0') return false;
  return (protocol === 'https:' && isPublicUrl(address)) || isSandbox(config, address);
}

/** An address that an admin gave for a store, without a slash at its end. Throws InvalidField. */
export function storeAddress(
  config: Pick<Config, 'isProduction' | 'SANDBOX_ORIGINS'>,
  pointer: string,
  address: string,
): string {
  const { search, hash, href } = isUrl(address) ? new URL(address) : { search: '', hash: '', href: '' };
  if (!isStoreAddress(config, address) || search !== '' || hash !== '')
    throw new InvalidField(
      pointer,
      'must be a public https address without credentials, query or fragment, at a port that there is',
    );
  return href.replace(/\/+$/, '');
}
