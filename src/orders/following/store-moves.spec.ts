import { ORDER_STATUSES, TRANSITIONS, allows, type OrderFacts } from '../order-states';
import { movesTo } from './store-moves';

const TOLD = ['confirmed', 'processing', 'shipped', 'delivered', 'cancelled', 'returned'] as const;
const RANK: Partial<Record<string, number>> = {
  ...{ pending: 0, awaiting_store: 0, confirmed: 1, processing: 2, shipped: 3, delivered: 4, completed: 5 },
};

describe('The ways to where a store sees an order', () => {
  it('lead through allowed steps only, forward, and to what the store says', () => {
    for (const from of ORDER_STATUSES) {
      for (const told of TOLD) {
        for (const left of [0, 1]) {
          let status = from;
          for (const action of movesTo(from, told, left)) {
            const facts: OrderFacts = {
              ...{ status, checkoutMethod: 'oauth_api', settlement: 'at_store', paymentStatus: 'at_store' },
            };
            expect([from, told, action, allows(action, 'system', facts)]).toEqual([from, told, action, true]);
            const to = TRANSITIONS[action].to;
            if (RANK[to] !== undefined) expect(RANK[to]).toBeGreaterThanOrEqual(RANK[status]!);
            status = to;
          }
        }
      }
    }
  });

  it.each([
    ['confirmed', 'confirmed', 0, ''],
    ['confirmed', 'processing', 0, 'prepare'],
    ['confirmed', 'processing', 1, 'shipPart'],
    ['processing', 'processing', 1, 'shipPart'],
    ['processing', 'processing', 0, ''],
    ['confirmed', 'shipped', 1, 'ship'],
    ['confirmed', 'delivered', 0, 'ship deliver'],
    ['shipped', 'delivered', 0, 'deliver'],
    ['shipped', 'processing', 1, ''],
    ['shipped', 'cancelled', 0, 'return'],
    ['returned', 'cancelled', 0, ''],
    ['cancelled', 'cancelled', 0, ''],
    ['processing', 'cancelled', 0, 'cancelAtStore'],
    ['cancelled', 'shipped', 1, ''],
    ['confirmed', 'returned', 0, 'ship return'],
    ['delivered', 'returned', 0, 'return'],
    ['returned', 'delivered', 0, ''],
  ] as const)('from %s to %s, with %i parcels that have left now: %s', (from, told, left, actions) => {
    expect(movesTo(from, told, left)).toEqual(actions.split(' ').filter(Boolean));
  });
});
