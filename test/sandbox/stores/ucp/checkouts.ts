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
import { accountOf, type SavedCard } from '../world/people';
import type { UcpMessage } from './refusals';
import type { UcpAddress, UcpCheckoutRequest, UcpInstrument, UcpMethod } from './requests';
import { FULFILLMENT, SAVED, SAVED_ID, STRIPE, STRIPE_ID, type UcpVersion } from './versions';

const METHOD = 'shipping_1';
const GROUP = 'package_1';
const DAY_MS = 86_400_000;

/** What the platform asks for, brought into the store's checkout; messages about what could not be done. */
export function apply(store: SandboxStore, checkout: Checkout, request: UcpCheckoutRequest): UcpMessage[] {
  const account = checkout.accountId === null ? undefined : accountOf(checkout.accountId);
  const before = [...checkout.lines];
  checkout.lines = [];
  checkout.unknownSkus = [];
  for (const { id, item, quantity } of request.line_items) {
    if (!store.catalogue.of(item.id)) {
      checkout.unknownSkus.push(item.id);
      continue;
    }
    // The line that was meant: by its id, else the next of the same goods.
    const at = before.findIndex((line) =>
      id === undefined ? line.sku === item.id : line.id === id && line.sku === item.id,
    );
    const known = at === -1 ? undefined : before.splice(at, 1)[0];
    checkout.lines.push({ id: known?.id ?? newId('li'), sku: item.id, quantity });
  }
  const { email, first_name: firstName, last_name: lastName, phone_number: phone } = request.buyer ?? {};
  const given = Object.fromEntries(
    Object.entries({ email, firstName, lastName, phone }).filter(([, one]) => one !== undefined),
  );
  const own = account && { email: account.email, firstName: account.firstName, lastName: account.lastName };
  checkout.buyer = { ...own, ...given };
  checkout.codes = request.discounts?.codes ?? [];
  const chosen = request.payment?.instruments?.find(({ selected }) => selected)?.id;
  checkout.extra['instrument'] = chosen ?? null;
  return deliver(
    checkout,
    account ? destinationsOf(account.addresses) : [],
    request.fulfillment?.methods,
    defaultOf(account),
  );
}

function defaultOf(account: ReturnType<typeof accountOf>): string | null {
  return account?.addresses.find(({ isDefault }) => isDefault)?.id ?? null;
}

function deliver(
  checkout: Checkout,
  saved: Destination[],
  methods: UcpMethod[] = [],
  preferred: string | null,
): UcpMessage[] {
  const messages: UcpMessage[] = [];
  const refuse = (content: string, path: string, code = 'invalid_fulfillment') =>
    messages.push({ type: 'error', code, content, path, severity: 'recoverable' });
  checkout.destinations = saved;
  checkout.destinationId = preferred;
  checkout.optionId = null;
  const method = methods.find(({ type, id }) => type === 'shipping' || (type === undefined && id === METHOD));
  if (methods.length > 0 && !method) refuse('We only deliver.', '$.fulfillment.methods[0]');
  if (methods.length > 1) refuse('All of it goes to one address.', '$.fulfillment.methods[1]');
  if (!method) return messages;
  const given = (method.destinations ?? []).map((address) => ({
    ...addressOf(address),
    id: address.id ?? newId('dest'),
  }));
  checkout.destinations = [...saved, ...given.filter(({ id }) => saved.every((one) => one.id !== id))];
  const wanted = method.selected_destination_id;
  if (wanted === undefined)
    checkout.destinationId = given.length === 1 ? given[0]!.id : given.length > 1 ? null : preferred;
  else if (wanted === null) checkout.destinationId = null;
  else if (checkout.destinations.some(({ id }) => id === wanted)) checkout.destinationId = wanted;
  else {
    checkout.destinationId = null;
    refuse('We do not know this address.', '$.fulfillment.methods[0].selected_destination_id', 'invalid_destination');
  }
  const group = method.groups?.find(({ id }) => id === undefined || id === GROUP);
  checkout.optionId = group?.selected_option_id ?? null;
  return messages;
}

function addressOf(address: UcpAddress): Omit<Destination, 'id'> {
  const parts = {
    ...{ firstName: address.first_name, lastName: address.last_name, line1: address.street_address },
    ...{ line2: address.extended_address, city: address.address_locality, region: address.address_region },
    ...{ postalCode: address.postal_code, country: address.address_country, phone: address.phone_number },
  };
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
}

/** As UCP writes an address; what is not known is left out. */
export function postalOf(address: Omit<Destination, 'id'>): UcpAddress {
  const parts = {
    ...{ street_address: address.line1, extended_address: address.line2, address_locality: address.city },
    ...{ address_region: address.region, postal_code: address.postalCode, address_country: address.country },
    ...{ first_name: address.firstName, last_name: address.lastName, phone_number: address.phone },
  };
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
}

/** The checkout as UCP shows it. From now on the platform knows its prices. */
export function checkoutBody(
  store: SandboxStore,
  checkout: Checkout,
  { capabilities, messages, wrongTotal }: { capabilities: string[]; messages: UcpMessage[]; wrongTotal: boolean },
): Record<string, unknown> {
  const version = checkout.protocolVersion as UcpVersion;
  const quote = store.shop.quote(checkout);
  tell(checkout, quote);
  const all = [...messages, ...quote.problems.map(messageOf), ...noticesOf(quote)];
  const status = statusOf(checkout, all);
  if (checkout.extra['expired'])
    all.push({ type: 'info', code: 'session_expired', content: 'This checkout has expired. Please begin again.' });
  const order = checkout.orderId === null ? undefined : store.orders.of(checkout.orderId);
  const isOver = status === 'completed' || status === 'canceled';
  return {
    ucp: {
      version,
      capabilities: shown(capabilities, version),
      payment_handlers: handlersFor(store, checkout),
    },
    ...{ id: checkout.id, status, currency: 'USD' },
    line_items: quote.lines.map(({ id, sku, good, quantity, subtotal }) => ({
      ...{ id, item: { id: sku, title: good.title, price: good.cents, image_url: `${store.baseUrl}/legal/picture` } },
      quantity,
      totals: [
        { type: 'subtotal', amount: subtotal },
        { type: 'total', amount: subtotal },
      ],
    })),
    buyer: buyerOf(checkout),
    totals: totalsOf(quote, wrongTotal),
    ...(all.length === 0 ? {} : { messages: all }),
    links: [
      { type: 'terms_of_service', url: `${store.baseUrl}/legal/terms` },
      { type: 'privacy_policy', url: `${store.baseUrl}/legal/privacy` },
    ],
    expires_at: store.clock.iso(checkout.expiresAt),
    ...(isOver ? {} : { continue_url: continueUrlOf(store, checkout) }),
    ...(capabilities.includes(FULFILLMENT) ? { fulfillment: fulfillmentOf(store, checkout, quote) } : {}),
    ...(checkout.codes.length === 0 ? {} : { discounts: discountsOf(checkout, quote) }),
    payment: { instruments: instrumentsOf(checkout) },
    ...(order
      ? { order: { id: order.id, label: order.number, permalink_url: `${store.baseUrl}/orders/${order.number}` } }
      : {}),
  };
}

export function shown(capabilities: string[], version: UcpVersion): Record<string, { version: string }[]> {
  return Object.fromEntries(capabilities.map((name) => [name, [{ version }]]));
}

function statusOf(checkout: Checkout, messages: UcpMessage[]): string {
  if (checkout.state === 'in_progress') return 'complete_in_progress';
  if (checkout.state !== 'open') return checkout.state;
  const errors = messages.filter(({ type }) => type === 'error');
  if (errors.some(({ severity }) => severity === 'requires_buyer_input' || severity === 'requires_buyer_review'))
    return 'requires_escalation';
  return errors.length > 0 ? 'incomplete' : 'ready_for_complete';
}

const PARTS: Record<NonNullable<Problem['part']>, string> = {
  lines: '$.line_items',
  email: '$.buyer.email',
  destination: '$.fulfillment.methods[0].selected_destination_id',
  option: '$.fulfillment.methods[0].groups[0].selected_option_id',
  instrument: '$.payment.instruments[0]',
};

export function messageOf({ code, severity, text: content, line, part }: Problem): UcpMessage {
  const path = line !== undefined ? `$.line_items[${line}]` : part && PARTS[part];
  return { type: 'error', code, severity, content, ...(path === undefined ? {} : { path }) };
}

function noticesOf(quote: Quote): UcpMessage[] {
  return quote.notices.map(({ code, text: content, code_index }) => ({
    ...{ type: 'warning', code, content },
    ...(code_index === undefined ? {} : { path: `$.discounts.codes[${code_index}]` }),
  })) as UcpMessage[];
}

function totalsOf(quote: Quote, wrong: boolean): { type: string; amount: number; display_text?: string }[] {
  return [
    { type: 'subtotal', amount: quote.subtotal },
    ...(quote.discount > 0 ? [{ type: 'discount', amount: -quote.discount }] : []),
    ...(quote.option ? [{ type: 'fulfillment', display_text: quote.option.title, amount: quote.shipping }] : []),
    ...(quote.destination ? [{ type: 'tax', amount: quote.tax }] : []),
    { type: 'total', amount: quote.total + (wrong ? 100 : 0) },
  ];
}

function discountsOf({ codes }: Checkout, quote: Quote) {
  return { codes, applied: quote.applied.map(({ code, title, cents: amount }) => ({ code, title, amount })) };
}

function buyerOf({ buyer }: Checkout) {
  const parts = {
    email: buyer.email,
    first_name: buyer.firstName,
    last_name: buyer.lastName,
    phone_number: buyer.phone,
  };
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined));
}

function fulfillmentOf(store: SandboxStore, checkout: Checkout, quote: Quote) {
  const isOld = checkout.protocolVersion === '2026-04-08';
  const lineIds = checkout.lines.map(({ id }) => id);
  const options = quote.options.map((option) => ({
    ...{ id: option.id, title: option.title, carrier: 'UPS' },
    description: isOld ? option.description : { plain: option.description },
    earliest_fulfillment_time: store.clock.iso(store.clock.now() + option.minDays * DAY_MS),
    latest_fulfillment_time: store.clock.iso(store.clock.now() + option.maxDays * DAY_MS),
    totals: [{ type: 'total', amount: option.cents }],
  }));
  const method = {
    ...{ id: METHOD, type: 'shipping', line_item_ids: lineIds, selected_destination_id: checkout.destinationId },
    destinations: checkout.destinations.map(({ id, ...address }) => ({
      ...(isOld ? {} : { type: 'shipping_address' }),
      ...{ id, ...postalOf(address) },
    })),
    groups: [{ id: GROUP, line_item_ids: lineIds, options, selected_option_id: quote.option?.id ?? null }],
  };
  return { methods: [method] };
}

export function handlersOf(store: SandboxStore): Record<string, { id: string; version: string }[]> {
  const stripe = {
    ...{ id: STRIPE_ID, version: '2026-04-17', available_instruments: [{ type: 'card' }] },
    config: { network_business_profile: `profile_test_${store.options.kind}` },
  };
  const saved = { id: SAVED_ID, version: '2026-04-08', available_instruments: [{ type: 'card' }] };
  return { [SAVED]: [saved], ...(store.options.env['DELEGATED'] === '0' ? {} : { [STRIPE]: [stripe] }) };
}

function handlersFor(store: SandboxStore, checkout: Checkout) {
  const { [SAVED]: saved, ...others } = handlersOf(store);
  return checkout.accountId === null ? others : { [SAVED]: saved, ...others };
}

function instrumentsOf(checkout: Checkout) {
  const cards = checkout.accountId === null ? [] : (accountOf(checkout.accountId)?.cards ?? []);
  const chosen = checkout.extra['instrument'] ?? cards.find(({ isDefault }) => isDefault)?.id;
  return cards.map((card) => ({
    ...{ id: card.id, handler_id: SAVED_ID, type: 'card', selected: card.id === chosen },
    display: {
      ...{ brand: card.brand, last_digits: card.last4, expiry_month: card.expiryMonth, expiry_year: card.expiryYear },
    },
  }));
}

/** What pays for it; or the message that says why it does not. */
export function paymentOf(
  checkout: Checkout,
  instruments: UcpInstrument[],
  usedTokens: Map<string, string>,
): { paidBy: PaidBy } | { refused: UcpMessage } {
  const refused = (code: string, content: string): { refused: UcpMessage } => ({
    refused: { type: 'error', code, content, severity: 'recoverable', path: '$.payment.instruments[0]' },
  });
  const chosen = instruments.length === 1 ? instruments : instruments.filter(({ selected }) => selected);
  const [instrument] = chosen;
  if (!instrument || chosen.length !== 1) return refused('payment_required', 'Choose one way to pay.');
  if (instrument.type !== 'card') return refused('payment_failed', 'We take cards.');
  if (instrument.handler_id === SAVED_ID) {
    const cards: SavedCard[] = checkout.accountId === null ? [] : (accountOf(checkout.accountId)?.cards ?? []);
    const card = cards.find(({ id }) => id === instrument.id);
    if (!card) return refused('payment_failed', 'There is no such card in this account.');
    if (card.declines) return refused('payment_failed', 'The card was declined.');
    return { paidBy: { kind: 'saved', brand: card.brand, last4: card.last4 } };
  }
  if (instrument.handler_id !== STRIPE_ID) return refused('payment_failed', 'We do not know this way to pay.');
  const token = instrument.credential?.token ?? '';
  if (!/^spt_[A-Za-z0-9_]+$/.test(token)) return refused('payment_failed', 'There is no token to be paid by.');
  const usedFor = usedTokens.get(token);
  if (usedFor !== undefined && usedFor !== checkout.id) return refused('payment_failed', 'The token was used before.');
  usedTokens.set(token, checkout.id);
  return { paidBy: { kind: 'delegated', brand: null, last4: null, token } };
}
