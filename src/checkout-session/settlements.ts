import type { Problem } from '../store-integrations';
import { includedStores, isContactOnly, type Session, type Settlement, type StoreCheckout } from './session';

type Stores = Pick<Session, 'stores' | 'currency'>;

/** What the card is asked for when a session is placed: one payment in one currency, a share for each store. Minor units. */
export interface Charge {
  currency: string;
  amountCents: number;
  shares: { storeId: string; amountCents: number }[];
}

/**
 * The currency in which a session's stores are paid now, for they share one payment: the session's own where a store that
 * can be paid has it, else that of the first such store. Null where none can.
 */
export function paymentCurrencyOf(session: Stores): string | null {
  const payable = includedStores(session).filter((store) => store.payNow?.payable && isDivisible(store));
  return (payable.find((store) => store.currency === session.currency) ?? payable[0])?.currency ?? null;
}

/** How a store could be paid, the default first; none for one that is only asked. */
export function settlementOptionsOf(session: Stores, store: StoreCheckout): Settlement[] {
  if (isContactOnly(store)) return [];
  if (store.tier !== 'direct') return ['at_store'];
  return whyNotNow(session, store) === null ? ['pay_now', 'pay_later'] : ['pay_later'];
}

/** Brings the settlements up to date: what the shopper chose while it is offered, else the default; notes why none is now. */
export function settle(session: Stores): void {
  for (const store of session.stores) {
    const options = settlementOptionsOf(session, store);
    store.settlementChosen &&= options.includes(store.settlement);
    // Whatever comes of a talk is agreed there.
    if (!store.settlementChosen) store.settlement = options[0] ?? 'pay_later';
    const problem = notOffered(session, store);
    if (problem) store.problems.push(problem);
  }
}

/** What is due now; null where nothing is, and then nobody has to wait for a payment. */
export function chargeOf(session: Stores): Charge | null {
  const due = includedStores(session).filter(
    ({ settlement, totalCents }) => settlement === 'pay_now' && totalCents > 0,
  );
  if (due.length === 0) return null;
  return {
    currency: due[0]!.currency,
    amountCents: due.reduce((sum, store) => sum + store.totalCents, 0),
    shares: due.map(({ storeId, totalCents }) => ({ storeId, amountCents: totalCents })),
  };
}

function whyNotNow(session: Stores, store: StoreCheckout): string | null {
  const { payNow, currency } = store;
  if (!payNow?.payable) return payNow?.reason ?? 'not_onboarded';
  if (!isDivisible(store)) return 'amount_not_chargeable';
  const ofPayment = paymentCurrencyOf(session);
  return ofPayment === null || ofPayment === currency ? null : 'other_currency';
}

/** Cards are not asked for every part of each currency: of those with three decimals, for tens of the least. */
function isDivisible({ payNow, totalCents }: StoreCheckout): boolean {
  return totalCents % (payNow?.unit ?? 1) === 0;
}

const WHY: Record<string, string> = {
  not_onboarded: 'has not set up payments in Muse',
  not_enabled: 'cannot take payments in Muse at present',
  wrong_currency: 'cannot be paid in the currency of its prices in Muse',
  amount_not_chargeable: 'comes to an amount that no card can be asked for in its currency',
  other_currency: 'has its prices in another currency than what is paid now',
};

function notOffered(session: Stores, store: StoreCheckout): Problem | null {
  if (isContactOnly(store)) {
    const detail = `${store.name} takes no orders in Muse: placing writes to it, nothing is bought, and the items stay in your cart.`;
    return { code: 'conversation_only', severity: 'info', storeId: store.storeId, detail };
  }
  const reason = store.tier === 'direct' ? whyNotNow(session, store) : null;
  if (reason === null) return null;
  const detail = `${store.name} ${WHY[reason]}: you agree with the store on how to pay.`;
  return { code: 'pay_now_not_offered', severity: 'info', storeId: store.storeId, reason, detail };
}
