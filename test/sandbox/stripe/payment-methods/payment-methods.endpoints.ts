import type Stripe from 'stripe';
import { endpoint } from '../http/endpoint';
import { invalid } from '../http/failure';
import { anything, expand, metadata, mergeMetadata, oneOf, page, required, shape, text } from '../http/parameters';
import { pageOf } from '../world/lists';
import { attach, methodOf, methodOfData, stateOf } from './payment-method';

/** https://docs.stripe.com/api/payment_methods */
export const paymentMethodEndpoints = [
  endpoint<Stripe.PaymentMethodCreateParams, Stripe.PaymentMethod>(
    'POST',
    'payment_methods',
    {
      ...{ type: required(oneOf('card', 'paypal')), card: shape({ token: text }), paypal: anything },
      ...{ billing_details: anything, metadata, ...expand },
    },
    (call, given) => {
      const method = methodOfData(call, given);
      method.billing_details = { ...method.billing_details, ...(given.billing_details as object) };
      method.metadata = mergeMetadata({}, given.metadata);
      return method;
    },
  ),
  endpoint<Stripe.PaymentMethodRetrieveParams, Stripe.PaymentMethod>(
    'GET',
    'payment_methods/:id',
    expand,
    (call, _given, id) => methodOf(call, id, 'id'),
  ),
  endpoint<Stripe.PaymentMethodUpdateParams, Stripe.PaymentMethod>(
    'POST',
    'payment_methods/:id',
    { metadata, billing_details: anything, ...expand },
    ({ world, owner }, given, id) => {
      const method = world.paymentMethods.get(owner, id);
      method.metadata = mergeMetadata(method.metadata ?? {}, given.metadata);
      method.billing_details = { ...method.billing_details, ...(given.billing_details as object) };
      return method;
    },
  ),
  endpoint<Stripe.PaymentMethodListParams, Stripe.ApiList<Stripe.PaymentMethod>>(
    'GET',
    'payment_methods',
    { ...page, customer: text, type: text },
    ({ world, owner }, given) =>
      pageOf(
        '/v1/payment_methods',
        world.paymentMethods.list(
          owner,
          ({ customer, type }) =>
            customer !== null && customer === given.customer && (given.type === undefined || type === given.type),
        ),
        given,
      ),
  ),
  endpoint<Stripe.CustomerListPaymentMethodsParams, Stripe.ApiList<Stripe.PaymentMethod>>(
    'GET',
    'customers/:id/payment_methods',
    { ...page, type: text },
    ({ world, owner }, given, id) => {
      world.customers.get(owner, id);
      const isWanted = ({ customer, type }: Stripe.PaymentMethod) =>
        customer === id && (given.type === undefined || type === given.type);
      return pageOf(`/v1/customers/${id}/payment_methods`, world.paymentMethods.list(owner, isWanted), given);
    },
  ),
  endpoint<Stripe.PaymentMethodAttachParams, Stripe.PaymentMethod>(
    'POST',
    'payment_methods/:id/attach',
    { customer: required(text), ...expand },
    (call, given, id) => {
      const method = methodOf(call, id, 'id');
      attach(call, method, given.customer ?? '');
      return method;
    },
  ),
  endpoint<Stripe.PaymentMethodDetachParams, Stripe.PaymentMethod>(
    'POST',
    'payment_methods/:id/detach',
    expand,
    ({ world, owner }, _given, id) => {
      const method = world.paymentMethods.get(owner, id);
      if (method.customer === null)
        throw invalid('The payment method you provided is not attached to a customer so detachment is impossible.');
      method.customer = null;
      stateOf(world, id).isSpent = true;
      world.emit('payment_method.detached', method, { account: owner });
      return method;
    },
  ),
];
