export { ACCOUNT_CHANGED } from './accounts/accounts.events';
export {
  PayableStores,
  payableOf,
  type Payable,
  type PayableRow,
  type UnpayableReason,
} from './accounts/payable-stores';
export { PaymentAccounts } from './accounts/payment-accounts.service';
export type { Delegated, NewDelegation } from './delegations/delegations';
export { isFrontEndUrl } from './accounts/front-end-url';
export { PaymentRequest } from './methods/dto/payment.request';
export { PaymentMethods } from './methods/payment-methods.service';
export * from './payments.events';
export {
  AmountNotChargeable,
  NothingToRefund,
  PaymentUnderWay,
  RefundTooLarge,
  WebhookNotVerified,
} from './payments.errors';
export { PaymentsModule } from './payments.module';
export {
  MANUAL_METHODS,
  ManualPayments,
  isPaidByHand,
  manualReference,
  type ManualMethod,
} from './provider/manual/manual-payments';
export { Payments, type NewPayment, type PaymentAction } from './purchases/payments';
export { waitingPayment, type WaitingPayment } from './purchases/payments.repository';
export { Refunds, type NewRefund } from './refunds/refunds';
export type { RefundRow } from './refunds/refunds.repository';
