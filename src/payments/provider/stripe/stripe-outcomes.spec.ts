// oxlint-disable-next-line import/no-named-as-default -- the export that is named so is a type
import Stripe from 'stripe';
import { OutcomeUnknown } from '../payment-provider';
import { declineCode, outcomeOf } from './stripe-outcomes';

const { errors } = Stripe;
const error = (statusCode: number, code?: string, more: object = {}) =>
  errors.generateV1Error({ message: 'x', statusCode, ...(code && { code }), ...more });

describe('an error of Stripe', () => {
  it('leaves the outcome unknown where it says nothing of the effect', () => {
    for (const unknown of [error(500), error(503), new errors.StripeConnectionError({}), new TypeError('x')])
      expect(() => outcomeOf(unknown)).toThrow(OutcomeUnknown);
  });

  it('is for later where nothing can have happened', () => {
    const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    const unreachable = new errors.StripeConnectionError({ detail: refused });
    expect(outcomeOf(unreachable)).toEqual({ type: 'unavailable', code: 'unreachable' });
    for (const later of [error(429), error(409, 'lock_timeout'), error(401)])
      expect(outcomeOf(later)).toMatchObject({ type: 'unavailable' });
  });

  it('is a refusal in our words where Stripe will not do it', () => {
    const codes = [
      [error(400, 'balance_insufficient'), 'balance_insufficient'],
      [error(400, 'payment_intent_unexpected_state'), 'wrong_state'],
      [error(404, 'resource_missing'), 'not_found'],
      [error(404), 'not_found'],
      [error(403), 'account_not_ready'],
      [error(400, 'parameter_unknown'), 'invalid_request'],
      [error(402, 'card_declined', { type: 'card_error', decline_code: 'insufficient_funds' }), 'insufficient_funds'],
    ] as const;
    for (const [given, code] of codes) expect(outcomeOf(given)).toEqual({ type: 'refused', code });
  });

  it('tells nobody of fraud, or of a lost or stolen card', () => {
    for (const code of ['fraudulent', 'lost_card', 'stolen_card', 'pickup_card', 'merchant_blacklist', 'toString'])
      expect(declineCode(code, 'card_declined')).toBe('declined');
  });
});
