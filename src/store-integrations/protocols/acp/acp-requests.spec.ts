import type { Basket } from '../store-api';
import { lineOf } from './acp-checkout';
import { AnswerReader } from '../answer-reader';
import { basketJson, createJson, paymentJson, selectionJson } from './acp-requests';

const BASKET: Basket = {
  ...{ checkoutId: null, currency: 'USD', storeAddressId: null, deliveryOptionId: null, discountCodes: [] },
  lines: [{ itemId: 'one', externalId: 'TG-1', quantity: 3 }],
  buyer: { email: 'ana@shop.example', firstName: 'Ana', lastName: 'Reyes', phone: '+15125550101' },
  address: {
    ...{ firstName: 'Ana', lastName: 'Reyes', line1: '500 Congress Ave', line2: 'Apt 12', city: 'Austin' },
    ...{ region: 'TX', postalCode: '78701', country: 'US', phone: null },
  },
};

describe('what is asked of an ACP store', () => {
  it('is the whole basket, with quantities, and nothing that steps in for the shopper', () => {
    expect(createJson(BASKET)).toEqual({
      currency: 'usd',
      capabilities: { interventions: { supported: [] }, extensions: ['discount'] },
      line_items: [{ id: 'TG-1', quantity: 3 }],
      buyer: { email: 'ana@shop.example', first_name: 'Ana', last_name: 'Reyes', phone_number: '+15125550101' },
      fulfillment_details: {
        ...{ name: 'Ana Reyes', email: 'ana@shop.example', phone_number: '+15125550101' },
        address: {
          ...{ name: 'Ana Reyes', line_one: '500 Congress Ave', line_two: 'Apt 12', city: 'Austin', state: 'TX' },
          ...{ country: 'US', postal_code: '78701' },
        },
      },
      discounts: { codes: [] },
    });
  });

  it('leaves out what is not known yet, and takes codes away that are not there any more', () => {
    expect(basketJson({ ...BASKET, buyer: null, address: null })).toEqual({
      ...{ line_items: [{ id: 'TG-1', quantity: 3 }], discounts: { codes: [] } },
    });
  });

  it('has a name and a state where the protocol asks for them and a country has none', () => {
    const address = { line1: 'Rua 1', city: 'Lisboa', country: 'PT' };
    const json = basketJson({ ...BASKET, address }) as { fulfillment_details: { address: object } };
    expect(json.fulfillment_details.address).toEqual({
      ...{ name: 'Ana Reyes', line_one: 'Rua 1', city: 'Lisboa', state: '', country: 'PT', postal_code: '' },
    });
  });

  it('chooses the delivery for all lines, by the ids that the store itself uses for them', () => {
    const option = { type: 'shipping', id: 'ship', name: 'Ship', priceCents: 0, minDays: 1, maxDays: 2 };
    const json = { id: 'li_1', item: { id: 'TG-1' }, quantity: 1, unit_amount: 5, totals: [] };
    const lines = [lineOf(AnswerReader.parse(Buffer.from(JSON.stringify(json))))];
    const idsFor = (used: string[]) =>
      (selectionJson(option, lines, used) as { selected_fulfillment_options: [{ item_ids: string[] }] })
        .selected_fulfillment_options[0].item_ids;
    expect(idsFor([])).toEqual(['li_1']);
    expect(idsFor(['li_1'])).toEqual(['li_1']);
    expect(idsFor(['TG-1'])).toEqual(['TG-1']);
    expect(idsFor(['other'])).toEqual(['li_1']);
  });

  it('pays by a token of the provider, or by the name of a card that the store holds', () => {
    expect(paymentJson({ type: 'delegated', provider: 'stripe', handlerId: 'h', token: 'spt_x' }, 'h')).toEqual({
      payment_data: { handler_id: 'h', instrument: { type: 'card', credential: { type: 'spt', token: 'spt_x' } } },
    });
    expect(paymentJson({ type: 'saved', instrumentId: 'pm_1' }, 'h1')).toMatchObject({
      payment_data: {
        handler_id: 'h1',
        instrument: { type: 'seller_backed_saved_card', credential: { token: 'pm_1' } },
      },
    });
  });
});
