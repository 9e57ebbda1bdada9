import type Stripe from 'stripe';
import { endpoint } from '../http/endpoint';
import { Failure } from '../http/failure';
import { expand, flag, metadata, mergeMetadata, oneOf, listOf, page, required, shape, text } from '../http/parameters';
import { methodOf } from '../payment-methods/payment-method';
import { newId, now } from '../world/ids';
import { pageOf } from '../world/lists';
import { confirmSetup, unexpectedSetup } from './setup-intent';

const OPEN = ['requires_payment_method', 'requires_confirmation', 'requires_action'];
const confirmation = {
  ...{ payment_method: text, return_url: text, use_stripe_sdk: flag, ...expand },
};

/** https://docs.stripe.com/api/setup_intents */
export const setupIntentEndpoints = [
  endpoint<Stripe.SetupIntentCreateParams, Stripe.SetupIntent>(
    'POST',
    'setup_intents',
    {
      ...{ ...confirmation, customer: text, confirm: flag, usage: oneOf('on_session', 'off_session'), metadata },
      ...{ description: text, allowed_payment_method_types: listOf(oneOf('card', 'paypal')) },
      automatic_payment_methods: shape({ enabled: required(flag), allow_redirects: oneOf('always', 'never') }),
    },
    (call, given) => {
      const { world, owner } = call;
      const id = newId('seti');
      if (given.customer !== undefined) world.customers.get(owner, given.customer, 'customer');
      const method = given.payment_method === undefined ? null : methodOf(call, given.payment_method);
      const types = given.allowed_payment_method_types ?? null;
      const automatic = given.automatic_payment_methods ?? { enabled: types === null };
      const intent: Stripe.SetupIntent = {
        ...{ id, object: 'setup_intent', client_secret: `${id}_secret_${newId('x').slice(2)}`, created: now() },
        ...{ customer: given.customer ?? null, customer_account: null, description: given.description ?? null },
        ...{ livemode: false, metadata: mergeMetadata({}, given.metadata), usage: given.usage ?? 'off_session' },
        ...{ payment_method: method?.id ?? null, payment_method_types: types ?? ['card', 'paypal'] },
        automatic_payment_methods: automatic.enabled
          ? { enabled: true, allow_redirects: automatic.allow_redirects ?? 'always' }
          : null,
        status: method === null ? 'requires_payment_method' : 'requires_confirmation',
        ...{ allowed_payment_method_types: types, application: null, cancellation_reason: null, next_action: null },
        ...{ excluded_payment_method_types: null, flow_directions: null, last_setup_error: null, mandate: null },
        ...{ latest_attempt: null, on_behalf_of: null, payment_method_configuration_details: null },
        ...{ payment_method_options: null, single_use_mandate: null },
      };
      world.emit('setup_intent.created', intent, { account: owner, call });
      try {
        world.setupIntents.add(owner, intent);
        if (given.confirm === true)
          confirmSetup({ world, owner, call }, intent, { ...given, payment_method: method?.id }, call.baseUrl);
      } catch (error) {
        if (!(error instanceof Failure && error.status === 402)) world.setupIntents.delete(intent.id);
        throw error;
      }
      return intent;
    },
  ),
  endpoint<Stripe.SetupIntentConfirmParams, Stripe.SetupIntent>(
    'POST',
    'setup_intents/:id/confirm',
    confirmation,
    (call, given, id) => {
      const { world, owner, baseUrl } = call;
      const intent = world.setupIntents.get(owner, id, 'intent');
      if (!OPEN.includes(intent.status))
        throw unexpectedSetup(
          intent,
          `You cannot confirm this SetupIntent because it has a status of ${intent.status}.`,
        );
      confirmSetup({ world, owner, call }, intent, given, baseUrl);
      return intent;
    },
  ),
  endpoint<Stripe.SetupIntentCancelParams, Stripe.SetupIntent>(
    'POST',
    'setup_intents/:id/cancel',
    { cancellation_reason: oneOf('abandoned', 'duplicate', 'requested_by_customer'), ...expand },
    (call, given, id) => {
      const { world, owner } = call;
      const intent = world.setupIntents.get(owner, id, 'intent');
      if (!OPEN.includes(intent.status))
        throw unexpectedSetup(
          intent,
          `You cannot cancel this SetupIntent because it has a status of ${intent.status}.`,
        );
      Object.assign(intent, { status: 'canceled', next_action: null });
      intent.cancellation_reason = given.cancellation_reason ?? null;
      world.emit('setup_intent.canceled', intent, { account: owner, call });
      return intent;
    },
  ),
  endpoint<Stripe.SetupIntentListParams, Stripe.ApiList<Stripe.SetupIntent>>(
    'GET',
    'setup_intents',
    { ...page, customer: text, payment_method: text },
    ({ world, owner }, { customer, payment_method, ...given }) =>
      pageOf(
        '/v1/setup_intents',
        world.setupIntents.list(
          owner,
          (intent) =>
            (customer === undefined || intent.customer === customer) &&
            (payment_method === undefined || intent.payment_method === payment_method),
        ),
        given,
      ),
  ),
  endpoint<Stripe.SetupIntentRetrieveParams, Stripe.SetupIntent>(
    'GET',
    'setup_intents/:id',
    { client_secret: text, ...expand },
    ({ world, owner }, _given, id) => world.setupIntents.get(owner, id, 'intent'),
  ),
];
