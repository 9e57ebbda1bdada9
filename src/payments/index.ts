export * from './payments.events';
export {
  AmountNotChargeable,
  NothingToRefund,
  PaymentUnderWay,
  PaymentsAreOff,
  RefundTooLarge,
} from './payments.errors';
export { PaymentsModule } from './payments.module';
export { ACTION_MINUTES, Payments, type NewPayment, type PaymentAction } from './purchases/payments';
export { platformFees } from './purchases/payment-rules';
export { Refunds, type NewRefund } from './refunds/refunds';
export type { RefundRow } from './refunds/refunds.repository';
