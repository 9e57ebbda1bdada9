import { array, flag, integer, Malformed, object, oneOf, open, text, type Check, type Members } from '../http/shape';

/**
 * What an agent may send (the schemas of 2026-04-17, closed: `additionalProperties: false`), but for what a store of
 * goods has no use for. `quantity` of a line is taken, which the document forgot (its issue 264).
 */
const id = text({ max: 200 });
const email = text({ max: 254, pattern: /^[^\s@]+@[^\s@]+$/ });

const address = object(
  { name: id, line_one: id, city: id, state: id, country: text({ pattern: /^[A-Z]{2}$/ }), postal_code: id },
  { line_two: id, company: id },
);
const details = object({}, { name: id, phone_number: text({ max: 32 }), email, address });
const buyer = object(
  { email },
  {
    ...{ first_name: id, last_name: id, full_name: id, phone_number: text({ max: 32 }), customer_id: id },
    account_type: oneOf('guest', 'registered', 'business'),
    authentication_status: oneOf('authenticated', 'guest', 'requires_signin'),
  },
);
const item = object({ id }, { name: id, unit_amount: integer(), quantity: integer({ min: 1, max: 999 }) });
const interventions = object(
  {},
  {
    supported: array(oneOf('3ds', 'biometric', 'address_verification')),
    display_context: oneOf('native', 'webview', 'modal', 'redirect'),
    redirect_context: oneOf('in_app', 'external_browser', 'none'),
    ...{ max_redirects: integer(), max_interaction_depth: integer({ min: 1 }) },
  },
);
const capabilities = object({}, { interventions, payment: object({ handlers: array(open()) }), extensions: array(id) });
const discounts = object({}, { codes: array(text({ max: 64 }), { max: 10 }) });
const chosen = object({
  type: oneOf('shipping', 'digital', 'pickup', 'local_delivery'),
  option_id: id,
  item_ids: array(id),
});
const attribution: Check = (value, at) => {
  open({ provider: id, token: text(), publisher_id: id, touchpoint: oneOf('first', 'last') })(value, at);
  const { provider, token, publisher_id } = value as Record<string, unknown>;
  if (provider === undefined) throw new Malformed(`${at}.provider`, 'is required');
  if (token === undefined && publisher_id === undefined) throw new Malformed(at, 'needs token or publisher_id');
};
const notes = text({ max: 5000 });

const COMMON: Members = {
  ...{ buyer, fulfillment_details: details, discounts, order_notes: notes },
  coupons: array(id),
};

export const createRequest = object(
  { line_items: array(item, { min: 1, max: 100 }), currency: text({ pattern: /^[a-z]{3}$/ }), capabilities },
  { ...COMMON, affiliate_attribution: attribution, locale: id, timezone: id, metadata: open() },
);

export const updateRequest = object(
  {},
  { ...COMMON, line_items: array(item, { max: 100 }), selected_fulfillment_options: array(chosen, { max: 10 }) },
);

const credential = object({ type: id, token: text({ max: 5000 }) });
const payment: Check = (value, at) =>
  object({ handler_id: id, instrument: object({ type: id, credential }) }, { billing_address: address })(value, at);

export const completeRequest = object(
  { payment_data: payment },
  {
    ...{ buyer, order_notes: notes, affiliate_attribution: attribution, authentication_result: open() },
    risk_signals: object(
      {},
      { ip_address: id, user_agent: text(), accept_language: id, session_id: id, device_fingerprint: id },
    ),
    marketing_consents: array(object({ channel: id, opted_in: flag })),
  },
);

const REASONS = [
  ...['price_sensitivity', 'shipping_cost', 'shipping_speed', 'product_fit', 'trust_security', 'returns_policy'],
  ...['payment_options', 'comparison', 'timing_deferred', 'other'],
];
const trace = object({ reason_code: oneOf(...REASONS) }, { trace_summary: text({ max: 500 }), metadata: open() });
export const cancelRequest = open({ intent_trace: trace });

export interface AcpAddress {
  name: string;
  line_one: string;
  line_two?: string;
  city: string;
  state: string;
  country: string;
  postal_code: string;
}

export interface AcpDetails {
  name?: string;
  phone_number?: string;
  email?: string;
  address?: AcpAddress;
}

export interface AcpBasketRequest {
  line_items?: { id: string; quantity?: number }[];
  currency?: string;
  buyer?: { email: string; first_name?: string; last_name?: string; full_name?: string; phone_number?: string };
  fulfillment_details?: AcpDetails;
  selected_fulfillment_options?: { type: string; option_id: string; item_ids: string[] }[];
  discounts?: { codes?: string[] };
  coupons?: string[];
}

export interface AcpPayment {
  handler_id: string;
  instrument: { type: string; credential: { type: string; token: string } };
}
