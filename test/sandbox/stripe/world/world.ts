import type Stripe from 'stripe';
import type { Owner } from '../http/endpoint';
import type { MethodNature } from '../payment-methods/test-methods';
import type { SharedToken } from '../shared-payment/token';
import { newId, now } from './ids';
import { Table } from './table';

/** What of a payment is no part of its object: how it was asked to be confirmed. */
export interface Confirmation {
  returnUrl: string | null;
  usesSdk: boolean;
  offSession: boolean;
}

/** What of a payment method is no part of its object. */
export interface MethodState {
  nature: MethodNature;
  /** Was charged without a customer, or was detached: may not be used again. */
  isSpent: boolean;
}

/** Of an account in a currency, in minor units. */
export interface Holdings {
  available: number;
  pending: number;
}

export const API_VERSION = '2026-10-28.endive';

/**
 * Everything that the double knows, in memory: it is the outside party. (In development a file keeps it: keeping.ts.) A handler runs
 * in one turn of the event loop, so each request is atomic.
 */
export class World {
  readonly customers = new Table<Stripe.Customer>('customer');
  readonly paymentMethods = new Table<Stripe.PaymentMethod>('PaymentMethod');
  readonly setupIntents = new Table<Stripe.SetupIntent>('setupintent');
  readonly paymentIntents = new Table<Stripe.PaymentIntent>('payment_intent');
  readonly charges = new Table<Stripe.Charge>('charge');
  readonly refunds = new Table<Stripe.Refund>('refund');
  readonly accounts = new Table<Stripe.Account>('account');
  readonly transfers = new Table<Stripe.Transfer>('transfer');
  readonly reversals = new Table<Stripe.TransferReversal>('transfer_reversal');
  readonly payouts = new Table<Stripe.Payout>('payout');
  readonly disputes = new Table<Stripe.Dispute>('dispute');
  readonly balanceTransactions = new Table<Stripe.BalanceTransaction>('balance_transaction');
  readonly events = new Table<Stripe.EventBase>('event');
  readonly sharedTokens = new Table<SharedToken>('shared_payment.issued_token');

  readonly deletedCustomers = new Set<string>();
  readonly methodStates = new Map<string, MethodState>();
  readonly confirmations = new Map<string, Confirmation>();
  /** Sums of the movements that were asked for; see balance-transactions.ts. */
  readonly holdings = new Map<string, Holdings>();
  /** How long the search does not know what is new; Stripe says up to a minute. */
  searchLagMs = 0;

  private readonly pending: { account: Owner; event: Stripe.EventBase }[] = [];
  /** Hears of each request that may have changed something. */
  onChange: () => void = () => undefined;
  /** Hears of each event once it happened. */
  onEvent: (event: Stripe.EventBase) => void = () => undefined;

  get tables() {
    const { customers, paymentMethods, setupIntents, paymentIntents, charges, refunds, accounts } = this;
    const { transfers, reversals, payouts, disputes, balanceTransactions, events, sharedTokens } = this;
    return {
      ...{ customers, paymentMethods, setupIntents, paymentIntents, charges, refunds, accounts },
      ...{ transfers, reversals, payouts, disputes, balanceTransactions, events, sharedTokens },
    };
  }

  /** Records that something happened to an object, as it is now. See https://docs.stripe.com/api/events/types */
  emit(
    type: Stripe.Event.Type,
    object: object,
    { account = null, call }: { account?: Owner; call?: EventCause } = {},
  ): void {
    // A seller with a key of its own has webhooks of its own, which nobody here listens to.
    if (account?.startsWith('profile_')) return;
    const event = {
      ...{
        id: newId('evt'),
        object: 'event' as const,
        api_version: API_VERSION,
        created: now(),
        livemode: false,
        type,
      },
      ...(account === null ? {} : { account }),
      data: { object: structuredClone(object) },
      pending_webhooks: 1,
      request: { id: call?.requestId ?? null, idempotency_key: call?.idempotencyKey ?? null },
    } satisfies Stripe.EventBase;
    this.pending.push({ account, event });
  }

  /** What the request did has happened: now its events are told. */
  commit(): void {
    for (const { account, event } of this.pending.splice(0)) {
      this.events.add(account, event);
      this.onEvent(event);
    }
    this.onChange();
  }

  /** The request was refused: nothing has happened. */
  discard(): void {
    this.pending.length = 0;
  }

  reset(): void {
    this.discard();
    for (const table of Object.values(this.tables)) table.clear();
    for (const state of [this.deletedCustomers, this.methodStates, this.confirmations, this.holdings]) state.clear();
    this.searchLagMs = 0;
    this.onChange();
  }
}

/** The request that an event comes of. */
export interface EventCause {
  requestId: string;
  idempotencyKey: string | null;
}
