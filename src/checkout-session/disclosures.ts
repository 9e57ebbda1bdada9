import { includedStores, type Session } from './session';

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
  const ofStores = includedStores(session).map(({ storeId, name, settlement }): Disclosure =>
    settlement === 'at_store'
      ? {
          code: 'finish_at_store',
          version: 1,
          storeId,
          text: `You finish and pay at ${name}; its own terms and privacy policy hold there. Links to stores may earn Muse a commission.`,
        }
      : {
          code: 'pay_later',
          version: 1,
          storeId,
          text: `${name} takes your order first; you agree with the store on how to pay. Nothing is charged now.`,
        },
  );
  return [general, ...ofStores];
}
