import type { SandboxStore } from '../store';
import {
  destinationsOf,
  tell,
  type Checkout,
  type Destination,
  type PaidBy,
  type Problem,
  type Quote,
} from '../world/checkout';
import { newId } from '../world/ids';
import { continueUrlOf } from '../world/pages';
import { accountOf } from '../world/people';
import { ACP_VERSION, acpError, acpMessage, type AcpMessage } from './errors';
import { addressJson, nameOf } from './address';
import { orderJson } from './orders';
import type { AcpBasketRequest, AcpDetails, AcpPayment } from './requests';

const DAY_MS = 86_400_000;
const ADDRESS = 'address';
const TOKENIZED = 'card_tokenized';

/** What changes in a session: members that are given replace what was there, others stay. Throws a Refusal. */
export function apply(store: SandboxStore, checkout: Checkout, request: AcpBasketRequest): AcpMessage[] {
  const { line_items, buyer, fulfillment_details: details, selected_fulfillment_options: chosen } = request;
  if (line_items) changeLines(store, checkout, line_items);
  if (buyer) {
    const [first, ...rest] = (buyer.full_name ?? '').split(' ');
    const {
      email,
      first_name: firstName = first || undefined,
      last_name: lastName = rest.join(' ') || undefined,
    } = buyer;
    checkout.buyer = { email, firstName, lastName, phone: buyer.phone_number };
  }
  if (details) changeDetails(checkout, details);
  const codes = request.discounts?.codes ?? request.coupons;
  if (codes) checkout.codes = codes;
  const messages = chosen ? choose(store, checkout, chosen) : [];
  // The store chooses the cheapest until somebody else does.
  const { options } = store.shop.quote(checkout);
  if (!options.some(({ id }) => id === checkout.optionId)) checkout.optionId = options[0]?.id ?? null;
  return messages;
}

/** For a shopper who is signed in, what the store knows of them. */
export function startWith(checkout: Checkout): void {
  const account = checkout.accountId === null ? undefined : accountOf(checkout.accountId);
  if (!account) return;
  checkout.buyer = { email: account.email, firstName: account.firstName, lastName: account.lastName };
  const home = account.addresses.find(({ isDefault }) => isDefault);
  if (!home) return;
  checkout.destinations = destinationsOf([{ ...home, id: ADDRESS }]);
  checkout.destinationId = ADDRESS;
}

function changeLines(store: SandboxStore, checkout: Checkout, items: { id: string; quantity?: number }[]): void {
  const before = [...checkout.lines];
  checkout.lines = items.map(({ id: sku, quantity = 1 }, place) => {
    if (!store.catalogue.of(sku))
      throw acpError(400, 'invalid_item_id', `The item ID '${sku}' does not exist.`, {
        param: `$.line_items[${place}].id`,
      });
    const at = before.findIndex((line) => line.sku === sku);
    const known = at === -1 ? undefined : before.splice(at, 1)[0];
    return { id: known?.id ?? newId('li'), sku, quantity };
  });
  if (checkout.lines.length === 0)
    throw acpError(400, 'invalid_request', 'There must be something to buy.', { param: '$.line_items' });
}

function changeDetails(checkout: Checkout, { name, phone_number: phone, email, address }: AcpDetails): void {
  if (email !== undefined && checkout.buyer.email === undefined) checkout.buyer = { ...checkout.buyer, email };
  if (!address) return;
  const [firstName = '', ...rest] = (name ?? address.name).split(' ');
  const destination: Destination = {
    ...{ id: ADDRESS, firstName, lastName: rest.join(' '), line1: address.line_one, city: address.city },
    ...{ region: address.state, postalCode: address.postal_code, country: address.country },
    ...(address.line_two ? { line2: address.line_two } : {}),
    ...(phone === undefined ? {} : { phone }),
  };
  checkout.destinations = [destination];
  checkout.destinationId = ADDRESS;
}

function choose(
  store: SandboxStore,
  checkout: Checkout,
  chosen: NonNullable<AcpBasketRequest['selected_fulfillment_options']>,
): AcpMessage[] {
  const at = '$.selected_fulfillment_options[0]';
  const wrong = (content: string, param: string) => [
    acpMessage('error', 'invalid', content, { param, resolution: 'recoverable' }),
  ];
  const [one] = chosen;
  if (!one || chosen.length > 1) return wrong('All of it goes one way.', '$.selected_fulfillment_options');
  if (one.type !== 'shipping') return wrong('We only deliver.', `${at}.type`);
  const { options } = store.shop.quote(checkout);
  if (!options.some(({ id }) => id === one.option_id)) return wrong('There is no such option.', `${at}.option_id`);
  const isOf = (line: { id: string; sku: string }) => one.item_ids.includes(line.id) || one.item_ids.includes(line.sku);
  const known = new Set(checkout.lines.flatMap(({ id, sku }) => [id, sku]));
  if (!checkout.lines.every(isOf) || one.item_ids.some((id) => !known.has(id)))
    return wrong('It must be of all items, and of no others.', `${at}.item_ids`);
  checkout.optionId = one.option_id;
  return [];
}

/** The session as ACP shows it. From now on the agent knows its prices. */
export function sessionJson(
  store: SandboxStore,
  checkout: Checkout,
  { messages, wrongTotal }: { messages: AcpMessage[]; wrongTotal: boolean },
): Record<string, unknown> {
  const quote = store.shop.quote(checkout);
  tell(checkout, quote);
  const needsSignIn = checkout.accountId === null && !store.options.guestCheckout && checkout.state === 'open';
  const all = [
    ...messages,
    ...quote.problems.map(messageOf),
    ...quote.notices.map(({ code, text, code_index }) =>
      acpMessage('warning', code, text, { param: `$.discounts.codes[${code_index ?? 0}]` }),
    ),
    ...(needsSignIn
      ? [acpMessage('error', 'requires_sign_in', 'Sign in to buy here.', { resolution: 'requires_buyer_input' })]
      : []),
  ];
  const status = statusOf(checkout, quote, needsSignIn);
  const order = checkout.orderId === null ? undefined : store.orders.of(checkout.orderId);
  const isOver = ['completed', 'canceled', 'expired'].includes(status);
  const lineIds = checkout.lines.map(({ id }) => id);
  return {
    ...{ id: checkout.id, protocol: { version: ACP_VERSION }, status, currency: 'usd' },
    capabilities: {
      payment: { handlers: handlersOf(store, checkout) },
      interventions: { supported: [], required: [], enforcement: 'optional' },
      extensions: [{ name: 'discount' }],
    },
    ...(checkout.buyer.email === undefined ? {} : { buyer: buyerJson(checkout) }),
    line_items: quote.lines.map((line) => lineJson(store, line)),
    ...(quote.destination ? { fulfillment_details: detailsJson(checkout, quote.destination) } : {}),
    fulfillment_options: quote.options.map((option) => ({
      ...{ type: 'shipping', id: option.id, title: option.title, description: option.description, carrier: 'UPS' },
      earliest_delivery_time: store.clock.iso(store.clock.now() + option.minDays * DAY_MS),
      latest_delivery_time: store.clock.iso(store.clock.now() + option.maxDays * DAY_MS),
      totals: [{ type: 'total', display_text: option.title, amount: option.cents }],
    })),
    ...(quote.option
      ? { selected_fulfillment_options: [{ type: 'shipping', option_id: quote.option.id, item_ids: lineIds }] }
      : {}),
    totals: totalsJson(quote, wrongTotal),
    messages: all,
    links: [
      { type: 'terms_of_use', url: `${store.baseUrl}/legal/terms` },
      { type: 'privacy_policy', url: `${store.baseUrl}/legal/privacy` },
    ],
    ...(checkout.codes.length === 0 ? {} : { discounts: discountsJson(checkout, quote) }),
    created_at: store.clock.iso(checkout.createdAt),
    expires_at: store.clock.iso(checkout.expiresAt),
    ...(isOver ? {} : { continue_url: continueUrlOf(store, checkout) }),
    ...(order ? { order: orderJson(store, order) } : {}),
  };
}

function statusOf(checkout: Checkout, { problems }: Quote, needsSignIn: boolean): string {
  if (checkout.extra['expired']) return 'expired';
  if (checkout.state === 'in_progress') return 'complete_in_progress';
  if (checkout.state !== 'open') return checkout.state;
  if (problems.some(({ severity }) => severity === 'requires_buyer_review' || severity === 'requires_buyer_input'))
    return 'requires_escalation';
  return problems.length > 0 || needsSignIn ? 'not_ready_for_payment' : 'ready_for_payment';
}

const CODES: Record<string, string> = {
  out_of_stock: 'out_of_stock',
  age_verification_required: 'age_verification_required',
  address_undeliverable: 'region_restricted',
  review_required: 'approval_required',
  item_unavailable: 'not_found',
};
const PARTS: Record<NonNullable<Problem['part']>, string> = {
  lines: '$.line_items',
  email: '$.buyer.email',
  destination: '$.fulfillment_details.address',
  option: '$.selected_fulfillment_options',
  instrument: '$.payment_data',
};

function messageOf({ code, severity, text, line, part }: Problem): AcpMessage {
  const param = line !== undefined ? `$.line_items[${line}]` : part && PARTS[part];
  const resolution = severity === 'unrecoverable' ? 'recoverable' : severity;
  return acpMessage('error', CODES[code] ?? 'missing', text, { resolution, ...(param === undefined ? {} : { param }) });
}

function lineJson(
  store: SandboxStore,
  { id, sku, quantity, good, subtotal, discount, tax, available }: Quote['lines'][number],
) {
  return {
    ...{ id, item: { id: sku }, quantity, name: good.title, unit_amount: good.cents, sku },
    availability_status: available === 0 ? 'out_of_stock' : available < 5 ? 'low_stock' : 'in_stock',
    ...{ available_quantity: available, images: [`${store.baseUrl}/legal/picture`] },
    totals: [
      { type: 'items_base_amount', display_text: 'Base amount', amount: subtotal },
      ...(discount > 0 ? [{ type: 'items_discount', display_text: 'Discount', amount: discount }] : []),
      { type: 'subtotal', display_text: 'Subtotal', amount: subtotal - discount },
      { type: 'tax', display_text: 'Tax', amount: tax },
      { type: 'total', display_text: 'Total', amount: subtotal - discount + tax },
    ],
  };
}

function totalsJson(quote: Quote, wrong: boolean) {
  const { subtotal, discount, shipping, tax, total } = quote;
  return [
    { type: 'items_base_amount', display_text: 'Item(s) total', amount: subtotal },
    ...(discount > 0 ? [{ type: 'items_discount', display_text: 'Discount', amount: discount }] : []),
    { type: 'subtotal', display_text: 'Subtotal', amount: subtotal - discount },
    ...(quote.option ? [{ type: 'fulfillment', display_text: quote.option.title, amount: shipping }] : []),
    ...(quote.destination ? [{ type: 'tax', display_text: 'Tax', amount: tax }] : []),
    { type: 'total', display_text: 'Total', amount: total + (wrong ? 100 : 0) },
  ];
}

function discountsJson({ codes }: Checkout, { applied, notices }: Quote) {
  return {
    codes,
    applied: applied.map(({ code, title, cents }) => ({
      ...{ id: `disc_${code.toLowerCase()}`, code, amount: cents },
      coupon: { id: `coupon_${code.toLowerCase()}`, name: title },
    })),
    rejected: notices.map(({ code: reason, text: message, code_index }) => ({
      code: codes[code_index ?? 0],
      reason,
      message,
    })),
  };
}

function buyerJson({ buyer, accountId }: Checkout) {
  const parts = { first_name: buyer.firstName, last_name: buyer.lastName, phone_number: buyer.phone };
  const known = Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
  return { email: buyer.email, ...known, account_type: accountId === null ? 'guest' : 'registered' };
}

function detailsJson({ buyer }: Checkout, destination: Destination): AcpDetails {
  return {
    name: nameOf(destination),
    ...(destination.phone === undefined ? {} : { phone_number: destination.phone }),
    ...(buyer.email === undefined ? {} : { email: buyer.email }),
    address: addressJson(destination),
  };
}

/** One for tokens of the payment provider, and one for each card that the store holds. */
function handlersOf(store: SandboxStore, checkout: Checkout) {
  const of = (kind: string) => ({
    spec: `https://acp.dev/handlers/${kind}`,
    config_schema: `https://acp.dev/schemas/handlers/${kind}/config.json`,
    instrument_schemas: [`https://acp.dev/schemas/handlers/${kind}/instrument.json`],
    requires_pci_compliance: false,
  });
  const profile = `profile_test_${store.options.kind}`;
  const tokenized = {
    ...{ id: TOKENIZED, name: 'dev.acp.tokenized.card', display_name: 'Credit card', version: '2026-01-22' },
    ...{ ...of('tokenized.card'), requires_delegate_payment: true, psp: 'stripe', display_order: 9 },
    config: { merchant_id: profile, psp: 'stripe', accepted_brands: ['visa', 'mastercard', 'amex'] },
  };
  const cards = checkout.accountId === null ? [] : (accountOf(checkout.accountId)?.cards ?? []);
  const saved = cards.map((card, place) => ({
    ...{ id: `saved_${card.id}`, name: 'dev.acp.seller_backed.saved_card', version: '2026-02-05' },
    ...{ ...of('seller_backed/saved_card'), requires_delegate_payment: false, psp: 'seller_managed' },
    ...{ display_name: `${card.brand} ending in ${card.last4}`, display_order: card.isDefault ? 0 : place + 1 },
    config: {
      ...{ merchant_id: profile, psp: 'seller_managed', payment_method_id: card.id },
      display_name: `${card.brand} ending in ${card.last4}`,
      display_metadata: { brand: card.brand, last4: card.last4 },
    },
  }));
  return [...saved, ...(store.options.env['DELEGATED'] === '0' ? [] : [tokenized])];
}

/** What pays for it; or the message that says why it does not. */
export function paymentOf(
  store: SandboxStore,
  checkout: Checkout,
  { handler_id, instrument }: AcpPayment,
  usedTokens: Map<string, string>,
): { paidBy: PaidBy } | { refused: AcpMessage } {
  const refused = (code: string, content: string) => ({
    refused: acpMessage('error', code, content, { param: '$.payment_data', resolution: 'recoverable' }),
  });
  if (!handlersOf(store, checkout).some(({ id }) => id === handler_id))
    return refused('not_found', 'There is no such way to pay.');
  const { type, credential } = instrument;
  if (handler_id !== TOKENIZED) {
    const card = accountOf(checkout.accountId ?? '')?.cards.find(({ id }) => handler_id === `saved_${id}`);
    if (!card || type !== 'seller_backed_saved_card' || credential.token !== card.id)
      return refused('invalid', 'That is not the card of this handler.');
    if (card.declines) return refused('payment_declined', 'The card was declined.');
    return { paidBy: { kind: 'saved', brand: card.brand, last4: card.last4 } };
  }
  if (type !== 'card' || credential.type !== 'spt' || !/^spt_[A-Za-z0-9_]+$/.test(credential.token))
    return refused('invalid', 'There is no token to be paid by.');
  const usedFor = usedTokens.get(credential.token);
  if (usedFor !== undefined && usedFor !== checkout.id) return refused('invalid', 'The token was used before.');
  usedTokens.set(credential.token, checkout.id);
  return { paidBy: { kind: 'delegated', brand: null, last4: null, token: credential.token } };
}
