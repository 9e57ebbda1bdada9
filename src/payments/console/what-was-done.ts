import { InvalidField } from '../../platform/http';
import type { ProviderPayment, ProviderRefund, ProviderReversal, ProviderTransfer } from '../provider';
import type { PaymentRow } from '../purchases/payments.repository';
import type { ClaimedStep } from '../purchases/steps.repository';

/**
 * What the provider would have answered, where a person has found that exactly what a step asked for was done. What nobody
 * has told (the provider's own fee) is left for the poller to read. Throws InvalidField.
 */
export function whatWasDone(
  payment: PaymentRow,
  step: ClaimedStep,
  providerRef: string | undefined,
): ProviderPayment | ProviderTransfer | ProviderRefund | ProviderReversal {
  const { amountCents, currency } = step;
  switch (step.kind) {
    case 'authorize':
      return paymentAs(payment, 'authorized', payment.providerPaymentId ?? required(providerRef), providerRef);
    case 'capture':
      return paymentAs(payment, 'captured', payment.providerPaymentId!, providerRef);
    case 'cancel':
      return paymentAs(payment, 'cancelled', payment.providerPaymentId!, providerRef);
    case 'transfer':
      return { id: required(providerRef), amountCents, reversedCents: 0, currency, labels: {} };
    case 'refund':
      return { id: required(providerRef), status: 'succeeded', amountCents, chargeId: step.chargeId, labels: {} };
    case 'reverse':
      break;
  }
  return { id: required(providerRef), amountCents };
}

function paymentAs(
  { id: paymentId, currency, amountCents, placedCents }: PaymentRow,
  status: ProviderPayment['status'],
  id: string,
  providerRef = id,
): ProviderPayment {
  if (providerRef !== id) throw new InvalidField('/providerRef', 'is not the payment that Muse knows');
  return {
    ...{ id, status, currency, amountCents, chargeId: null, fee: null, action: null, declineCode: null, method: null },
    capturableCents: status === 'authorized' ? amountCents : 0,
    capturedCents: status === 'captured' ? placedCents : 0,
    refundedCents: 0,
    labels: { paymentId },
  };
}

function required(providerRef: string | undefined): string {
  if (providerRef === undefined) throw new InvalidField('/providerRef', 'is needed: what the step made');
  return providerRef;
}
