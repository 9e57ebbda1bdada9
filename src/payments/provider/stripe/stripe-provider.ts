// oxlint-disable-next-line import/no-named-as-default -- the export that is named so is a type
import Stripe from 'stripe';
import type {
  AuthorizeOrder,
  Found,
  Labels,
  Outcome,
  PaymentProvider,
  ProviderAccount,
  ProviderDispute,
  ProviderEvent,
  ProviderMethod,
  ProviderPayment,
  ProviderPayout,
  ProviderRefund,
  ProviderReversal,
  ProviderSetup,
  ProviderTransfer,
  Sought,
  TransferOrder,
} from '../payment-provider';
import { SharedPayments } from './shared-payments';
import { fromStripe, granularityOf, toStripe } from './stripe-amounts';
import { eventOf } from './stripe-events';
import {
  accountOf,
  disputeOf,
  labelsOf,
  metadataOf,
  methodOf,
  paymentOf,
  payoutOf,
  refundOf,
  transferOf,
} from './stripe-objects';
import { asked, outcomeOf } from './stripe-outcomes';
import { accountOfStore, customerDeleted, customerOfUser, setupOf, userMetadata } from './stripe-people';

/** A worker's lease is renewed while it waits, so this may be longer than a lease; a shopper waits for it too. */
const CALL_MS = 20_000;
/** How old a webhook's signature may be. */
const EVENT_SECONDS = 300;

/** With the fee that Stripe took and the method that was used: both stand on the charge. */
const PAYMENT = { expand: ['latest_charge.balance_transaction', 'payment_method'] };

export interface StripeSettings {
  secretKey: string;
  /** Of each webhook endpoint; while one is rotated, its old and its new. */
  webhookSecrets: string[];
  /** Another address than Stripe's: the double of development and tests. */
  apiBase?: string;
  /** The preview version of Stripe's API that has shared payment tokens; without it there are none. */
  sharedPaymentVersion?: string;
}

/** Stripe, with separate charges and transfers: the platform charges, each merchant's connected account gets a transfer. */
export class StripeProvider implements PaymentProvider {
  readonly name = 'stripe';
  private readonly stripe: Stripe.Stripe;
  private readonly webhookSecrets: string[];
  readonly delegate: PaymentProvider['delegate'];
  readonly endDelegation: PaymentProvider['endDelegation'];

  constructor({ secretKey, webhookSecrets, apiBase, sharedPaymentVersion }: StripeSettings) {
    const base = apiBase === undefined ? undefined : new URL(apiBase);
    this.webhookSecrets = webhookSecrets;
    this.stripe = new Stripe(secretKey, {
      // A try is our step's, with its row and its backoff.
      maxNetworkRetries: 0,
      timeout: CALL_MS,
      telemetry: false,
      ...(base && {
        protocol: base.protocol === 'http:' ? 'http' : 'https',
        host: base.hostname,
        port: base.port || (base.protocol === 'http:' ? 80 : 443),
      }),
    });
    if (sharedPaymentVersion !== undefined) {
      const tokens = new SharedPayments(this.stripe, sharedPaymentVersion);
      this.delegate = (key, order) => tokens.issue(key, order);
      this.endDelegation = (token) => tokens.revoke(token);
    }
  }

  granularityOf(currency: string): number {
    return granularityOf(currency);
  }

  async authorize(key: string, order: AuthorizeOrder): Promise<Outcome<ProviderPayment>> {
    const { currency, customerId, labels } = order;
    try {
      const intent = await this.stripe.paymentIntents.create(
        {
          amount: toStripe(order.amountCents, currency),
          currency: currency.toLowerCase(),
          payment_method: order.providerMethodId,
          ...(customerId !== null && { customer: customerId }),
          allowed_payment_method_types: [order.methodKind],
          capture_method: 'manual',
          confirm: true,
          off_session: false,
          return_url: order.returnUrl,
          transfer_group: labels.paymentId,
          metadata: metadataOf(labels),
          ...PAYMENT,
        },
        { idempotencyKey: key },
      );
      return { type: 'done', value: paymentOf(intent) };
    } catch (error) {
      // A declined method leaves an intent behind, and the error brings it along.
      const intent = error instanceof Stripe.errors.StripeError ? error.payment_intent : undefined;
      if (intent && error instanceof Stripe.errors.StripeCardError) return { type: 'done', value: paymentOf(intent) };
      return outcomeOf(error);
    }
  }

  retrieve(providerPaymentId: string): Promise<Outcome<ProviderPayment>> {
    return asked(() => this.stripe.paymentIntents.retrieve(providerPaymentId, PAYMENT), paymentOf);
  }

  capture(
    key: string,
    { providerPaymentId, amountCents, currency }: { providerPaymentId: string; amountCents: number; currency: string },
  ): Promise<Outcome<ProviderPayment>> {
    return asked(
      () =>
        this.stripe.paymentIntents.capture(
          providerPaymentId,
          { amount_to_capture: toStripe(amountCents, currency), ...PAYMENT },
          { idempotencyKey: key },
        ),
      paymentOf,
    );
  }

  cancel(key: string, providerPaymentId: string): Promise<Outcome<ProviderPayment>> {
    return asked(
      () => this.stripe.paymentIntents.cancel(providerPaymentId, PAYMENT, { idempotencyKey: key }),
      paymentOf,
    );
  }

  transfer(key: string, order: TransferOrder): Promise<Outcome<ProviderTransfer>> {
    const { currency, labels } = order;
    return asked(
      () =>
        this.stripe.transfers.create(
          {
            amount: toStripe(order.amountCents, currency),
            currency: currency.toLowerCase(),
            destination: order.accountId,
            ...(order.chargeId !== null && { source_transaction: order.chargeId }),
            transfer_group: labels.paymentId,
            metadata: metadataOf(labels),
          },
          { idempotencyKey: key },
        ),
      transferOf,
    );
  }

  retrieveTransfer(transferId: string): Promise<Outcome<ProviderTransfer>> {
    return asked(() => this.stripe.transfers.retrieve(transferId), transferOf);
  }

  refund(
    key: string,
    refund: { chargeId: string; amountCents: number; currency: string; labels: Labels },
  ): Promise<Outcome<ProviderRefund>> {
    return asked(
      () =>
        this.stripe.refunds.create(
          {
            charge: refund.chargeId,
            amount: toStripe(refund.amountCents, refund.currency),
            metadata: metadataOf(refund.labels),
          },
          { idempotencyKey: key },
        ),
      refundOf,
    );
  }

  retrieveRefund(refundId: string): Promise<Outcome<ProviderRefund>> {
    return asked(() => this.stripe.refunds.retrieve(refundId), refundOf);
  }

  reverseTransfer(
    key: string,
    reversal: { transferId: string; amountCents: number; currency: string; labels: Labels },
  ): Promise<Outcome<ProviderReversal>> {
    return asked(
      () =>
        this.stripe.transfers.createReversal(
          reversal.transferId,
          { amount: toStripe(reversal.amountCents, reversal.currency), metadata: metadataOf(reversal.labels) },
          { idempotencyKey: key },
        ),
      reversalOf,
    );
  }

  /** Throws where Stripe does not answer. */
  async *paymentsSince(since: Date): AsyncGenerator<ProviderPayment> {
    const created = { gte: Math.floor(since.getTime() / 1000) };
    for await (const intent of this.stripe.paymentIntents.list({ created, limit: 100 })) yield paymentOf(intent);
  }

  async find<K extends keyof Found>(sought: Extract<Sought, { kind: K }>): Promise<Outcome<Found[K] | null>> {
    return asked(
      () => this.look(sought),
      (found) => found as Found[K] | null,
    );
  }

  /** By lists, not by Stripe's search: what was made a moment ago is not found by that yet. */
  private async look(sought: Sought): Promise<Found[keyof Found] | null> {
    const { stripe } = this;
    const isOurs = ({ metadata }: { metadata: Stripe.Metadata | null }) => labelsOf(metadata).stepId === sought.stepId;
    switch (sought.kind) {
      case 'payment': {
        const since = Math.floor(sought.since.getTime() / 1000) - 60;
        for await (const intent of stripe.paymentIntents.list({ created: { gte: since }, limit: 100 })) {
          if (isOurs(intent)) return paymentOf(await stripe.paymentIntents.retrieve(intent.id, PAYMENT));
        }
        return null;
      }
      case 'transfer':
        for await (const transfer of stripe.transfers.list({ transfer_group: sought.paymentId, limit: 100 }))
          if (isOurs(transfer)) return transferOf(transfer);
        return null;
      case 'refund':
        for await (const refund of stripe.refunds.list({ charge: sought.chargeId, limit: 100 }))
          if (isOurs(refund)) return refundOf(refund);
        return null;
      case 'reversal':
        for await (const reversal of stripe.transfers.listReversals(sought.transferId, { limit: 100 }))
          if (isOurs(reversal)) return reversalOf(reversal);
        break;
    }
    return null;
  }

  retrieveDispute(disputeId: string): Promise<Outcome<ProviderDispute>> {
    return asked(() => this.stripe.disputes.retrieve(disputeId), disputeOf);
  }

  retrievePayout(payoutId: string, accountId: string): Promise<Outcome<ProviderPayout>> {
    return asked(() => this.stripe.payouts.retrieve(payoutId, {}, { stripeAccount: accountId }), payoutOf);
  }

  createAccount(
    key: string,
    account: { country: string; currency: string; email: string | null; labels: Labels },
  ): Promise<Outcome<ProviderAccount>> {
    return asked(
      () =>
        this.stripe.accounts.create(
          {
            country: account.country,
            default_currency: account.currency.toLowerCase(),
            ...(account.email !== null && { email: account.email }),
            // The platform charges, so fees and losses are the platform's; Stripe asks for what it must know.
            controller: {
              fees: { payer: 'application' },
              losses: { payments: 'application' },
              requirement_collection: 'stripe',
              stripe_dashboard: { type: 'express' },
            },
            capabilities: { card_payments: { requested: true }, transfers: { requested: true } },
            metadata: metadataOf(account.labels),
          },
          { idempotencyKey: key },
        ),
      accountOf,
    );
  }

  retrieveAccount(accountId: string): Promise<Outcome<ProviderAccount>> {
    return asked(() => this.stripe.accounts.retrieve(accountId), accountOf);
  }

  findAccount(storeId: string, askedAt: Date): Promise<Outcome<ProviderAccount | null>> {
    return asked(
      () => accountOfStore(this.stripe, storeId, askedAt),
      (account) => account && accountOf(account),
    );
  }

  accountLink(
    accountId: string,
    { returnUrl, refreshUrl }: { returnUrl: string; refreshUrl: string },
  ): Promise<Outcome<{ url: string; expiresAt: Date }>> {
    return asked(
      () =>
        this.stripe.accountLinks.create({
          account: accountId,
          type: 'account_onboarding',
          return_url: returnUrl,
          refresh_url: refreshUrl,
        }),
      ({ url, expires_at }) => ({ url, expiresAt: new Date(expires_at * 1000) }),
    );
  }

  createCustomer(key: string, userId: string): Promise<Outcome<{ id: string }>> {
    return asked(
      () => this.stripe.customers.create({ metadata: userMetadata(userId) }, { idempotencyKey: key }),
      ({ id }) => ({ id }),
    );
  }

  findCustomer(userId: string, askedAt: Date): Promise<Outcome<{ id: string } | null>> {
    return asked(
      () => customerOfUser(this.stripe, userId, askedAt),
      (customer) => customer && { id: customer.id },
    );
  }

  async deleteCustomer(customerId: string): Promise<Outcome<{ id: string }>> {
    return customerDeleted(this.stripe, customerId);
  }

  setupIntent(key: string, customerId: string): Promise<Outcome<{ id: string; clientSecret: string }>> {
    return asked(
      () =>
        this.stripe.setupIntents.create(
          { customer: customerId, usage: 'on_session', automatic_payment_methods: { enabled: true } },
          { idempotencyKey: key },
        ),
      ({ id, client_secret }) => ({ id, clientSecret: client_secret! }),
    );
  }

  retrieveSetup(setupId: string): Promise<Outcome<ProviderSetup>> {
    return asked(() => this.stripe.setupIntents.retrieve(setupId), setupOf);
  }

  retrieveMethod(providerMethodId: string): Promise<Outcome<ProviderMethod>> {
    return asked(() => this.stripe.paymentMethods.retrieve(providerMethodId), methodOf);
  }

  attachMethod(key: string, providerMethodId: string, customerId: string): Promise<Outcome<ProviderMethod>> {
    return asked(
      () => this.stripe.paymentMethods.attach(providerMethodId, { customer: customerId }, { idempotencyKey: key }),
      methodOf,
    );
  }

  detachMethod(key: string, providerMethodId: string): Promise<Outcome<ProviderMethod>> {
    return asked(() => this.stripe.paymentMethods.detach(providerMethodId, {}, { idempotencyKey: key }), methodOf);
  }

  parseEvent(rawBody: Buffer, signature: string | undefined): ProviderEvent | null {
    if (signature === undefined || isOfTheFuture(signature)) return null;
    for (const secret of this.webhookSecrets) {
      try {
        return eventOf(this.stripe.webhooks.constructEvent(rawBody, signature, secret, EVENT_SECONDS));
      } catch {
        // Signed by another endpoint's secret, or by nobody who has one.
      }
    }
    return null;
  }
}

/** stripe-node refuses what is old; what was signed for later could be kept and sent then. */
function isOfTheFuture(signature: string): boolean {
  const times = [...signature.matchAll(/(?:^|,)t=(\d+)/g)].map(([, seconds]) => Number(seconds));
  return times.some((seconds) => seconds > Date.now() / 1_000 + EVENT_SECONDS);
}

function reversalOf(reversal: Stripe.TransferReversal): ProviderReversal {
  const currency = reversal.currency.toUpperCase();
  return { id: reversal.id, amountCents: fromStripe(reversal.amount, currency) };
}
