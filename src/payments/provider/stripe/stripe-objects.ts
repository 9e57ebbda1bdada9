import type Stripe from 'stripe';
import type {
  Labels,
  MethodShown,
  ProviderAccount,
  ProviderAction,
  ProviderDispute,
  ProviderMethod,
  ProviderPayment,
  ProviderPayout,
  ProviderRefund,
  ProviderTransfer,
} from '../payment-provider';
import { fromStripe } from './stripe-amounts';
import { declineCode } from './stripe-outcomes';

const LABELS = {
  paymentId: 'muse_payment_id',
  stepId: 'muse_step_id',
  storeId: 'muse_store_id',
  orderId: 'muse_order_id',
} as const;

/** Our labels as Stripe's metadata. */
export function metadataOf(labels: Labels): Record<string, string> {
  const entries = Object.entries(LABELS).map(([ours, theirs]) => [theirs, labels[ours as keyof Labels]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [(typeof entry)[0], string] => entry[1] !== undefined));
}

/** Stripe's metadata as our labels. */
export function labelsOf(metadata: Stripe.Metadata | null | undefined): Labels {
  const entries = Object.entries(LABELS).map(([ours, theirs]) => [ours, metadata?.[theirs]] as const);
  return Object.fromEntries(entries.filter(([, value]) => value));
}

const code = (currency: string) => currency.toUpperCase();
export const idOf = (object: string | { id: string } | null | undefined): string | null =>
  typeof object === 'string' ? object : (object?.id ?? null);

const STATUS: Record<string, ProviderPayment['status']> = {
  processing: 'processing',
  requires_confirmation: 'processing',
  requires_action: 'action_required',
  requires_capture: 'authorized',
  requires_payment_method: 'declined',
  succeeded: 'captured',
  canceled: 'cancelled',
};

/** An intent that waits for a method and has no error is one whose confirmation is not over yet. */
function statusOf({ status, last_payment_error: failure }: Stripe.PaymentIntent): ProviderPayment['status'] {
  if (status === 'requires_payment_method' && failure === null) return 'processing';
  return STATUS[status] ?? 'processing';
}

/** `latest_charge.balance_transaction` and `payment_method` are expanded where there is a charge. */
export function paymentOf(intent: Stripe.PaymentIntent): ProviderPayment {
  const currency = code(intent.currency);
  const charge = typeof intent.latest_charge === 'object' ? intent.latest_charge : null;
  const { last_payment_error: failure } = intent;
  const status = statusOf(intent);
  return {
    id: intent.id,
    status,
    currency,
    amountCents: fromStripe(intent.amount, currency),
    capturableCents: fromStripe(intent.amount_capturable, currency),
    capturedCents: fromStripe(intent.amount_received, currency),
    refundedCents: fromStripe(refundedOf(charge), currency),
    chargeId: idOf(intent.latest_charge),
    fee: feeOf(charge),
    action: status === 'action_required' ? actionOf(intent) : null,
    declineCode: status === 'declined' ? declineCode(failure?.decline_code, failure?.code) : null,
    method: shownBy(charge?.payment_method_details ?? asObject(intent.payment_method)),
    labels: labelsOf(intent.metadata),
  };
}

/** Stripe counts what was let go at the capture as refunded, too. */
function refundedOf(charge: Stripe.Charge | null): number {
  return charge?.captured ? charge.amount_refunded - (charge.amount - charge.amount_captured) : 0;
}

function feeOf(charge: Stripe.Charge | null): ProviderPayment['fee'] {
  const movement = asObject(charge?.balance_transaction);
  if (!movement) return null;
  const currency = code(movement.currency);
  return { amountCents: fromStripe(movement.fee, currency), currency };
}

/** A card is authenticated where the client's library leads it; other methods have a page of their own. */
function actionOf(intent: Stripe.PaymentIntent): ProviderAction | null {
  const clientSecret = intent.client_secret;
  if (!clientSecret) return null;
  const url = intent.next_action?.redirect_to_url?.url;
  const isCard = intent.payment_method_types.includes('card');
  return url && !isCard ? { type: 'redirect', url, clientSecret } : { type: 'authenticate', clientSecret };
}

function asObject<T extends object>(value: T | string | null | undefined): T | null {
  return typeof value === 'object' ? value : null;
}

type Described = { type: string; card?: { brand?: string | null; last4?: string | null } | null };

function shownBy(method: Described | null): MethodShown | null {
  if (!method) return null;
  return { kind: method.type, brand: method.card?.brand ?? null, last4: method.card?.last4 ?? null };
}

export function methodOf(method: Stripe.PaymentMethod): ProviderMethod {
  return {
    id: method.id,
    ...shownBy(method)!,
    customerId: idOf(method.customer),
    expMonth: method.card?.exp_month ?? null,
    expYear: method.card?.exp_year ?? null,
  };
}

export function transferOf(transfer: Stripe.Transfer): ProviderTransfer {
  const currency = code(transfer.currency);
  return {
    id: transfer.id,
    amountCents: fromStripe(transfer.amount, currency),
    reversedCents: fromStripe(transfer.amount_reversed, currency),
    currency,
    labels: labelsOf(transfer.metadata),
  };
}

export function refundOf(refund: Stripe.Refund): ProviderRefund {
  const status = refund.status === 'succeeded' ? 'succeeded' : failed(refund.status) ? 'failed' : 'pending';
  return {
    id: refund.id,
    status,
    amountCents: fromStripe(refund.amount, code(refund.currency)),
    chargeId: idOf(refund.charge),
    labels: labelsOf(refund.metadata),
  };
}

const failed = (status: string | null) => status === 'failed' || status === 'canceled';

const DISPUTES: Record<string, ProviderDispute['status']> = {
  won: 'won',
  lost: 'lost',
  prevented: 'inquiry',
  warning_closed: 'inquiry',
  warning_needs_response: 'inquiry',
  warning_under_review: 'inquiry',
};

export function disputeOf(dispute: Stripe.Dispute): ProviderDispute {
  const currency = code(dispute.currency);
  return {
    id: dispute.id,
    paymentId: idOf(dispute.payment_intent),
    amountCents: fromStripe(dispute.amount, currency),
    currency,
    reason: dispute.reason,
    status: DISPUTES[dispute.status] ?? 'open',
  };
}

export function payoutOf(payout: Stripe.Payout): ProviderPayout {
  const currency = code(payout.currency);
  const ended = payout.status === 'paid' ? 'paid' : 'pending';
  return {
    id: payout.id,
    amountCents: fromStripe(payout.amount, currency),
    currency,
    status: failed(payout.status) ? 'failed' : ended,
    failureCode: payout.failure_code,
  };
}

export function accountOf(account: Stripe.Account): ProviderAccount {
  const { requirements } = account;
  return {
    id: account.id,
    country: account.country ?? null,
    currency: account.default_currency ? code(account.default_currency) : null,
    chargesEnabled: account.charges_enabled,
    payoutsEnabled: account.payouts_enabled,
    transfersActive: account.capabilities?.transfers === 'active',
    requirements: {
      currentlyDue: requirements?.currently_due ?? [],
      pastDue: requirements?.past_due ?? [],
      pendingVerification: requirements?.pending_verification ?? [],
    },
    disabledReason: requirements?.disabled_reason ?? null,
    labels: labelsOf(account.metadata),
  };
}
