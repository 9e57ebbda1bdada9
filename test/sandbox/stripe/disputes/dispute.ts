import type Stripe from 'stripe';
import { move } from '../balance/balance-transactions';
import type { Owner } from '../http/endpoint';
import { newId, now } from '../world/ids';
import type { World } from '../world/world';

/** What Stripe takes for a dispute, in minor units. */
const DISPUTE_FEE = 1500;

/** The shopper's bank takes the money back. See https://docs.stripe.com/api/disputes/object */
export function openDispute(
  world: World,
  owner: Owner,
  charge: Stripe.Charge,
  amount = charge.amount_captured,
): Stripe.Dispute {
  const id = newId('du');
  const withdrawn = move(world, owner, {
    ...{ type: 'adjustment', amount: -amount, fee: DISPUTE_FEE, currency: charge.currency, source: id },
    status: 'available',
  });
  charge.disputed = true;
  const dispute = world.disputes.add(owner, {
    ...{ id, object: 'dispute', amount, currency: charge.currency, charge: charge.id, created: now(), livemode: false },
    ...{ balance_transactions: [structuredClone(withdrawn)], payment_intent: charge.payment_intent, metadata: {} },
    ...{ enhanced_eligibility_types: [], evidence: NO_EVIDENCE, intended_submission_method: null },
    evidence_details: {
      ...{ due_by: now() + 7 * 86_400, enhanced_eligibility: {}, has_evidence: false, past_due: false },
      ...{ submission_count: 0, submission_method: 'manual' },
    },
    ...{ is_charge_refundable: false, network_reason_code: '83', reason: 'fraudulent', status: 'needs_response' },
  });
  world.emit('charge.dispute.created', dispute, { account: owner });
  world.emit('charge.dispute.funds_withdrawn', dispute, { account: owner });
  return dispute;
}

/** The bank has decided: won gives the money back to the account. */
export function closeDispute(world: World, owner: Owner, dispute: Stripe.Dispute, status: 'won' | 'lost'): void {
  dispute.status = status;
  world.emit('charge.dispute.closed', dispute, { account: owner });
  if (status === 'lost') return;
  const { id: source, amount, currency } = dispute;
  const returned = move(world, owner, { type: 'adjustment', amount, currency, source, status: 'available' });
  dispute.balance_transactions.push(structuredClone(returned));
  world.emit('charge.dispute.funds_reinstated', dispute, { account: owner });
}

const NO_EVIDENCE = {
  ...{ access_activity_log: null, billing_address: null, cancellation_policy: null, customer_name: null },
  ...{ cancellation_policy_disclosure: null, cancellation_rebuttal: null, customer_communication: null },
  ...{ customer_email_address: null, customer_purchase_ip: null, customer_signature: null, receipt: null },
  ...{ duplicate_charge_documentation: null, duplicate_charge_explanation: null, duplicate_charge_id: null },
  ...{ enhanced_evidence: {}, product_description: null, refund_policy: null, refund_policy_disclosure: null },
  ...{ refund_refusal_explanation: null, service_date: null, service_documentation: null, shipping_address: null },
  ...{ shipping_carrier: null, shipping_date: null, shipping_documentation: null, shipping_tracking_number: null },
  ...{ uncategorized_file: null, uncategorized_text: null },
} satisfies Stripe.Dispute.Evidence;
