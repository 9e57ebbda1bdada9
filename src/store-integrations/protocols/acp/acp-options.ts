import type { ConnectedStore } from '../store-api';
import { StoreFault } from '../store-fault';

/** The version of the protocol that Muse speaks. */
export const ACP_VERSION = '2026-04-17';

/** What was agreed with an ACP store, as an admin has written it into its connection's `options`. */
export interface AcpOptions {
  /**
   * Where the shopper's token goes: unset, it stands in `Authorization` in the place of the API key (it was given to Muse for
   * this shopper, so it names both); otherwise in a header of this name, beside the API key.
   */
  shopperTokenHeader: string | null;
  /**
   * `savedCards: "by_reference"`: cards that the store holds are named by their id, also where the store marks them
   * `requires_delegate_payment`. Muse does not call `delegate_payment`, whose body has a place for a card number.
   */
  savedByReference: boolean;
}

/** Headers that are Muse's own to set, or the connection's. */
const TAKEN =
  /^(host|content-.*|connection|transfer-encoding|cookie|authorization|proxy-.*|idempotency-key|api-version)$/i;

/** Throws StoreFault `unavailable` where nothing can be done with them. */
export function acpOptions({ options }: Pick<ConnectedStore, 'options'>): AcpOptions {
  const { apiVersion = ACP_VERSION, shopperTokenHeader = null, savedCards = null } = options;
  if (apiVersion !== ACP_VERSION) throw misconfigured('version');
  if (shopperTokenHeader !== null && !isHeader(shopperTokenHeader)) throw misconfigured('header');
  if (savedCards !== null && savedCards !== 'by_reference') throw misconfigured('saved_cards');
  return { shopperTokenHeader, savedByReference: savedCards === 'by_reference' };
}

function isHeader(name: unknown): name is string {
  return typeof name === 'string' && /^[A-Za-z][A-Za-z0-9-]{1,63}$/.test(name) && !TAKEN.test(name);
}

const misconfigured = (what: string) =>
  new StoreFault('unavailable', `misconfigured_${what}`, 'The store is not set up for its API.');
