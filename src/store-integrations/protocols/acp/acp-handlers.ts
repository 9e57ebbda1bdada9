import type { JsonReader } from '../json-reader';

/** A payment handler of a session: one way in which the store is paid. */
export interface AcpHandler {
  id: string;
  /** Whose tokens it takes, in lower case: `stripe`. */
  provider: string | null;
  /** It takes a token that a payment provider made for this store. */
  takesTokens: boolean;
  /** The store would rather see a token of ACP's own `delegate_payment` than the card's name. */
  needsToken: boolean;
  /** A card that the store holds for the shopper, as far as people may see it. */
  saved: { methodId: string | null; brand: string | null; last4: string | null } | null;
}

/** The handlers of a session, those first that the store puts first. What handles card numbers is left out: Muse has none. */
export function handlersOf(json: JsonReader): AcpHandler[] {
  return json
    .list()
    .filter((handler) => handler.get('requires_pci_compliance').booleanOrNull() !== true)
    .map((handler) => ({ handler, order: handler.get('display_order').integerOrNull() ?? Number.MAX_SAFE_INTEGER }))
    .sort((a, b) => a.order - b.order)
    .map(({ handler }) => handlerOf(handler));
}

function handlerOf(json: JsonReader): AcpHandler {
  const name = json.get('name').text(200);
  const config = json.get('config');
  const provider = json.get('psp').textOrNull(100)?.toLowerCase() ?? null;
  const isSaved = name.startsWith('dev.acp.seller_backed.saved_card');
  const shown = config.get('display_metadata');
  const last4 = shown.get('last4').textOrNull(20);
  return {
    id: json.get('id').text(255),
    provider,
    takesTokens: name.startsWith('dev.acp.tokenized.') && provider !== 'seller_managed',
    needsToken: json.get('requires_delegate_payment').booleanOrNull() === true,
    saved: isSaved
      ? {
          methodId: config.get('payment_method_id').textOrNull(255),
          brand: shown.get('brand').wordsOrNull(50),
          // No more than four, whatever the store sends.
          last4: last4 !== null && /^\d{4}$/.test(last4) ? last4 : null,
        }
      : null,
  };
}
