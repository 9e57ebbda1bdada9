import type { FaultKind, ShopStep } from '../../../sandbox/shops/faults/faults';
import type { Point, Switches } from '../../../sandbox/shops/world/switches';
import type { ShopKind } from '../../../support/shop-sandbox';
import type { Random } from '../../harness/random';

export const SHOPS = ['nordstrom', 'macys', 'oldnavy'] as const satisfies ShopKind[];
export type TorturedShop = (typeof SHOPS)[number];

/** What is done to a shop during one checkout. */
export interface Plan {
  no: number;
  shop: TorturedShop;
  /** Of the shop's baskets. */
  basket: number;
  /** As the report calls them; none, one or two. */
  names: string[];
  switches: Partial<Switches>;
  /** What comes only once the shopper has agreed to a price. */
  later: Partial<Switches>;
  fault: { step: ShopStep; kind: FaultKind; skip: number } | null;
  /** When it comes: while the shop is asked what it costs, or while it is bought. */
  phase: 'quote' | 'place';
  due: Due;
}

/**
 * `placed`: a person could finish it, at another price where that has moved. `not placed`: nobody could. `unknown`: what the last click did
 * stays open, because the shop gave no answer to it and has no order: never clicked again, so somebody has to look.
 */
export type Due = 'placed' | 'not placed' | 'unknown';

/** What a checkout asks of each shop, from signing in to the thanks. */
export const PLACE_STEPS: Record<TorturedShop, ShopStep[]> = {
  nordstrom: [
    ...(['signInPage', 'signIn', 'product', 'add', 'cart', 'checkout', 'address', 'delivery', 'payment'] as const),
    ...(['review', 'place', 'confirmation'] as const),
  ],
  macys: [
    ...(['app', 'signInPage', 'signIn', 'product', 'add', 'cart', 'checkout', 'suggest', 'address'] as const),
    ...(['delivery', 'payment', 'review', 'place', 'order'] as const),
  ],
  oldnavy: [
    ...(['signInPage', 'signIn', 'product', 'add', 'cart', 'checkout', 'address', 'payment', 'frame'] as const),
    ...(['review', 'place', 'confirmation'] as const),
  ],
};
const POINTS: Point[] = ['signIn', 'checkout', 'place'];
export const BASKETS = 3;

/** What the shop is asked for only where it is bought. */
const LATE: ShopStep[] = ['place', 'confirmation', 'order', 'challenge'];

type Change = Pick<Plan, 'switches' | 'later' | 'fault'> & { name: string; due: Due };

function changes(random: Random, shop: TorturedShop): (() => Change)[] {
  const plain = (name: string, switches: Partial<Switches>, due: Due = 'placed'): Change => ({
    ...{ name, switches, later: {}, fault: null, due },
  });
  const point = () => random.oneOf(POINTS);
  const fault = (kind: FaultKind, step: ShopStep): Change => {
    // Nothing tells whether the order was made, and it was not: nobody clicks again.
    const isUnknown = step === 'place' && ['500', 'reset_before', 'session_expired'].includes(kind);
    const name = `${kind} at ${step}`;
    return { name, switches: {}, later: {}, fault: { step, kind, skip: 0 }, due: isUnknown ? 'unknown' : 'placed' };
  };
  const asked = (name: string, kind: 'captcha' | 'oneTimeCode' | 'securityQuestion' | 'termsChanged') => () => {
    const at = point();
    return plain(`${name} at ${at}`, { [kind]: at });
  };
  const later = (name: string, switches: Partial<Switches>, due: Due): Change => ({
    ...{ name, switches: {}, later: switches, fault: null, due },
  });
  return [
    () => plain('ids renamed', { renamed: 'ids' }),
    () => plain('all renamed', { renamed: 'all' }),
    () => plain('fields moved', { moved: true }),
    () => plain('pop-up', { popup: true }),
    () => plain('cookie banner', { cookieBanner: true }),
    () => plain('slow pages', { slowMs: random.between(100, 500) }),
    asked('captcha', 'captcha'),
    asked('one-time code', 'oneTimeCode'),
    asked('security question', 'securityQuestion'),
    asked('terms', 'termsChanged'),
    () => later('price moved', { priceMovedCents: random.between(1, 900) }, 'placed'),
    () => later('price moves at place', { priceMovesAtPlaceCents: random.between(1, 900) }, 'placed'),
    () => {
      const where = random.oneOf(['product', 'cart', 'place'] as const);
      return later(`out of stock at ${where}`, { outOfStock: where }, 'not placed');
    },
    () => fault('session_expired', random.oneOf(PLACE_STEPS[shop])),
    () => plain('double-submit trap', { doubleSubmitTrap: true }),
    () => fault('lost', 'place'),
    () => fault('500', random.oneOf(PLACE_STEPS[shop])),
    () => fault('500', random.oneOf(PLACE_STEPS[shop])),
    () => fault('reset_before', random.oneOf(PLACE_STEPS[shop])),
    () => fault(random.oneOf(['500_after', 'reset_after'] as const), 'place'),
  ];
}

/** Checkouts in turn over the shops: one in six without a switch, one in three with two. */
export function plansOf(random: Random, count: number): Plan[] {
  return Array.from({ length: count }, (_, no) => {
    const shop = SHOPS[no % SHOPS.length]!;
    const chance = random.next();
    const how = chance < 1 / 6 ? 0 : chance < 2 / 3 ? 1 : 2;
    const chosen: Change[] = [];
    const left = changes(random, shop);
    while (chosen.length < how) {
      const change = left.splice(random.between(0, left.length - 1), 1)[0]!();
      // One fault a checkout: which of two is met first would be another checkout each time.
      if (change.fault && chosen.some(({ fault }) => fault)) continue;
      chosen.push(change);
    }
    const dues = chosen.map(({ due }) => due);
    const switches = Object.assign({}, ...chosen.map((change) => change.switches)) as Partial<Switches>;
    const fault = faultOf(chosen.find((change) => change.fault)?.fault ?? null, switches);
    const isLate = random.next() < 0.5 || (fault !== null && LATE.includes(fault.step));
    return {
      ...{ no, shop, basket: random.between(0, BASKETS - 1), names: chosen.map(({ name }) => name) },
      switches,
      later: Object.assign({}, ...chosen.map(({ later }) => later)) as Partial<Switches>,
      ...{ fault, phase: isLate ? 'place' : 'quote' },
      due: dues.includes('not placed') ? 'not placed' : dues.includes('unknown') ? 'unknown' : 'placed',
    };
  });
}

/** Where a challenge comes before it, the order is made by the answer: that is what loses its own. */
function faultOf(fault: Plan['fault'], switches: Partial<Switches>): Plan['fault'] {
  const isAsked = [switches.captcha, switches.oneTimeCode, switches.securityQuestion, switches.termsChanged].filter(
    (point) => point === 'place',
  ).length;
  const isAfter = fault !== null && (fault.kind.endsWith('_after') || fault.kind === 'lost');
  return isAfter && isAsked > 0 ? { ...fault, step: 'challenge', skip: isAsked - 1 } : fault;
}
