export { ACCOUNT_CHANGED } from './accounts/accounts.events';
export {
  PayableStores,
  payableOf,
  type Payable,
  type PayableRow,
  type UnpayableReason,
} from './accounts/payable-stores';
export { PaymentAccounts } from './accounts/payment-accounts.service';
export { PaymentMethods } from './methods/payment-methods.service';
export { PaymentsModule } from './payments.module';
