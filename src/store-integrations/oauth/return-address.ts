import { isFrontEndUrl } from '../../payments';
import type { Config } from '../../platform/config';
import { InvalidField } from '../../platform/http';

/** Where a browser goes after it was somewhere else: a page of this shop, and no other's; null where none is asked for. Throws InvalidField. */
export function returnAddress(returnTo: string | undefined, config: Config): string | null {
  if (returnTo === undefined) return null;
  if (!isFrontEndUrl(returnTo, config) || returnTo.includes('#'))
    throw new InvalidField('/returnTo', 'must be an https address of this shop, without credentials or fragment');
  return new URL(returnTo).href;
}
