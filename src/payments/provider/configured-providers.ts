import { Logger } from '@nestjs/common';
import type { Config } from '../../platform/config';
import { PaymentProviders } from './payment-providers';
import { StripeProvider } from './stripe/stripe-provider';

/** The providers that the configuration names. With none payments are off, and whoever starts Muse is told so. */
export function configuredProviders(config: Config): PaymentProviders {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret, STRIPE_API_BASE: apiBase } = config;
  if (secretKey === undefined || webhookSecret === undefined) {
    new Logger('Payments').warn('Payments are off: STRIPE_SECRET_KEY is not set, so no store can be paid through Muse');
    return new PaymentProviders([]);
  }
  return new PaymentProviders([
    new StripeProvider({ secretKey, webhookSecret, ...(apiBase !== undefined && { apiBase }) }),
  ]);
}
