/** What happens to who pays with it. */
export interface MethodNature {
  type: 'card' | 'paypal';
  brand: string;
  last4: string;
  country: string;
  /** The shopper must prove that it is they: 3-D Secure, or PayPal's own page. */
  authentication: 'none' | 'when_present' | 'unless_saved' | 'always';
  decline: null | { code: string; declineCode: string };
  /** Refused already when it is saved. */
  declinesAttach: boolean;
  disputes: boolean;
  refund: 'succeeds' | 'pending' | 'fails';
  /** Its money is available at once, as with Stripe's card 4000 0000 0000 0077. */
  bypassesPending: boolean;
}

const GOOD: MethodNature = {
  ...{ type: 'card', brand: 'visa', last4: '4242', country: 'US', authentication: 'none', decline: null },
  ...{ declinesAttach: false, disputes: false, refund: 'succeeds', bypassesPending: false },
};
const generic = { code: 'card_declined', declineCode: 'generic_decline' };
const noFunds = { code: 'card_declined', declineCode: 'insufficient_funds' };

function declining(last4: string, code: string, declineCode: string): MethodNature {
  return { ...GOOD, last4, decline: { code, declineCode }, declinesAttach: true };
}

/** Stripe's test methods by what follows `pm_card_` or `tok_`. See https://docs.stripe.com/testing */
const CARDS: Record<string, MethodNature> = {
  visa: GOOD,
  us: GOOD,
  visa_debit: { ...GOOD, last4: '5556' },
  mastercard: { ...GOOD, brand: 'mastercard', last4: '4444' },
  amex: { ...GOOD, brand: 'amex', last4: '8431' },
  discover: { ...GOOD, brand: 'discover', last4: '1117' },
  bypassPending: { ...GOOD, last4: '0077', bypassesPending: true },
  chargeDeclined: declining('0002', 'card_declined', 'generic_decline'),
  chargeDeclinedInsufficientFunds: declining('9995', 'card_declined', 'insufficient_funds'),
  chargeDeclinedLostCard: declining('9987', 'card_declined', 'lost_card'),
  chargeDeclinedStolenCard: declining('9979', 'card_declined', 'stolen_card'),
  chargeDeclinedExpiredCard: declining('0069', 'expired_card', 'expired_card'),
  chargeDeclinedIncorrectCvc: declining('0127', 'incorrect_cvc', 'incorrect_cvc'),
  chargeDeclinedProcessingError: declining('0119', 'processing_error', 'processing_error'),
  /** Can be saved, and declines every payment. */
  chargeCustomerFail: { ...GOOD, last4: '0341', decline: generic },
  authenticationRequired: { ...GOOD, last4: '3184', authentication: 'always' },
  authenticationRequiredOnSetup: { ...GOOD, last4: '3155', authentication: 'unless_saved' },
  authenticationRequiredChargeDeclinedInsufficientFunds: {
    ...{ ...GOOD, last4: '3178' },
    ...{ authentication: 'always', decline: noFunds },
  },
  threeDSecureRequired: { ...GOOD, last4: '3063', authentication: 'when_present' },
  threeDSecure2Required: { ...GOOD, last4: '3220', authentication: 'when_present' },
  createDispute: { ...GOOD, last4: '0259', disputes: true },
  refundFail: { ...GOOD, last4: '5126', refund: 'fails' },
  pendingRefund: { ...GOOD, last4: '7726', refund: 'pending' },
};

export const PAYPAL: MethodNature = {
  ...{ ...GOOD, type: 'paypal', brand: 'paypal', last4: '' },
  authentication: 'always',
};

/** The nature of a test method: pm_card_visa, pm_card_visa_chargeDeclined, pm_card_chargeDeclined, pm_paypal. */
export function testMethod(id: string): MethodNature | undefined {
  if (id === 'pm_paypal') return PAYPAL;
  return id.startsWith('pm_card_') ? named(id.slice('pm_card_'.length)) : undefined;
}

/** The nature of a test token: tok_visa, tok_chargeDeclined. */
export function testToken(id: string): MethodNature | undefined {
  return id.startsWith('tok_') ? named(id.slice('tok_'.length)) : undefined;
}

function named(name: string): MethodNature | undefined {
  const short = name.replace(/^visa_(?=chargeDeclined)/, '');
  return Object.hasOwn(CARDS, short) ? CARDS[short] : undefined;
}
