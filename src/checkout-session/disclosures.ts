import { NO_ARBITRATION } from '../trust';
import { includedStores, isContactOnly, type Session, type Settlement } from './session';

/** Something that the shopper is told before placing; whether it was accepted is recorded with its version. */
export interface Disclosure {
  code: string;
  version: number;
  text: string;
  storeId?: string;
}

/** What is to be said about this session: in general, and of each store. */
export function disclosuresOf(session: Pick<Session, 'stores'>): Disclosure[] {
  const general: Disclosure = {
    code: 'separate_sellers',
    version: 1,
    text: 'You buy from each store separately: one order per store. Muse passes your order on, and does not arbitrate between you and a store.',
  };
  const stores = includedStores(session);
  const onMuse = stores.some(({ tier }) => tier === 'direct');
  const ofStores = stores.map((store): Disclosure => {
    const { storeId, name, settlement, servedBy } = store;
    const isBoughtHere = settlement === 'at_store' && servedBy === 'oauth_api';
    const told = isContactOnly(store) ? CONTACT_ONLY : isBoughtHere ? BOUGHT_FOR_YOU : OF_SETTLEMENT[settlement];
    return { ...told, storeId, text: told.text(name) };
  });
  return [general, ...(onMuse ? [BETWEEN_YOU_AND_THEM] : []), ...ofStores];
}

/** Where a merchant sells through Muse: what the two do to each other is theirs to settle. */
const BETWEEN_YOU_AND_THEM: Disclosure = { code: 'no_arbitration', version: 1, text: NO_ARBITRATION };
const CONTACT_ONLY = {
  code: 'conversation_only',
  version: 1,
  text: (name: string) =>
    `${name} takes no orders in Muse. It is sent what you want to buy and your note, and may answer you here; nothing is ordered or charged, and what you agree on is between the two of you.`,
};

const BOUGHT_FOR_YOU = {
  code: 'bought_for_you',
  version: 1,
  text: (name: string) =>
    `Muse places your order at ${name} for you; ${name} takes the payment, by what it holds for you or the card that you chose here, and its own terms and privacy policy hold.`,
};

const OF_SETTLEMENT: Record<Settlement, { code: string; version: number; text: (name: string) => string }> = {
  at_store: {
    code: 'finish_at_store',
    version: 1,
    text: (name) =>
      `You finish and pay at ${name}; its own terms and privacy policy hold there. Links to stores may earn Muse a commission.`,
  },
  pay_later: {
    code: 'pay_later',
    version: 1,
    text: (name) => `${name} takes your order first; you agree with the store on how to pay. Nothing is charged now.`,
  },
  pay_now: {
    code: 'pay_now',
    version: 1,
    text: (name) =>
      `You pay ${name} through Muse. Your payment is authorised for all stores at once, and taken only for those that take your order.`,
  },
};
