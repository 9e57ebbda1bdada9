import { randomInt, randomUUID } from 'node:crypto';
import type { Shop } from '../shop';
import type { Order } from './orders';
import type { Account, Address, Card } from './people';
import { ANSWERS, CHALLENGE_KINDS, type ChallengeKind, type Point } from './switches';
import type { CartLine, Visit } from './visits';

/** The shop does not do it; `why` is for its pages. */
export class No extends Error {
  constructor(
    readonly why: 'out_of_stock' | 'choose' | 'no_address' | 'no_card' | 'declined' | 'price_moved' | 'empty' | 'wrong',
    message: string,
  ) {
    super(message);
  }
}

export interface Totals {
  lines: (CartLine & { title: string; size: string | null; color: string | null; cents: number })[];
  subtotal: number;
  shipping: number;
  tax: number;
  total: number;
}

export interface DeliveryOption {
  id: string;
  name: string;
  cents: number;
  /** Free from this subtotal on. */
  freeOver: number | null;
  minDays: number;
  maxDays: number;
}

const TAX: Record<string, number> = { TX: 825, OR: 0 };
const TAX_ELSEWHERE = 600;
const A_DAY = 86_400_000;

/** What happens at a shop, whatever its pages look like. */
export class Buying {
  private carts = new Map<string, CartLine[]>();

  constructor(private readonly shop: Shop) {}

  account({ accountId }: Visit): Account | null {
    return accountId === null ? null : (this.shop.people.of(accountId) ?? null);
  }

  /** Whose password it is; null: nobody's. They are in once no challenge is left (see `enter`). */
  knock(visit: Visit, email: string, password: string): boolean {
    const account = this.shop.people.byEmail(email);
    if (account?.password !== password) return false;
    visit.pendingAccountId = account.id;
    return true;
  }

  /** Signed in. What they had in the cart before comes along. */
  enter(visit: Visit): void {
    const id = visit.pendingAccountId;
    if (id === null) return;
    Object.assign(visit, { accountId: id, pendingAccountId: null });
    const brought = visit.cart.splice(0);
    for (const { sku, quantity } of brought) this.put(visit, sku, quantity);
  }

  /** What has to be answered first at this point; null: nothing. */
  challenge(visit: Visit, point: Point): ChallengeKind | null {
    const { switches } = this.shop;
    return CHALLENGE_KINDS.find((kind) => switches[kind] === point && !visit.solved.includes(kind)) ?? null;
  }

  answer(visit: Visit, kind: ChallengeKind, answer: string): boolean {
    const isRight = answer.trim().toLowerCase() === ANSWERS[kind].toLowerCase();
    if (isRight) visit.solved.push(kind);
    return isRight;
  }

  cart(visit: Visit): CartLine[] {
    if (visit.accountId === null) return visit.cart;
    const cart = this.carts.get(visit.accountId) ?? [];
    this.carts.set(visit.accountId, cart);
    return cart;
  }

  add(visit: Visit, goodId: string, size: string | null, color: string | null, quantity: number): void {
    const variant = this.shop.goods.chosen(goodId, size, color);
    if (!variant) throw new No('choose', 'Please choose a size and a color.');
    if (!this.isLeft(variant.sku, quantity, 'product'))
      throw new No('out_of_stock', 'Sorry, this item is out of stock.');
    this.put(visit, variant.sku, quantity);
  }

  /** Whether there are so many is found out in the cart. */
  put(visit: Visit, sku: string, quantity: number): void {
    const cart = this.cart(visit);
    const line = cart.find((one) => one.sku === sku);
    if (line) line.quantity += quantity;
    else cart.push({ sku, quantity });
  }

  remove(visit: Visit, sku: string): void {
    const cart = this.cart(visit);
    cart.splice(0, cart.length, ...cart.filter((line) => line.sku !== sku));
  }

  /** Nothing of a line is left where the shop is asked. */
  isLeft(sku: string, quantity: number, where: 'product' | 'cart' | 'place'): boolean {
    const { outOfStock } = this.shop.switches;
    const order = ['product', 'cart', 'place'];
    if (outOfStock && order.indexOf(where) >= order.indexOf(outOfStock)) return false;
    return (this.shop.goods.of(sku)?.stock ?? 0) >= quantity;
  }

  missing(visit: Visit, where: 'cart' | 'place'): CartLine[] {
    return this.cart(visit).filter(({ sku, quantity }) => !this.isLeft(sku, quantity, where));
  }

  priceOf(sku: string, visit: Visit): number {
    const { priceMovedCents, priceMovesAtPlaceCents } = this.shop.switches;
    return this.shop.goods.of(sku)!.good.cents + priceMovedCents + (visit.moved ? priceMovesAtPlaceCents : 0);
  }

  totals(visit: Visit): Totals {
    const lines = this.cart(visit).map((line) => {
      const { good, size, color } = this.shop.goods.of(line.sku)!;
      return { ...line, title: good.title, size, color, cents: this.priceOf(line.sku, visit) };
    });
    const subtotal = lines.reduce((sum, { cents, quantity }) => sum + cents * quantity, 0);
    const option = this.option(visit);
    const shipping = lines.length === 0 ? 0 : this.feeOf(option, subtotal);
    const rate = visit.address ? (TAX[visit.address.region] ?? TAX_ELSEWHERE) : 0;
    const tax = Math.round((subtotal * rate) / 10_000);
    return { lines, subtotal, shipping, tax, total: subtotal + shipping + tax };
  }

  option(visit: Visit): DeliveryOption {
    const { delivery } = this.shop.manners;
    return delivery.find(({ id }) => id === visit.deliveryId) ?? delivery[0]!;
  }

  feeOf({ cents, freeOver }: DeliveryOption, subtotal: number): number {
    return freeOver !== null && subtotal >= freeOver ? 0 : cents;
  }

  card(visit: Visit): Card | null {
    const cards = this.account(visit)?.cards ?? [];
    return cards.find(({ id }) => id === visit.cardId) ?? cards.find((card) => card.isDefault) ?? cards[0] ?? null;
  }

  setAddress(visit: Visit, address: Address): void {
    const { name, line1, city, region, postalCode, country } = address;
    if ([name, line1, city, region, postalCode].some((part) => part.trim() === '') || country !== 'US')
      throw new No('no_address', 'Please fill in every field of the address.');
    visit.address = address;
  }

  /** A page on which the order can be placed is shown: what is placed from it is one order. */
  newCheckout(visit: Visit): string {
    visit.checkout = randomUUID();
    return visit.checkout;
  }

  /** The order that the page stands for: made now, or, where the shop minds, the one that it made already. */
  place(visit: Visit, checkout: string): Order {
    const { switches, orders } = this.shop;
    const account = this.account(visit);
    const already = switches.doubleSubmitTrap ? undefined : orders.byCheckout(checkout);
    if (already) return already;
    const card = this.card(visit);
    // Where the shop does not mind, the cart is what it was when the first of the two came.
    const lines = this.cart(visit).length > 0 ? undefined : orders.byCheckout(checkout)?.lines;
    if (lines) this.cart(visit).push(...lines.map(({ sku, quantity }) => ({ sku, quantity })));
    if (this.cart(visit).length === 0) throw new No('empty', 'Your bag is empty.');
    if (!account || !visit.address) throw new No('no_address', 'Please enter a shipping address.');
    if (!card) throw new No('no_card', 'Please add a payment method.');
    if (switches.priceMovesAtPlaceCents > 0 && !visit.moved) {
      visit.moved = true;
      throw new No('price_moved', 'The price of an item in your bag has changed.');
    }
    if (card.declines) throw new No('declined', 'Your card was declined.');
    if (this.missing(visit, 'place').length > 0 || !this.shop.goods.take(this.cart(visit)))
      throw new No('out_of_stock', 'Sorry, an item in your bag is out of stock.');
    const order = this.orderOf(visit, account, card, checkout);
    orders.add(order);
    this.cart(visit).length = 0;
    visit.moved = false;
    return order;
  }

  private orderOf(visit: Visit, account: Account, card: Card, checkout: string): Order {
    const option = this.option(visit);
    const now = Date.now();
    const day = (days: number) => new Date(now + days * A_DAY).toISOString().slice(0, 10);
    return {
      ...this.totals(visit),
      ...{ number: this.shop.manners.orderNumber(randomInt(100_000, 999_999)), accountId: account.id, checkout },
      ...{ placedAt: new Date(now).toISOString(), address: visit.address!, delivery: option.name },
      ...{ paidBy: cardName(card), status: 'processing', parcel: null },
      ...{ estimatedFrom: day(option.minDays), estimatedTo: day(option.maxDays) },
    };
  }

  cancel(visit: Visit, number: string): boolean {
    const order = this.shop.orders.byNumber(visit.accountId ?? '', number);
    if (order?.status !== 'processing') return false;
    order.status = 'cancelled';
    this.shop.goods.putBack(order.lines);
    return true;
  }

  reset(): void {
    this.carts.clear();
  }
}

export function cardName({ brand, last4 }: Card): string {
  return `${brand} ending in ${last4}`;
}
