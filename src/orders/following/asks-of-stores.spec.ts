import { ORDER_STATUSES } from '../order-states';
import { mayAskToCancel, mayAskToReturn, type AskableOrder } from './asks-of-stores';

const order = (more: Partial<AskableOrder> = {}): AskableOrder => ({
  ...{ status: 'confirmed', checkoutMethod: 'oauth_api', trackingNumber: null, storeRequest: null },
  ...{ storeOffers: ['cancel', 'return', 'track'], ...more },
});
const asked = (status: string) => ({ kind: 'cancel' as const, status });

describe('What a store may be asked about an order', () => {
  it('is to cancel it, until anything of it has left', () => {
    expect(ORDER_STATUSES.filter((status) => mayAskToCancel(order({ status })))).toEqual(['confirmed', 'processing']);
    expect(mayAskToCancel(order({ status: 'processing', trackingNumber: '1Z' }))).toBe(false);
  });

  it('once, and again only where it refused or was not reached', () => {
    const again = ['pending', 'done', 'refused', 'failed'].filter((status) =>
      mayAskToCancel(order({ storeRequest: asked(status) })),
    );
    expect(again).toEqual(['refused', 'failed']);
  });

  it('is to take back what was shipped', () => {
    const statuses = ORDER_STATUSES.filter((status) => mayAskToReturn(order({ status })));
    expect(statuses).toEqual(['shipped', 'delivered', 'completed']);
  });

  it('is nothing that it does not offer, was not asked for yet, or that has no interface', () => {
    for (const none of [order({ storeOffers: ['track'] }), order({ storeOffers: null })])
      expect([mayAskToCancel(none), mayAskToReturn({ ...none, status: 'delivered' })]).toEqual([false, false]);
    for (const checkoutMethod of ['direct', 'redirect'] as const) {
      const elsewhere = order({ checkoutMethod });
      expect([mayAskToCancel(elsewhere), mayAskToReturn({ ...elsewhere, status: 'delivered' })]).toEqual([
        false,
        false,
      ]);
    }
  });
});
