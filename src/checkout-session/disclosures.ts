import { NO_ARBITRATION } from '../trust';
import { affiliateDisclosure } from '../store-integrations';
import { includedStores, isContactOnly, languageOf, usesAffiliateLink, type Session, type Settlement } from './session';

/** Something that the shopper is told before placing; whether it was accepted is recorded with its version. */
export interface Disclosure {
  code: string;
  version: number;
  text: string;
  storeId?: string;
}

type Told = Pick<Session, 'stores' | 'sealed' | 'shopperPrivacy' | 'takesAffiliateLinks' | 'locale' | 'shopperLocale'>;

/** What is to be said about this session: in general, and of each store. */
export function disclosuresOf(session: Told): Disclosure[] {
  const general: Disclosure = {
    code: 'separate_sellers',
    version: 1,
    text: 'You buy from each store separately: one order per store. Muse passes your order on, and does not arbitrate between you and a store.',
  };
  const stores = includedStores(session);
  const onMuse = stores.some(({ tier }) => tier === 'direct');
  const ofStores = stores.flatMap((store): Disclosure[] => {
    const { storeId, name, settlement, servedBy } = store;
    const isBoughtHere = settlement === 'at_store' && servedBy === 'oauth_api';
    const told = isContactOnly(store) ? CONTACT_ONLY : isBoughtHere ? BOUGHT_FOR_YOU : OF_SETTLEMENT[settlement];
    const settled = { ...told, storeId, text: told.text(name) };
    if (!usesAffiliateLink(session, store)) return [settled];
    return [settled, { ...AFFILIATE_LINK, storeId, text: affiliateDisclosure(name, languageOf(session)) }];
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

const AFFILIATE_LINK = { code: 'affiliate_link', version: 1 };

const BOUGHT_FOR_YOU = {
  code: 'bought_for_you',
  version: 1,
  text: (name: string) =>
    `Muse places your order at ${name} for you; ${name} takes the payment, by what it holds for you or the card that you chose here, and its own terms and privacy policy hold.`,
};

const OF_SETTLEMENT: Record<Settlement, { code: string; version: number; text: (name: string) => string }> = {
  at_store: {
    code: 'finish_at_store',
    version: 2,
    text: (name) => `You finish and pay at ${name}; its own terms and privacy policy hold there.`,
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
