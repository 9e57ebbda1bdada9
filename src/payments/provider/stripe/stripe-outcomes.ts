// oxlint-disable-next-line import/no-named-as-default -- the export that is named so is a type
import Stripe from 'stripe';
import { OutcomeUnknown, type DeclineCode, type Outcome, type RefusalCode } from '../payment-provider';

/** Stripe's reasons of issuers and of methods that the shopper may know; all others are `declined`. */
const DECLINES = new Map(
  Object.entries<DeclineCode>({
    insufficient_funds: 'insufficient_funds',
    expired_card: 'expired_card',
    incorrect_cvc: 'incorrect_cvc',
    invalid_cvc: 'incorrect_cvc',
    incorrect_number: 'incorrect_details',
    invalid_number: 'incorrect_details',
    invalid_expiry_month: 'incorrect_details',
    invalid_expiry_year: 'incorrect_details',
    incorrect_zip: 'incorrect_details',
    incorrect_address: 'incorrect_details',
    card_velocity_exceeded: 'limit_exceeded',
    withdrawal_count_limit_exceeded: 'limit_exceeded',
    card_not_supported: 'not_supported',
    currency_not_supported: 'not_supported',
    transaction_not_allowed: 'not_supported',
    authentication_required: 'authentication_failed',
    payment_intent_authentication_failure: 'authentication_failed',
    processing_error: 'processing_error',
    issuer_not_available: 'processing_error',
    try_again_later: 'processing_error',
    payment_method_customer_decline: 'declined',
    payment_method_provider_decline: 'declined',
    payment_method_not_available: 'not_supported',
  }),
);

/** The reason in our words. Fraud and lost or stolen cards are told to nobody: they are `declined`. */
export function declineCode(...codes: (string | null | undefined)[]): DeclineCode {
  for (const code of codes) {
    const known = code ? DECLINES.get(code) : undefined;
    if (known) return known;
  }
  return 'declined';
}

const REFUSALS = new Map(
  Object.entries<RefusalCode>({
    payment_intent_unexpected_state: 'wrong_state',
    charge_already_captured: 'wrong_state',
    charge_already_refunded: 'wrong_state',
    charge_expired_for_capture: 'wrong_state',
    charge_disputed: 'wrong_state',
    setup_intent_unexpected_state: 'wrong_state',
    resource_missing: 'not_found',
    balance_insufficient: 'balance_insufficient',
    insufficient_funds: 'balance_insufficient',
    transfers_not_allowed: 'account_not_ready',
    account_invalid: 'account_not_ready',
    payouts_not_allowed: 'account_not_ready',
    amount_too_large: 'amount_too_large',
    amount_too_small: 'amount_invalid',
    parameter_invalid_integer: 'amount_invalid',
    payment_method_unexpected_state: 'method_unusable',
    payment_method_unactivated: 'method_unusable',
    payment_method_invalid_parameter: 'method_unusable',
    capture_charge_authorization_expired: 'wrong_state',
  }),
);

/** What an error of stripe-node says about the call. Throws OutcomeUnknown where it says nothing. */
export function outcomeOf(error: unknown): Exclude<Outcome<never>, { type: 'done' }> {
  // What is none of Stripe's is a fault of ours; nobody knows how far it got.
  if (!(error instanceof Stripe.errors.StripeError)) throw new OutcomeUnknown('fault');
  const { statusCode, code } = error;
  if (error instanceof Stripe.errors.StripeConnectionError) {
    // Nobody listened: nothing can have happened.
    if ((error.detail as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED')
      return { type: 'unavailable', code: 'unreachable' };
    throw new OutcomeUnknown('no_answer');
  }
  if (statusCode === 409 || statusCode === 429) return { type: 'unavailable', code: code ?? `http_${statusCode}` };
  if (statusCode === 401) return { type: 'unavailable', code: 'bad_key' };
  if (statusCode === undefined || statusCode >= 500 || statusCode < 400)
    throw new OutcomeUnknown(`http_${statusCode ?? 'none'}`);
  if (statusCode === 402 || error instanceof Stripe.errors.StripeCardError)
    return { type: 'refused', code: declineCode(error.decline_code, code) };
  const known = code ? REFUSALS.get(code) : undefined;
  if (known) return { type: 'refused', code: known };
  if (statusCode === 404) return { type: 'refused', code: 'not_found' };
  return { type: 'refused', code: statusCode === 403 ? 'account_not_ready' : 'invalid_request' };
}

/** Runs one call and gives what it came to. Throws OutcomeUnknown. */
export async function asked<S, T>(call: () => Promise<S>, shown: (object: S) => T): Promise<Outcome<T>> {
  let object: S;
  try {
    object = await call();
  } catch (error) {
    return outcomeOf(error);
  }
  return { type: 'done', value: shown(object) };
}
