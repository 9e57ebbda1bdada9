import { Logger, Module } from '@nestjs/common';
import { Config } from '../../platform/config';
import { PaymentProviders } from './payment-providers';

function configured(config: Config): PaymentProviders {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecrets, STRIPE_API_BASE: apiBase } = config;
  if (secretKey === undefined) {
    new Logger('Payments').warn('Payments are off: STRIPE_SECRET_KEY is not set, so no store can be paid through Muse');
    return new PaymentProviders([]);
  }
  // A library that only those wait for who are paid by it.
  const { StripeProvider } = require('./stripe/stripe-provider') as typeof import('./stripe/stripe-provider');
  const { STRIPE_PREVIEW_VERSION: sharedPaymentVersion } = config;
  const rest = { ...(apiBase && { apiBase }), ...(sharedPaymentVersion && { sharedPaymentVersion }) };
  return new PaymentProviders([new StripeProvider({ secretKey, webhookSecrets, ...rest })]);
}

/** The providers that this process is configured for. */
@Module({
  providers: [{ provide: PaymentProviders, useFactory: configured, inject: [Config] }],
  exports: [PaymentProviders],
})
export class PaymentProvidersModule {}
