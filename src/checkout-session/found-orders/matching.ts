import type { MailFinding } from '../../store-integrations';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** From this score on a hand-off takes the order without the shopper being asked. */
export const CERTAIN_SCORE = 75;
/** By so much it has to be ahead of the next. */
const LEAD = 15;
/** Below this it is not shown as a choice. */
const SHOWN_SCORE = 20;
/** A store stamps its mail by its own clock. */
const CLOCKS_DIFFER_MS = 10 * MINUTE_MS;
/** What delivery and tax may add to the goods where nothing says how much. */
const MOST_ADDED = 1.4;

/** Why a hand-off is thought to be the order of a mail, or not to be. */
export type MatchReason =
  | 'click_id'
  | 'store'
  | 'store_name'
  | 'another_store_name'
  | 'soon_after'
  | 'in_time'
  | 'total'
  | 'total_close'
  | 'total_differs'
  | 'items'
  | 'some_items'
  | 'other_items';

/** In hundredths: what each reason counts. */
const WEIGHTS: Record<MatchReason, number> = {
  click_id: 100,
  store: 35,
  store_name: 5,
  another_store_name: -25,
  soon_after: 10,
  in_time: 5,
  total: 40,
  total_close: 20,
  total_differs: -40,
  items: 35,
  some_items: 15,
  other_items: -45,
};

/** What mails tell of one order. */
export interface OrderPicture extends Pick<MailFinding, 'total' | 'items' | 'clickIds'> {
  storeName: string | null;
  /** When it was ordered, as the earliest mail says. */
  at: Date;
  /** A mail says that it was ordered, not only that something was sent. */
  isConfirmation: boolean;
}

/** A filled cart at a store of the mail's domain, or one that the mail's links name. */
export interface MatchCandidate {
  handoffId: string;
  storeName: string;
  /** Its store owns the domain that the mails are of. */
  isOfStore: boolean;
  clickId: string;
  createdAt: Date;
  expiresAt: Date;
  totalCents: number;
  subtotalCents: number;
  currency: string;
  items: { productName: string; quantity: number }[];
}

/** How well a hand-off fits. */
export interface Match {
  handoffId: string;
  score: number;
  reasons: MatchReason[];
}

/**
 * Which hand-offs may be the order of these mails, best first. One that the mail is too early or too late for is none; two
 * that are as likely are both there, for the shopper to choose.
 */
export function matchesOf(picture: OrderPicture, candidates: readonly MatchCandidate[]): Match[] {
  return candidates
    .map((candidate): Match => {
      const reasons = reasonsFor(picture, candidate);
      const score = reasons.reduce((sum, reason) => sum + WEIGHTS[reason], 0);
      return { handoffId: candidate.handoffId, score, reasons };
    })
    .filter(({ score }) => score >= SHOWN_SCORE)
    .sort((a, b) => b.score - a.score)
    .map((match) => ({ ...match, score: Math.min(100, match.score) }));
}

/**
 * The one that needs no question; undefined where the shopper has to say. Whoever has seen the link knows its click id: of two
 * at a store it says which, of another's mail nothing.
 */
export function certainOf(picture: OrderPicture, matches: readonly Match[]): Match | undefined {
  const [best, next] = matches;
  if (!picture.isConfirmation || !best || best.score < CERTAIN_SCORE || !best.reasons.includes('store'))
    return undefined;
  const clicked = best.reasons.includes('click_id') && !next?.reasons.includes('click_id');
  return clicked || !next || best.score - next.score >= LEAD ? best : undefined;
}

function reasonsFor(picture: OrderPicture, candidate: MatchCandidate): MatchReason[] {
  const { at, total, items, clickIds, storeName } = picture;
  const after = at.getTime() - candidate.createdAt.getTime();
  if (after < -CLOCKS_DIFFER_MS || at.getTime() > candidate.expiresAt.getTime() + CLOCKS_DIFFER_MS) return [];
  const reasons: MatchReason[] = [];
  if (clickIds.includes(candidate.clickId)) reasons.push('click_id');
  if (candidate.isOfStore) reasons.push('store');
  if (reasons.length === 0) return [];
  if (storeName !== null) reasons.push(sameName(storeName, candidate.storeName) ? 'store_name' : 'another_store_name');
  reasons.push(after <= 3 * HOUR_MS ? 'soon_after' : 'in_time');
  const byTotal = total && reasonOfTotal(total, candidate);
  if (byTotal) reasons.push(byTotal);
  if (items.length > 0) reasons.push(reasonOfItems(items, candidate.items));
  return reasons;
}

/** A total is what Muse quoted, or that and what the store adds; in another currency it says nothing. */
function reasonOfTotal(
  { cents, currency }: NonNullable<OrderPicture['total']>,
  { totalCents, subtotalCents, currency: ofStore }: MatchCandidate,
): MatchReason | undefined {
  if (currency !== ofStore) return undefined;
  if (cents === totalCents) return 'total';
  const least = Math.min(totalCents, subtotalCents) * 0.8;
  const most = Math.max(totalCents, subtotalCents) * MOST_ADDED + 1000;
  return cents >= least && cents <= most ? 'total_close' : 'total_differs';
}

function reasonOfItems(told: OrderPicture['items'], inCart: MatchCandidate['items']): MatchReason {
  const known = (name: string) => inCart.some((item) => sameGoods(name, item.productName));
  const wanted = (name: string) => told.some((item) => sameGoods(item.name, name));
  const found = told.filter(({ name }) => known(name)).length;
  if (found === 0) return 'other_items';
  return found === told.length && inCart.every(({ productName }) => wanted(productName)) ? 'items' : 'some_items';
}

/** Whether two names are of the same goods: mails shorten them, and add size and colour. */
export function sameGoods(one: string, other: string): boolean {
  const [a, b] = [wordsOf(one), wordsOf(other)];
  const both = [...a].filter((word) => b.has(word)).length;
  if (both === 0) return false;
  const shorter = Math.min(a.size, b.size);
  return (2 * both) / (a.size + b.size) >= 0.6 || (both === shorter && shorter >= 2);
}

/** "Old Navy" and "Old Navy, LLC" are one store; "Gap" and "Gap Factory" are two. */
function sameName(one: string, other: string): boolean {
  const name = (text: string) => [...wordsOf(text)].filter((word) => !COMPANY.has(word)).join(' ');
  return name(one) === name(other);
}

const COMPANY = new Set(['inc', 'llc', 'ltd', 'gmbh', 'sa', 'com', 'co', 'the', 'store', 'shop', 'online', 'team']);

function wordsOf(text: string): Set<string> {
  const words = text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  return new Set(words);
}
