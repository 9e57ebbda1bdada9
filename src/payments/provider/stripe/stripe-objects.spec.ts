import type Stripe from 'stripe';
import { labelsOf, metadataOf, paymentOf } from './stripe-objects';

const PAYMENT_ID = '0190d1c2-7a3b-7c4d-8e5f-6a7b8c9d0e1f';

function intent(overrides: Partial<Stripe.PaymentIntent>): Stripe.PaymentIntent {
  const basics = {
    ...{ id: 'pi_1', status: 'requires_capture', amount: 1000, amount_capturable: 1000, amount_received: 0 },
    ...{
      currency: 'usd',
      latest_charge: null,
      last_payment_error: null,
      next_action: null,
      client_secret: 'pi_1_secret_x',
    },
    ...{ payment_method: null, payment_method_types: ['card'], metadata: { muse_payment_id: PAYMENT_ID } },
  };
  return { ...basics, ...overrides } as Stripe.PaymentIntent;
}

describe('a PaymentIntent', () => {
  it('is declined where it says why, and under way where it waits without a reason', () => {
    const waiting = { status: 'requires_payment_method' } as const;
    expect(paymentOf(intent(waiting)).status).toBe('processing');
    const failure = { code: 'card_declined', decline_code: 'lost_card' } as Stripe.PaymentIntent['last_payment_error'];
    expect(paymentOf(intent({ ...waiting, last_payment_error: failure }))).toMatchObject({
      ...{ status: 'declined', declineCode: 'declined' },
    });
  });

  it('of a state that we do not know is under way, never declined or paid', () => {
    expect(paymentOf(intent({ status: 'something_new' })).status).toBe('processing');
  });

  it('asks for a proof of a card, and leads other methods to their own page', () => {
    const redirect = { type: 'redirect_to_url', redirect_to_url: { url: 'https://bank.example', return_url: null } };
    const waiting = { status: 'requires_action', next_action: redirect as Stripe.PaymentIntent.NextAction } as const;
    expect(paymentOf(intent(waiting)).action).toEqual({ type: 'authenticate', clientSecret: 'pi_1_secret_x' });
    expect(paymentOf(intent({ ...waiting, payment_method_types: ['paypal'] })).action).toMatchObject({
      ...{ type: 'redirect', url: 'https://bank.example' },
    });
  });

  it('does not count what was let go at the capture as refunded', () => {
    const charge = { id: 'ch_1', captured: true, amount: 1000, amount_captured: 600, amount_refunded: 450 };
    expect(paymentOf(intent({ latest_charge: charge as Stripe.Charge })).refundedCents).toBe(50);
  });

  it('bears our labels, and gives them back', () => {
    const labels = { paymentId: PAYMENT_ID, stepId: 'b', storeId: 'c', orderId: 'd' };
    expect(labelsOf(metadataOf(labels))).toEqual(labels);
    expect(metadataOf({ paymentId: 'a' })).toEqual({ muse_payment_id: 'a' });
    expect(labelsOf({ other: 'x', muse_step_id: '' })).toEqual({});
  });
});
