import type Stripe from 'stripe';
import { captureCharge, failCharge, newCharge, releaseCharge, type ChargeCause } from '../charges/charge';
import { Failure, invalid } from '../http/failure';
import { attach, checkUnspent, declined, stateOf } from '../payment-methods/payment-method';
import type { MethodNature } from '../payment-methods/test-methods';
import { now } from '../world/ids';

type Decline = NonNullable<MethodNature['decline']>;

/** The method may be charged for this customer. */
export function checkMethod({ world }: ChargeCause, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): void {
  if (!intent.payment_method_types.includes(method.type))
    throw invalid(
      `The PaymentMethod provided (${method.type}) is not allowed for this PaymentIntent. Please attach a PaymentMethod of one of the following types: ${intent.payment_method_types.join(', ')}.`,
      { param: 'payment_method' },
    );
  if (method.customer !== null && intent.customer === null)
    throw invalid(
      `The PaymentMethod ${method.id} belongs to a Customer. Please include the Customer in the \`customer\` parameter on the PaymentIntent.`,
      { param: 'payment_method' },
    );
  if (method.customer !== null && method.customer !== intent.customer)
    throw invalid(
      `The customer does not have a payment method with the ID ${method.id}. The payment method must be attached to the customer.`,
      { code: 'resource_missing', param: 'payment_method' },
    );
  checkUnspent(stateOf(world, method.id));
}

/**
 * Asks the bank, which authorises; where capture is automatic, the money is taken at once.
 * @returns why it was refused; the intent then waits for another method
 */
export function charge(cause: ChargeCause, intent: Stripe.PaymentIntent): Failure | null {
  const { world, owner, call } = cause;
  const method = world.paymentMethods.get(owner, intent.payment_method as string);
  const state = stateOf(world, method.id);
  const made = newCharge(cause, intent);
  intent.latest_charge = made.id;
  intent.next_action = null;
  if (state.nature.decline) {
    failCharge(cause, made, state.nature.decline);
    return refuse(cause, intent, state.nature.decline, made.id);
  }
  if (intent.setup_future_usage !== null && intent.customer !== null) attach(cause, method, intent.customer as string);
  if (method.customer === null) state.isSpent = true;
  intent.last_payment_error = null;
  world.emit('charge.succeeded', made, { account: owner, call });
  if (intent.capture_method === 'manual') {
    Object.assign(intent, { status: 'requires_capture', amount_capturable: intent.amount });
    world.emit('payment_intent.amount_capturable_updated', intent, { account: owner, call });
  } else {
    captureCharge(cause, made, intent.amount);
    finish(cause, intent, intent.amount);
  }
  return null;
}

/** The intent waits for another method, and says why. */
export function refuse(
  { world, owner, call }: ChargeCause,
  intent: Stripe.PaymentIntent,
  decline: Decline,
  chargeId?: string,
): Failure {
  const failure = declined(decline);
  const method = structuredClone(world.paymentMethods.get(owner, intent.payment_method as string));
  Object.assign(intent, {
    ...{ status: 'requires_payment_method', payment_method: null, next_action: null },
    last_payment_error: {
      ...failure.body,
      payment_method: method,
      ...(chargeId === undefined ? {} : { charge: chargeId }),
    },
  });
  world.emit('payment_intent.payment_failed', intent, { account: owner, call });
  return new Failure(failure.status, {
    ...failure.body,
    ...(chargeId === undefined ? {} : { charge: chargeId }),
    payment_method: method,
    payment_intent: structuredClone(intent),
  });
}

/** Once only, up to what was authorised; the rest is released. */
export function capture(cause: ChargeCause, intent: Stripe.PaymentIntent, amount: number): void {
  const made = cause.world.charges.get(cause.owner, intent.latest_charge as string);
  captureCharge(cause, made, amount);
  cause.world.emit('charge.captured', made, { account: cause.owner, call: cause.call });
  finish(cause, intent, amount);
}

/** Gives up: by the platform, or because the authorisation expired. */
export function cancel(
  cause: ChargeCause,
  intent: Stripe.PaymentIntent,
  reason: Stripe.PaymentIntent.CancellationReason | null,
  expired = false,
): void {
  const { world, owner, call } = cause;
  if (intent.status === 'requires_capture')
    releaseCharge(cause, world.charges.get(owner, intent.latest_charge as string), expired);
  Object.assign(intent, {
    ...{ status: 'canceled', canceled_at: now(), cancellation_reason: reason, amount_capturable: 0 },
    next_action: null,
  } satisfies Partial<Stripe.PaymentIntent>);
  world.emit('payment_intent.canceled', intent, { account: owner, call });
}

function finish({ world, owner, call }: ChargeCause, intent: Stripe.PaymentIntent, amount: number): void {
  Object.assign(intent, {
    ...{ status: 'succeeded', amount_received: amount, amount_capturable: 0, next_action: null },
  } satisfies Partial<Stripe.PaymentIntent>);
  world.emit('payment_intent.succeeded', intent, { account: owner, call });
}
