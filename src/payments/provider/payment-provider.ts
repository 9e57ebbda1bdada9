/**
 * What a call to a payment provider came to.
 * - `done`: it happened, and this is what there is now.
 * - `refused`: the provider will not do it, and did nothing. `code` is ours; to ask again gives the same answer.
 * - `unavailable`: the provider did nothing just now (too busy, another call under the same key is not over); ask again later.
 * Where nobody can know what happened (no answer, 5xx) a call throws OutcomeUnknown: it may be sent again under the same
 * key for 24 hours; after that the object is looked up by its metadata first.
 */
export type Outcome<T> =
  | { type: 'done'; value: T }
  | { type: 'refused'; code: RefusalCode }
  | { type: 'unavailable'; code: string };

/** Why a provider refuses, in our words. */
export type RefusalCode =
  | DeclineCode
  /** The object is not in a state for it: captured already, cancelled, refunded. Look at it. */
  | 'wrong_state'
  /** The connected account has not enough to give back. */
  | 'balance_insufficient'
  /** There is no such object (or it is another's). */
  | 'not_found'
  /** The connected account cannot receive. */
  | 'account_not_ready'
  /** More than is left of the charge or transfer. */
  | 'amount_too_large'
  /** The amount is too small, too large or not a multiple of what the currency asks for. */
  | 'amount_invalid'
  /** A person has found out that nothing came of it; no provider says so. */
  | 'not_done'
  /** The request as a whole was refused: a fault of ours, or of the configuration. A person looks at it. */
  | 'invalid_request';

/** Why a shopper's method was declined: what the shopper may be told, no more. */
export const DECLINE_CODES = [
  'declined',
  'insufficient_funds',
  'expired_card',
  'incorrect_cvc',
  'incorrect_details',
  'limit_exceeded',
  'not_supported',
  'authentication_failed',
  'processing_error',
  'method_unusable',
  'amount_not_accepted',
] as const;
export type DeclineCode = (typeof DECLINE_CODES)[number];

/** Nobody can know what became of the call. `code` is fit for a log. */
export class OutcomeUnknown extends Error {
  override name = 'OutcomeUnknown';

  constructor(readonly code: string) {
    super(code);
  }
}

/** Our ids on every object of the provider: by them webhooks and look-ups find their row. */
export interface Labels {
  paymentId?: string;
  stepId?: string;
  storeId?: string;
  orderId?: string;
}

/** What the shopper has to do before the money is theirs to give. The secret opens the payment: it is stored sealed only. */
export type ProviderAction =
  | { type: 'authenticate'; clientSecret: string }
  | { type: 'redirect'; url: string; clientSecret: string };

/** A method as far as people may see it. */
export interface MethodShown {
  kind: string;
  brand: string | null;
  last4: string | null;
}

export interface ProviderPayment {
  id: string;
  status: 'processing' | 'action_required' | 'authorized' | 'declined' | 'captured' | 'cancelled';
  currency: string;
  /** Asked. */
  amountCents: number;
  /** What a capture may still take. */
  capturableCents: number;
  capturedCents: number;
  refundedCents: number;
  /** The charge that transfers and refunds name; null before there is one. */
  chargeId: string | null;
  /** What the provider took for itself, in the currency in which it settles; null until it says. */
  fee: { amountCents: number; currency: string } | null;
  action: ProviderAction | null;
  declineCode: DeclineCode | null;
  method: MethodShown | null;
  labels: Labels;
}

export interface ProviderTransfer {
  id: string;
  amountCents: number;
  reversedCents: number;
  currency: string;
  labels: Labels;
}

export interface ProviderReversal {
  id: string;
  amountCents: number;
}

export interface ProviderRefund {
  id: string;
  status: 'pending' | 'succeeded' | 'failed';
  amountCents: number;
  chargeId: string | null;
  labels: Labels;
}

export interface ProviderDispute {
  id: string;
  paymentId: string | null;
  amountCents: number;
  currency: string;
  reason: string;
  /** An inquiry has moved no money, and may become a dispute. */
  status: 'inquiry' | 'open' | 'won' | 'lost';
}

export interface ProviderPayout {
  id: string;
  amountCents: number;
  currency: string;
  status: 'pending' | 'paid' | 'failed';
  failureCode: string | null;
}

export interface ProviderAccount {
  id: string;
  country: string | null;
  currency: string | null;
  chargesEnabled: boolean;
  payoutsEnabled: boolean;
  transfersActive: boolean;
  /** What the provider still wants to know, as names of its own. */
  requirements: { currentlyDue: string[]; pastDue: string[]; pendingVerification: string[] };
  disabledReason: string | null;
  labels: Labels;
}

export interface ProviderMethod extends MethodShown {
  id: string;
  customerId: string | null;
  expMonth: number | null;
  expYear: number | null;
}

/** How far a shopper has got with giving a method to keep. */
export interface ProviderSetup {
  id: string;
  customerId: string | null;
  isDone: boolean;
  /** The method that was given; null until then. */
  providerMethodId: string | null;
  /** For the client that gives it; never stored. */
  clientSecret: string;
}

export interface AuthorizeOrder {
  amountCents: number;
  currency: string;
  providerMethodId: string;
  /** Null: a one-time method. */
  customerId: string | null;
  /** What kind of method it is ('card', 'paypal', …). */
  methodKind: string;
  returnUrl: string;
  labels: Labels & { paymentId: string; stepId: string };
}

export interface TransferOrder {
  amountCents: number;
  currency: string;
  /** The connected account that receives. */
  accountId: string;
  /** The charge whose money it is, also while that is on its way; null: of what the platform has available. */
  chargeId: string | null;
  labels: Labels & { paymentId: string; stepId: string };
}

/** A token by which a seller takes money itself, from a method that a shopper has saved with the platform. */
export interface DelegateOrder {
  providerMethodId: string;
  /** Who may use it, as the provider knows them. */
  seller: string;
  /** Which purchase it is, for the provider and the seller. */
  reference: string;
  /** The most that may be taken. */
  amountCents: number;
  currency: string;
  expiresAt: Date;
}

export interface ProviderDelegation {
  /** A secret: whoever is the seller and has it, takes the money. */
  token: string;
  /** Not, where the shopper would have to show themselves to their bank first. */
  isUsable: boolean;
}

/** A verified webhook: which object has changed. What it says is not believed further than that; the object is read anew. */
export interface ProviderEvent {
  id: string;
  type: string;
  /** The connected account it is about, if it is about one. */
  account: string | null;
  objectKind: string;
  objectId: string | null;
  labels: Labels;
  /** The payment that the object belongs to, by the provider's id. */
  providerPaymentId: string | null;
  /** The most that it can tell of that payment; null where it may tell anything. */
  tells: PaymentMilestone | null;
  createdAt: Date;
}

/** What a payment passes on its way, in this order. */
export type PaymentMilestone = 'created' | 'authorized' | 'captured';

/** What `find` looks for: the object that a step made, by the step's label. */
export type Sought =
  | { kind: 'payment'; stepId: string; paymentId: string; since: Date }
  | { kind: 'transfer'; stepId: string; paymentId: string }
  | { kind: 'refund'; stepId: string; chargeId: string }
  | { kind: 'reversal'; stepId: string; transferId: string };

export interface Found {
  payment: ProviderPayment;
  transfer: ProviderTransfer;
  refund: ProviderRefund;
  reversal: ProviderReversal;
}

/**
 * A payment provider. One folder beside this file for each. Amounts are minor units as everywhere in Muse (ISO 4217); where
 * the provider counts otherwise, its adapter converts. `key` is our idempotency key: asked twice under one key it happens once.
 * Every call is outside any transaction, takes 20 seconds at most, and logs nothing but codes.
 */
export interface PaymentProvider {
  readonly name: string;
  /** The least part of a currency that the provider moves, in minor units: 10 for those with three decimals at Stripe. */
  granularityOf(currency: string): number;

  authorize(key: string, order: AuthorizeOrder): Promise<Outcome<ProviderPayment>>;
  retrieve(providerPaymentId: string): Promise<Outcome<ProviderPayment>>;
  /** The object that a step made, or null where there is none. For outcomes that nobody knows. */
  find<K extends keyof Found>(sought: Extract<Sought, { kind: K }>): Promise<Outcome<Found[K] | null>>;
  /** Every payment that was begun there since then, as lists give it: ids, status and labels. Where the provider has lists. */
  paymentsSince?(since: Date): AsyncIterable<Pick<ProviderPayment, 'id' | 'status' | 'labels'>>;
  capture(
    key: string,
    capture: { providerPaymentId: string; amountCents: number; currency: string },
  ): Promise<Outcome<ProviderPayment>>;
  cancel(key: string, providerPaymentId: string): Promise<Outcome<ProviderPayment>>;
  transfer(key: string, order: TransferOrder): Promise<Outcome<ProviderTransfer>>;
  retrieveTransfer(transferId: string): Promise<Outcome<ProviderTransfer>>;
  refund(
    key: string,
    refund: { chargeId: string; amountCents: number; currency: string; labels: Labels },
  ): Promise<Outcome<ProviderRefund>>;
  retrieveRefund(refundId: string): Promise<Outcome<ProviderRefund>>;
  reverseTransfer(
    key: string,
    reversal: { transferId: string; amountCents: number; currency: string; labels: Labels },
  ): Promise<Outcome<ProviderReversal>>;
  retrieveDispute(disputeId: string): Promise<Outcome<ProviderDispute>>;
  retrievePayout(payoutId: string, accountId: string): Promise<Outcome<ProviderPayout>>;

  createAccount(
    key: string,
    account: { country: string; currency: string; email: string | null; labels: Labels },
  ): Promise<Outcome<ProviderAccount>>;
  retrieveAccount(accountId: string): Promise<Outcome<ProviderAccount>>;
  /** The account of a store that was asked for at that time, or null. For outcomes that nobody knows. */
  findAccount(storeId: string, askedAt: Date): Promise<Outcome<ProviderAccount | null>>;
  /** Where the merchant goes on; good for minutes, once. */
  accountLink(
    accountId: string,
    urls: { returnUrl: string; refreshUrl: string },
  ): Promise<Outcome<{ url: string; expiresAt: Date }>>;

  createCustomer(key: string, userId: string): Promise<Outcome<{ id: string }>>;
  /** The customer of a user that was asked for at that time, or null. For outcomes that nobody knows. */
  findCustomer(userId: string, askedAt: Date): Promise<Outcome<{ id: string } | null>>;
  /** With it go the methods that it holds. One that is gone already is done too. */
  deleteCustomer(customerId: string): Promise<Outcome<{ id: string }>>;
  /** For the client to give the provider a method to keep. */
  setupIntent(key: string, customerId: string): Promise<Outcome<{ id: string; clientSecret: string }>>;
  retrieveSetup(setupId: string): Promise<Outcome<ProviderSetup>>;
  retrieveMethod(providerMethodId: string): Promise<Outcome<ProviderMethod>>;
  attachMethod(key: string, providerMethodId: string, customerId: string): Promise<Outcome<ProviderMethod>>;
  detachMethod(key: string, providerMethodId: string): Promise<Outcome<ProviderMethod>>;

  /** A token for one seller, up to an amount, for a while. Only where the provider makes such, and is set up for it. */
  delegate?(key: string, order: DelegateOrder): Promise<Outcome<ProviderDelegation>>;
  /** Nobody takes anything by it any more. Refused where it is over already. */
  endDelegation?(token: string): Promise<Outcome<{ ended: true }>>;

  /**
   * Verifies the signature on the raw bytes of a webhook, and its age. Null: forged, old, re-serialised, or signed with
   * another secret.
   */
  parseEvent(rawBody: Buffer, signature: string | undefined): ProviderEvent | null;
}
