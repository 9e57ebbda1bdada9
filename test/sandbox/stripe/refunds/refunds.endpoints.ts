import type Stripe from 'stripe';
import { endpoint } from '../http/endpoint';
import { invalid } from '../http/failure';
import { amount, expand, metadata, mergeMetadata, oneOf, page, text } from '../http/parameters';
import { stateOf } from '../payment-methods/payment-method';
import { checkDigits } from '../world/currencies';
import { pageOf } from '../world/lists';
import { failRefund, newRefund, refundedOf } from './refund';

/** https://docs.stripe.com/api/refunds */
export const refundEndpoints = [
  endpoint<Stripe.RefundCreateParams, Stripe.Refund>(
    'POST',
    'refunds',
    {
      ...{ charge: text, payment_intent: text, amount, metadata, ...expand },
      reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
    },
    (call, given) => {
      const { world, owner } = call;
      if ((given.charge === undefined) === (given.payment_intent === undefined))
        throw invalid('One of the following params should be provided for this request: payment_intent or charge.', {
          code: 'parameter_missing',
        });
      const intent =
        given.payment_intent === undefined
          ? undefined
          : world.paymentIntents.get(owner, given.payment_intent, 'payment_intent');
      if (intent && intent.status !== 'succeeded')
        throw invalid(`This PaymentIntent (${intent.id}) does not have a successful charge to refund.`);
      const charge = world.charges.get(owner, given.charge ?? (intent?.latest_charge as string), 'charge');
      if (!charge.captured)
        throw invalid(`Charge ${charge.id} has not been captured; cancel its PaymentIntent to release it.`, {
          code: 'charge_not_refundable',
        });
      if (charge.disputed && isOpen(world.disputes.with(owner, { charge: charge.id })))
        throw invalid(`Charge ${charge.id} has been charged back; cannot issue a refund.`, { code: 'charge_disputed' });
      const left = charge.amount_captured - refundedOf(charge);
      if (left === 0)
        throw invalid(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
      const asked = given.amount ?? left;
      if (asked > left)
        throw invalid(`Refund amount (${asked}) is greater than unrefunded amount on charge (${left})`, {
          param: 'amount',
        });
      if (asked !== left) checkDigits(asked, charge.currency, 'amount');
      const cause = { world, owner, call };
      const refund = newRefund(cause, charge, asked, {
        ...{ reason: given.reason ?? null, metadata: mergeMetadata({}, given.metadata) },
      });
      if (stateOf(world, charge.payment_method ?? '').nature.refund === 'fails') {
        // Stripe answers that it succeeded, and hears later that it has not.
        const answer = structuredClone(refund);
        failRefund(cause, refund);
        return answer;
      }
      return refund;
    },
  ),
  endpoint<Stripe.RefundListParams, Stripe.ApiList<Stripe.Refund>>(
    'GET',
    'refunds',
    { ...page, charge: text, payment_intent: text },
    ({ world, owner }, { charge, payment_intent, ...given }) =>
      pageOf('/v1/refunds', world.refunds.with(owner, { charge, payment_intent }), given),
  ),
  endpoint<Stripe.RefundRetrieveParams, Stripe.Refund>('GET', 'refunds/:id', expand, ({ world, owner }, _given, id) =>
    world.refunds.get(owner, id),
  ),
  endpoint<Stripe.RefundUpdateParams, Stripe.Refund>(
    'POST',
    'refunds/:id',
    { metadata, ...expand },
    (call, given, id) => {
      const { world, owner } = call;
      const refund = world.refunds.get(owner, id);
      refund.metadata = mergeMetadata(refund.metadata ?? {}, given.metadata);
      world.emit('refund.updated', refund, { account: owner, call });
      return refund;
    },
  ),
];

function isOpen(disputes: Stripe.Dispute[]): boolean {
  return disputes.some(({ status }) => status !== 'won');
}
