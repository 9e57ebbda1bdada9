import { accountEndpoints } from './accounts/accounts.endpoints';
import { balanceEndpoints } from './balance/balance.endpoints';
import { chargeEndpoints } from './charges/charges.endpoints';
import { customerEndpoints } from './customers/customers.endpoints';
import { disputeEndpoints } from './disputes/disputes.endpoints';
import { eventEndpoints } from './events/events.endpoints';
import type { Endpoint } from './http/endpoint';
import { paymentIntentEndpoints } from './payment-intents/payment-intents.endpoints';
import { paymentMethodEndpoints } from './payment-methods/payment-methods.endpoints';
import { payoutEndpoints } from './payouts/payouts.endpoints';
import { refundEndpoints } from './refunds/refunds.endpoints';
import { setupIntentEndpoints } from './setup-intents/setup-intents.endpoints';
import { sharedPaymentEndpoints } from './shared-payment/shared-payment.endpoints';
import { transferEndpoints } from './transfers/transfers.endpoints';

/** All of Stripe that the double speaks. Where two paths fit, the first is meant: `search` stands before `:id`. */
export const ENDPOINTS: Endpoint[] = [
  ...customerEndpoints,
  ...paymentMethodEndpoints,
  ...setupIntentEndpoints,
  ...paymentIntentEndpoints,
  ...chargeEndpoints,
  ...refundEndpoints,
  ...accountEndpoints,
  ...transferEndpoints,
  ...balanceEndpoints,
  ...payoutEndpoints,
  ...disputeEndpoints,
  ...eventEndpoints,
  ...sharedPaymentEndpoints,
];
