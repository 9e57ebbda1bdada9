import type Stripe from 'stripe';
import { endpoint } from '../http/endpoint';
import { Failure, invalid } from '../http/failure';
import {
  amount,
  anything,
  emptyableText,
  expand,
  flag,
  listOf,
  metadata,
  mergeMetadata,
  oneOf,
  page,
  required,
  shape,
  text,
} from '../http/parameters';
import { methodOf } from '../payment-methods/payment-method';
import { checkChargeAmount, checkDigits, supported } from '../world/currencies';
import { newId, now } from '../world/ids';
import { pageOf } from '../world/lists';
import { search } from '../world/search';
import { confirm, unexpected } from './confirm';
import { cancel, capture, checkMethod } from './pay';

const confirmation = {
  ...{ payment_method: text, return_url: text, use_stripe_sdk: flag, off_session: flag, receipt_email: emptyableText },
  ...{ error_on_requires_action: flag, setup_future_usage: oneOf('on_session', 'off_session') },
  ...{
    payment_method_data: shape({
      type: text,
      card: shape({ token: text }),
      paypal: anything,
      billing_details: anything,
      shared_payment_granted_token: text,
    }),
  },
  ...{ shipping: anything, ...expand },
};
const UNCONFIRMED = ['requires_payment_method', 'requires_confirmation', 'requires_action'];

/** https://docs.stripe.com/api/payment_intents */
export const paymentIntentEndpoints = [
  endpoint<Stripe.PaymentIntentCreateParams, Stripe.PaymentIntent>(
    'POST',
    'payment_intents',
    {
      ...{ ...confirmation, amount: required(amount), currency: required(text), confirm: flag, customer: text },
      ...{ automatic_payment_methods: shape({ enabled: required(flag), allow_redirects: oneOf('always', 'never') }) },
      ...{
        allowed_payment_method_types: listOf(oneOf('card', 'paypal')),
        capture_method: oneOf('automatic', 'automatic_async', 'manual'),
      },
      ...{ confirmation_method: oneOf('automatic', 'manual'), description: text, metadata, transfer_group: text },
      ...{ statement_descriptor: text, statement_descriptor_suffix: text },
    },
    (call, given) => {
      const { world, owner } = call;
      const currency = supported(given.currency);
      checkChargeAmount(given.amount, currency);
      if (given.customer !== undefined) world.customers.get(owner, given.customer, 'customer');
      if (given.confirm !== true)
        for (const name of ['return_url', 'off_session', 'error_on_requires_action'] as const)
          if (given[name] !== undefined)
            throw invalid(`You can only pass in ${name} when confirm is true.`, { param: name });
      const intent = newIntent(given, currency);
      // Nothing stays of a request that is refused before the bank is asked.
      if (given.payment_method !== undefined && given.confirm !== true) {
        const method = methodOf(call, given.payment_method);
        checkMethod({ world, owner }, intent, method);
        Object.assign(intent, { payment_method: method.id, status: 'requires_confirmation' });
      }
      world.paymentIntents.add(owner, intent);
      world.emit('payment_intent.created', intent, { account: owner, call });
      if (given.confirm === true) {
        try {
          confirm(call, intent, given);
        } catch (error) {
          if (error instanceof Failure && error.status === 402) throw error;
          world.paymentIntents.delete(intent.id);
          throw error;
        }
      }
      return intent;
    },
  ),
  endpoint<Stripe.PaymentIntentSearchParams, Stripe.ApiSearchResult<Stripe.PaymentIntent>>(
    'GET',
    'payment_intents/search',
    { query: required(text), limit: page.limit, page: text, ...expand },
    ({ world, owner }, given) =>
      search('/v1/payment_intents/search', world.paymentIntents.searchable(owner, world.searchLagMs), given),
  ),
  endpoint<Stripe.PaymentIntentListParams, Stripe.ApiList<Stripe.PaymentIntent>>(
    'GET',
    'payment_intents',
    { ...page, customer: text },
    ({ world, owner }, { customer, ...given }) =>
      pageOf(
        '/v1/payment_intents',
        world.paymentIntents.list(owner, (intent) => customer === undefined || intent.customer === customer),
        given,
      ),
  ),
  endpoint<Stripe.PaymentIntentRetrieveParams, Stripe.PaymentIntent>(
    'GET',
    'payment_intents/:id',
    { client_secret: text, ...expand },
    ({ world, owner }, _given, id) => world.paymentIntents.get(owner, id, 'intent'),
  ),
  endpoint<Stripe.PaymentIntentUpdateParams, Stripe.PaymentIntent>(
    'POST',
    'payment_intents/:id',
    {
      ...{ metadata, description: text, amount, customer: text, payment_method: text, transfer_group: text },
      ...{ receipt_email: emptyableText, ...expand },
    },
    (call, given, id) => {
      const { world, owner } = call;
      const intent = world.paymentIntents.get(owner, id, 'intent');
      const { metadata: change, amount: asked, customer, payment_method, description, transfer_group } = given;
      const changesPayment = [asked, customer, payment_method].some((value) => value !== undefined);
      if (changesPayment && !UNCONFIRMED.includes(intent.status))
        throw unexpected(
          intent,
          `This PaymentIntent could not be updated because it has a status of ${intent.status}.`,
        );
      if (asked !== undefined) checkChargeAmount(asked, intent.currency);
      if (customer !== undefined) world.customers.get(owner, customer, 'customer');
      const next = { ...intent, ...(customer === undefined ? {} : { customer }) };
      const method = payment_method === undefined ? undefined : methodOf(call, payment_method);
      if (method) checkMethod({ world, owner }, next, method);
      if (asked !== undefined) intent.amount = asked;
      if (customer !== undefined) intent.customer = customer;
      if (method)
        Object.assign(intent, { payment_method: method.id, status: 'requires_confirmation', next_action: null });
      if (description !== undefined) intent.description = description;
      if (transfer_group !== undefined) intent.transfer_group = transfer_group;
      intent.metadata = mergeMetadata(intent.metadata, change);
      return intent;
    },
  ),
  endpoint<Stripe.PaymentIntentConfirmParams, Stripe.PaymentIntent>(
    'POST',
    'payment_intents/:id/confirm',
    confirmation,
    (call, given, id) => {
      const intent = call.world.paymentIntents.get(call.owner, id, 'intent');
      if (!UNCONFIRMED.includes(intent.status))
        throw unexpected(
          intent,
          `This PaymentIntent's ${intent.status === 'succeeded' ? 'payment has already succeeded' : `status is ${intent.status}`}; it cannot be confirmed.`,
        );
      confirm(call, intent, given);
      return intent;
    },
  ),
  endpoint<Stripe.PaymentIntentCaptureParams, Stripe.PaymentIntent>(
    'POST',
    'payment_intents/:id/capture',
    { amount_to_capture: amount, final_capture: flag, metadata, statement_descriptor_suffix: text, ...expand },
    (call, given, id) => {
      const { world, owner } = call;
      const intent = world.paymentIntents.get(owner, id, 'intent');
      if (intent.status !== 'requires_capture')
        throw unexpected(
          intent,
          `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
        );
      if (given.final_capture === false)
        throw invalid('The double captures once: multicapture is not enabled.', { param: 'final_capture' });
      const asked = given.amount_to_capture ?? intent.amount_capturable;
      if (asked > intent.amount_capturable)
        throw invalid(
          `The remaining amount you can capture for this PaymentIntent is ${intent.amount_capturable}, but you requested ${asked}.`,
          { code: 'amount_too_large', param: 'amount_to_capture' },
        );
      checkDigits(asked, intent.currency, 'amount_to_capture');
      intent.metadata = mergeMetadata(intent.metadata, given.metadata);
      capture({ world, owner, call }, intent, asked);
      return intent;
    },
  ),
  endpoint<Stripe.PaymentIntentCancelParams, Stripe.PaymentIntent>(
    'POST',
    'payment_intents/:id/cancel',
    {
      cancellation_reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'),
      ...expand,
    },
    (call, given, id) => {
      const { world, owner } = call;
      const intent = world.paymentIntents.get(owner, id, 'intent');
      if (![...UNCONFIRMED, 'requires_capture'].includes(intent.status))
        throw unexpected(
          intent,
          `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation, requires_action, processing.`,
        );
      cancel({ world, owner, call }, intent, given.cancellation_reason ?? null);
      return intent;
    },
  ),
];

/** https://docs.stripe.com/api/payment_intents/object */
function newIntent(given: Stripe.PaymentIntentCreateParams, currency: string): Stripe.PaymentIntent {
  const id = newId('pi');
  const types = given.allowed_payment_method_types ?? null;
  const automatic = given.automatic_payment_methods;
  const isAutomatic = automatic?.enabled ?? types === null;
  return {
    ...{ id, object: 'payment_intent', amount: given.amount, currency, amount_capturable: 0, amount_received: 0 },
    ...{
      capture_method: given.capture_method ?? 'automatic_async',
      client_secret: `${id}_secret_${newId('x').slice(2)}`,
    },
    ...{ confirmation_method: given.confirmation_method ?? 'automatic', created: now(), livemode: false },
    ...{ customer: given.customer ?? null, customer_account: null, description: given.description ?? null },
    ...{ metadata: mergeMetadata({}, given.metadata), status: 'requires_payment_method' },
    ...{ setup_future_usage: given.setup_future_usage ?? null, transfer_group: given.transfer_group ?? null },
    ...{ payment_method_types: types ?? ['card', 'paypal'], receipt_email: given.receipt_email ?? null },
    automatic_payment_methods: isAutomatic
      ? { enabled: true, allow_redirects: automatic?.allow_redirects ?? 'always' }
      : null,
    ...{ statement_descriptor: given.statement_descriptor ?? null },
    ...{ statement_descriptor_suffix: given.statement_descriptor_suffix ?? null },
    ...{ allowed_payment_method_types: types, application: null, application_fee_amount: null, canceled_at: null },
    ...{ cancellation_reason: null, excluded_payment_method_types: null, last_payment_error: null, review: null },
    ...{ latest_charge: null, managed_payments: null, next_action: null, on_behalf_of: null, payment_method: null },
    ...{ payment_method_configuration_details: null, payment_method_options: {}, payment_record: null },
    ...{ processing: null, shipping: null, source: null },
  };
}
