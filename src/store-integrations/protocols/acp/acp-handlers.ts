import type { AnswerReader } from '../answer-reader';
import { integerOrNull, isTrue } from './acp-read';

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
export function handlersOf(json: AnswerReader): AcpHandler[] {
  return json
    .list()
    .filter((handler) => !isTrue(handler.at('requires_pci_compliance')))
    .map((handler) => ({ handler, order: integerOrNull(handler.at('display_order')) ?? Number.MAX_SAFE_INTEGER }))
    .sort((a, b) => a.order - b.order)
    .map(({ handler }) => handlerOf(handler));
}

function handlerOf(json: AnswerReader): AcpHandler {
  const name = json.at('name').id();
  const config = json.at('config');
  const provider = json.at('psp').textOrNull()?.toLowerCase() ?? null;
  const isSaved = name.startsWith('dev.acp.seller_backed.saved_card');
  const shown = config.at('display_metadata');
  const last4 = shown.at('last4').textOrNull();
  return {
    id: json.at('id').id(),
    provider,
    takesTokens: name.startsWith('dev.acp.tokenized.') && provider !== 'seller_managed',
    needsToken: isTrue(json.at('requires_delegate_payment')),
    saved: isSaved
      ? {
          methodId: config.at('payment_method_id').idOrNull(),
          brand: shown.at('brand').textOrNull(),
          // No more than four, whatever the store sends.
          last4: last4 !== null && /^\d{4}$/.test(last4) ? last4 : null,
        }
      : null,
  };
}
