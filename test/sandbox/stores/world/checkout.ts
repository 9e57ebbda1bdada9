import type { Catalogue, Good } from './catalogue';
import type { Address, SavedAddress } from './people';

export interface Buyer {
  email?: string;
  firstName?: string;
  lastName?: string;
  phone?: string;
}

export interface CheckoutLine {
  id: string;
  sku: string;
  quantity: number;
}

/** An address that the checkout may go to: one that the shopper saved at the store, or one that the platform gave. */
export type Destination = Partial<Address> & { id: string };

/** One checkout at the store, whatever protocol it is spoken of in. */
export interface Checkout {
  id: string;
  /** Of whom it is: the platform, and the shopper's account there, if any. */
  platform: string;
  accountId: string | null;
  /** What the platform spoke when it was made. */
  protocolVersion: string;
  webhookUrl: string | null;
  createdAt: number;
  expiresAt: number;
  state: 'open' | 'in_progress' | 'completed' | 'canceled';
  lines: CheckoutLine[];
  /** Asked for, but not goods of this store. */
  unknownSkus: string[];
  buyer: Buyer;
  destinations: Destination[];
  destinationId: string | null;
  optionId: string | null;
  codes: string[];
  /** By SKU, in cents: what the platform was told last. */
  told: Record<string, number>;
  /** Said by a fault: the shopper must look at it at the store. */
  mustReview: boolean;
  /** The shopper has agreed on the store's own page. */
  agreed: boolean;
  /** In whose hands an order is that is still being worked on: what completes it, when asked next. */
  pending: { asksLeft: number; work: PendingWork } | null;
  orderId: string | null;
  /** What it came to when it was bought. */
  sold: Quote | null;
  /** The secret of the store's own page of this checkout. */
  pageKey: string;
  /** What only one protocol knows of it. */
  extra: Record<string, unknown>;
}

export interface PendingWork {
  idempotencyKey: string;
  instrument: PaidBy;
}

export interface PaidBy {
  kind: 'saved' | 'delegated' | 'on_page';
  brand: string | null;
  last4: string | null;
  /** Of `delegated`: the payment provider's token, and what it was turned into there. */
  token?: string;
  paymentIntent?: string;
}

export interface Problem {
  code: string;
  severity: 'recoverable' | 'requires_buyer_input' | 'requires_buyer_review' | 'unrecoverable';
  text: string;
  /** Of which line or part it is. */
  line?: number;
  part?: 'lines' | 'email' | 'destination' | 'option' | 'instrument';
}

export interface Notice {
  code: string;
  text: string;
  code_index?: number;
}

export interface DeliveryOption {
  id: string;
  title: string;
  description: string;
  cents: number;
  minDays: number;
  maxDays: number;
}

export interface QuotedLine extends CheckoutLine {
  good: Good;
  subtotal: number;
  discount: number;
  tax: number;
  available: number;
}

/** What a checkout comes to now. Money in cents. */
export interface Quote {
  lines: QuotedLine[];
  subtotal: number;
  discount: number;
  applied: { code: string; title: string; cents: number }[];
  shipping: number;
  tax: number;
  total: number;
  options: DeliveryOption[];
  option: DeliveryOption | null;
  destination: Destination | null;
  problems: Problem[];
  notices: Notice[];
}

const FREE_OVER = 3500;
const TAX_PER_10_000: Record<string, number> = { TX: 825, OR: 0, CA: 725, NY: 887 };
const OTHER_STATES = 600;
/** Where it delivers. */
const COUNTRY = 'US';
const ELSEWHERE = new Set(['AE', 'HI', 'PR']);
const CODES: Record<string, { title: string; percent: number }> = {
  WELCOME10: { title: '10 % off your first order', percent: 10 },
  HALFOFF: { title: 'Half off', percent: 50 },
};

export function quoteOf(checkout: Checkout, catalogue: Catalogue): Quote {
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  const wanted = new Map<string, number>();
  const lines = checkout.lines.map((line, at): QuotedLine => {
    const good = catalogue.of(line.sku)!;
    const before = wanted.get(line.sku) ?? 0;
    wanted.set(line.sku, before + line.quantity);
    const available = Math.max(0, good.stock - before);
    if (checkout.state === 'open' && available < line.quantity) {
      const text = available === 0 ? `${good.title} is sold out.` : `Only ${available} of ${good.title} left.`;
      problems.push({ code: 'out_of_stock', severity: 'recoverable', text, line: at });
    }
    if (checkout.state === 'open' && good.ageChecked && !checkout.agreed) {
      const text = 'We have to see how old you are before we can sell this.';
      problems.push({ code: 'age_verification_required', severity: 'requires_buyer_input', text, line: at });
    }
    return { ...line, good, subtotal: good.cents * line.quantity, discount: 0, tax: 0, available };
  });
  for (const sku of checkout.unknownSkus) {
    const text = `We do not sell ${sku}.`;
    problems.push({ code: 'item_unavailable', severity: 'recoverable', text, part: 'lines' });
  }
  const subtotal = sum(lines.map((line) => line.subtotal));
  const { discount, applied } = discountsOf(checkout.codes, subtotal, notices);
  spread(lines, discount);

  const destination = checkout.destinations.find(({ id }) => id === checkout.destinationId) ?? null;
  const reached = destination !== null && whereProblem(destination) === null;
  const options = reached ? optionsFor(subtotal - discount) : [];
  const option = options.find(({ id }) => id === checkout.optionId) ?? null;
  if (checkout.state === 'open') problems.push(...missingOf(checkout, destination, option));
  const rate = reached ? (TAX_PER_10_000[destination.region ?? ''] ?? OTHER_STATES) : 0;
  for (const line of lines) line.tax = Math.round(((line.subtotal - line.discount) * rate) / 10_000);
  const tax = sum(lines.map((line) => line.tax));
  const shipping = option?.cents ?? 0;
  const total = subtotal - discount + shipping + tax;
  return { lines, subtotal, discount, applied, shipping, tax, total, options, option, destination, problems, notices };
}

function missingOf(checkout: Checkout, destination: Destination | null, option: DeliveryOption | null): Problem[] {
  const problems: Problem[] = [];
  if (!checkout.buyer.email)
    problems.push({ code: 'missing', severity: 'recoverable', text: 'An e-mail address is required.', part: 'email' });
  if (!destination)
    problems.push({
      code: 'missing',
      severity: 'recoverable',
      text: 'A delivery address is required.',
      part: 'destination',
    });
  else {
    const wrong = whereProblem(destination);
    if (wrong) problems.push(wrong);
    else if (!option)
      problems.push({ code: 'missing', severity: 'recoverable', text: 'Choose how it is delivered.', part: 'option' });
  }
  if (checkout.mustReview && !checkout.agreed) {
    const text = 'Please look over this order on our site.';
    problems.push({ code: 'review_required', severity: 'requires_buyer_review', text });
  }
  return problems;
}

function whereProblem({ country, region, line1, city, postalCode }: Destination): Problem | null {
  if (country !== undefined && !['US', 'USA', 'United States'].includes(country) && country !== COUNTRY)
    return undeliverable(`We do not deliver to ${country}.`);
  if (region !== undefined && ELSEWHERE.has(region)) return undeliverable(`We do not deliver to ${region}.`);
  if (!line1 || !city || !region || !postalCode || !country)
    return { code: 'missing', severity: 'recoverable', text: 'The address is not complete.', part: 'destination' };
  if (!/^\d{5}(-\d{4})?$/.test(postalCode)) return undeliverable('There is no such postal code.');
  return null;
}

function undeliverable(text: string): Problem {
  return { code: 'address_undeliverable', severity: 'recoverable', text, part: 'destination' };
}

/** The cheapest first. */
function optionsFor(worth: number): DeliveryOption[] {
  const free = worth >= FREE_OVER;
  return [
    { ...days(3, 5), id: 'standard', title: 'Standard', cents: free ? 0 : 599 },
    { ...days(1, 1), id: 'express', title: 'Express', cents: 1499 },
  ];
}

function days(minDays: number, maxDays: number): Pick<DeliveryOption, 'minDays' | 'maxDays' | 'description'> {
  const when = minDays === maxDays ? `${minDays} business day` : `${minDays} to ${maxDays} business days`;
  return { minDays, maxDays, description: `Arrives in ${when}` };
}

function discountsOf(codes: string[], subtotal: number, notices: Notice[]): Pick<Quote, 'discount' | 'applied'> {
  const applied: Quote['applied'] = [];
  codes.forEach((code, at) => {
    const known = CODES[code.toUpperCase()];
    if (!known)
      notices.push({ code: 'discount_code_invalid', text: `We do not know the code ${code}.`, code_index: at });
    else if (applied.length > 0)
      notices.push({
        code: 'discount_code_combination_disallowed',
        text: `${code} cannot be combined.`,
        code_index: at,
      });
    else {
      const cents = Math.floor((subtotal * known.percent) / 100);
      applied.push({ code: code.toUpperCase(), title: known.title, cents });
    }
  });
  return { discount: sum(applied.map(({ cents }) => cents)), applied };
}

/** A discount over the lines by their worth; what rounding leaves goes to the first that can bear it. */
function spread(lines: QuotedLine[], discount: number): void {
  const whole = sum(lines.map((line) => line.subtotal));
  if (discount === 0 || whole === 0) return;
  let left = discount;
  for (const line of lines) {
    line.discount = Math.floor((discount * line.subtotal) / whole);
    left -= line.discount;
  }
  for (const line of lines) {
    const more = Math.min(left, line.subtotal - line.discount);
    line.discount += more;
    left -= more;
  }
}

function sum(cents: number[]): number {
  return cents.reduce((total, one) => total + one, 0);
}

/** Whether prices are still what the platform was told; what they are now is told with the next answer. */
export function hasMoved(checkout: Checkout, quote: Quote): boolean {
  return quote.lines.some(({ sku, good }) => checkout.told[sku] !== undefined && checkout.told[sku] !== good.cents);
}

export function tell(checkout: Checkout, quote: Quote): void {
  checkout.told = Object.fromEntries(quote.lines.map(({ sku, good }) => [sku, good.cents]));
}

export function destinationsOf(addresses: SavedAddress[]): Destination[] {
  return addresses.map(({ id, firstName, lastName, line1, line2, city, region, postalCode, country, phone }) => ({
    ...{ id, firstName, lastName, line1, line2, city, region, postalCode, country, phone },
  }));
}
