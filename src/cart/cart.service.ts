import { Injectable, type MessageEvent, type OnModuleInit } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Observable } from 'rxjs';
import { VariantChoice } from '../catalog';
import { ClaimRegistry, ErasureRegistry, Unauthenticated, type Caller } from '../identity';
import { Config } from '../platform/config';
import { Database, type Conclusion, type Reader, type Tx } from '../platform/database';
import { Events, Streams } from '../platform/events';
import { DomainError, InvalidRequest, NotFound, assertVersion } from '../platform/http';
import { Jobs } from '../platform/jobs';
import { ExchangeRates } from '../pricing';
import { CheckoutStrategyRegistry, StoreAccounts, lookAtMarket, type Market } from '../store-integrations';
import { MAX_QUANTITY, identityKey, isOnHosts, itemKey, type NewLine } from './cart-line';
import { emptyCart, viewOf, type CartView, type ViewContext } from './cart-view';
import {
  CatalogGoodsOnly,
  CouponUnknown,
  ForeignProductUrl,
  NoSuchVariant,
  NotForSale,
  QuantityLimitReached,
  WrongCurrency,
} from './cart.errors';
import { CART_ABANDONED, CART_MERGED } from './cart.events';
import type { Cart, CartLine } from './cart-reading';
import { CartLooks } from './availability/cart-looks';
import { CartRepository, type AddedGoods } from './cart.repository';
import type { AddItemRequest, ChangeItemRequest } from './dto/cart.request';
import { CartResponse, CartSummaryResponse, type BatchResponse, type BatchResultResponse } from './dto/cart.response';

/** An item of a batch, with its place there. */
interface Numbered {
  item: AddItemRequest;
  index: number;
}

const ABANDON_EVERY_MS = 10 * 60_000;

/** One cart a shopper, over any number of stores. Line operations are safe in parallel: each locks the cart's row first. */
@Injectable()
export class CartService implements OnModuleInit {
  constructor(
    private readonly carts: CartRepository,
    private readonly database: Database,
    private readonly events: Events,
    private readonly streams: Streams,
    private readonly jobs: Jobs,
    private readonly rates: ExchangeRates,
    private readonly strategies: CheckoutStrategyRegistry,
    private readonly accounts: StoreAccounts,
    private readonly looks: CartLooks,
    private readonly variants: VariantChoice,
    private readonly claims: ClaimRegistry,
    private readonly erasures: ErasureRegistry,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.jobs.every(ABANDON_EVERY_MS, 'abandoned carts', () => this.abandonUntouched());
    this.erasures.register('cart', (tx, userId) => this.carts.forget(tx, userId), { carts: true });
    this.claims.register('cart', (tx, guestId, userId) => this.claim(tx, guestId, userId));
    for (const type of ['catalog.variant_repriced', 'inventory.stock_changed']) {
      this.events.subscribe(type, 'cart.streams', async (tx, event) => {
        const { variantId, inStock } = event.payload as { variantId?: string; inStock?: boolean };
        if (!variantId) return;
        if (inStock === false) await this.carts.noteSoldOut(tx, variantId);
        await this.carts.notifyHolders(tx, variantId);
      });
    }
  }

  /** The whole cart; an empty one where there is none. */
  async read(shopperId: string): Promise<CartResponse> {
    return CartResponse.of(await this.view(await this.carts.toShow(shopperId)));
  }

  /** The cart's totals by store, without lines. */
  async summary(shopperId: string): Promise<CartSummaryResponse> {
    return CartSummaryResponse.of(await this.view(await this.carts.toShow(shopperId)));
  }

  /**
   * Adds one item. Throws NotFound (variant, store), NotForSale, CatalogGoodsOnly, ForeignProductUrl, WrongCurrency,
   * QuantityLimitReached, CartLineLimitReached.
   */
  async addItem(tx: Tx, shopper: Caller, item: AddItemRequest): Promise<Conclusion<CartResponse>> {
    if (item.variantId === undefined) {
      const [result] = await this.add(tx, shopper, [item]);
      if (result instanceof DomainError) throw result;
    } else {
      const extra = besideVariant(item);
      if (extra) throw extra;
      this.carts.addOne(tx, shopper, item.variantId, item.quantity, this.pageBase);
    }
    return this.concluded(tx, shopper.id, (cart) => CartResponse.of(cart));
  }

  /** Adds what can be added, and says of each item what became of it. Throws CartLineLimitReached for the whole. */
  async addItems(tx: Tx, shopper: Caller, items: AddItemRequest[]): Promise<Conclusion<BatchResponse>> {
    const outcomes = await this.add(tx, shopper, items);
    const results = outcomes.map((outcome, index): BatchResultResponse =>
      outcome instanceof DomainError
        ? { index, status: 'refused', problem: { code: outcome.code, status: outcome.status, detail: outcome.message } }
        : { index, status: 'added', itemId: outcome },
    );
    return this.concluded(tx, shopper.id, (cart) => ({ results, cart: CartResponse.of(cart) }));
  }

  /** Changes quantity, size or colour of a line. Throws NotFound, VersionMismatch, NoSuchVariant, QuantityLimitReached. */
  async changeItem(
    shopperId: string,
    itemId: string,
    change: ChangeItemRequest,
    version: number | undefined,
  ): Promise<CartResponse> {
    if (change.size !== undefined || change.color !== undefined) {
      await this.database.transaction((tx) => this.changeVariant(tx, shopperId, itemId, change, version));
    } else if (change.quantity !== undefined) {
      const changed = await this.carts.setQuantity(shopperId, itemId, change.quantity, version);
      if (!changed) await this.explain(shopperId, itemId, version);
    } else {
      throw new InvalidRequest([{ pointer: '', detail: 'must give quantity, size or color' }]);
    }
    return this.changed(shopperId);
  }

  /** Takes a line out. Throws NotFound, VersionMismatch. */
  async removeItem(shopperId: string, itemId: string, version: number | undefined): Promise<CartResponse> {
    if (!(await this.carts.removeLine(shopperId, itemId, version))) await this.explain(shopperId, itemId, version);
    return this.changed(shopperId);
  }

  /** Empties the cart. Throws VersionMismatch. */
  async clear(shopperId: string, version: number | undefined): Promise<CartResponse> {
    if (!(await this.carts.clear(shopperId, version)) && version !== undefined) {
      assertVersion(version, (await this.carts.read(shopperId))?.version ?? 0);
    }
    return this.changed(shopperId);
  }

  /**
   * Sets the cart's codes, in the order in which they are to be counted. One that cannot be used now stays and says so in
   * `problems`; one that means nothing in this cart is refused, and nothing changes. Throws CouponUnknown, VersionMismatch,
   * Unauthenticated (a guest who has signed in).
   */
  async setCoupons(shopperId: string, codes: string[], version: number | undefined): Promise<CartResponse> {
    await this.database.transaction(async (tx) => {
      const known = await this.carts.knownCodes(tx, shopperId, codes);
      const unknown = codes.flatMap((code, index) => (known.has(code) ? [] : index));
      if (unknown.length > 0) throw new CouponUnknown(unknown);
      const cart = await this.carts.setCoupons(tx, shopperId, [...new Set(codes)]);
      if (!cart) throw new Unauthenticated(true);
      assertVersion(version, cart.version - 1);
    });
    return this.changed(shopperId);
  }

  /** The cart, now and whenever it or the goods in it change. */
  async stream(shopperId: string): Promise<Observable<MessageEvent>> {
    let noted = await this.carts.watch(shopperId);
    return this.streams.watch(shopperId, `cart:${shopperId}`, 'cart', async () => {
      // There may have been no cart to note it on.
      noted ??= await this.carts.watch(shopperId);
      const cart = await this.read(shopperId);
      // Prices and stock move without the cart's version: the id counts them too.
      const digest = createHash('sha256').update(JSON.stringify(cart)).digest('base64url').slice(0, 12);
      return { version: `${cart.version}.${digest}`, data: cart };
    });
  }

  /** Marks carts that nobody touched for 30 days; they open again on the next write. */
  async abandonUntouched(): Promise<void> {
    await this.database.transaction(async (tx) => {
      const ids = await this.carts.abandonUntouched(tx);
      await this.events.publish(tx, ...ids.map((id) => ({ type: CART_ABANDONED, aggregateId: id })));
    });
  }

  /** The cart after something was added. Fails with CartLineLimitReached. */
  private concluded<T>(tx: Tx, shopperId: string, make: (cart: CartView) => T): Conclusion<T> {
    return this.carts.concludeWithin(tx, shopperId, async (cart, reader) => make(await this.shown(cart, reader)));
  }

  /** After a change of it: what was kept of it is old. */
  private async changed(shopperId: string): Promise<CartResponse> {
    return CartResponse.of(await this.view(await this.carts.read(shopperId)));
  }

  private async view(cart: Cart | undefined): Promise<CartView> {
    if (cart) this.looks.note(cart);
    return this.shown(cart);
  }

  private async shown(cart: Cart | undefined, reader?: Reader): Promise<CartView> {
    const context = await this.context(reader);
    return cart ? viewOf(cart, context) : emptyCart(context);
  }

  private async context(reader?: Reader): Promise<ViewContext> {
    return {
      rates: await this.rates.current(reader),
      defaultCurrency: this.config.DEFAULT_CURRENCY,
      checkoutPlace: (tier) => this.strategies.checkoutPlace(tier),
      asksForAccess: this.strategies.for('oauth_api').accessTo !== undefined,
      linkOf: (store, status) => this.accounts.linkOf(store, status),
    };
  }

  /** Each item's line id, or why it was refused. */
  private async add(tx: Tx, shopper: Caller, items: AddItemRequest[]): Promise<(string | DomainError)[]> {
    const outcomes: (string | DomainError)[] = [];
    const numbered = items.map((item, index) => ({ item, index }));
    const goods = numbered.filter(({ item }) => item.variantId !== undefined);
    const described = numbered.filter(({ item }) => item.variantId === undefined);
    if (goods.length > 0) await this.addGoods(tx, shopper, goods, outcomes);
    if (described.length > 0) await this.addDescribed(tx, shopper, described, outcomes);
    return outcomes;
  }

  private async addGoods(
    tx: Tx,
    shopper: Caller,
    items: Numbered[],
    outcomes: (string | DomainError)[],
  ): Promise<void> {
    const asked = new Map<string, number>();
    const wanted = items.filter(({ item, index }) => {
      const { variantId, quantity } = item;
      const extra = besideVariant(item);
      const total = (asked.get(variantId!) ?? 0) + quantity;
      if (extra) outcomes[index] = extra;
      else if (total > MAX_QUANTITY) outcomes[index] = new QuantityLimitReached();
      else asked.set(variantId!, total);
      return outcomes[index] === undefined;
    });
    if (asked.size === 0) return;
    const goods = [...asked].map(([variantId, quantity]) => ({ variantId, quantity }));
    const rows = await this.carts.addGoods(tx, shopper, goods, this.pageBase);
    if (rows.some((row) => row.sold && row.cartId === null)) throw new Unauthenticated(true);
    const added = new Map(rows.map((row) => [row.variantId, row]));
    for (const { item, index } of wanted) outcomes[index] = outcomeOf(added.get(item.variantId!)!);
  }

  private async addDescribed(
    tx: Tx,
    shopper: Caller,
    items: Numbered[],
    outcomes: (string | DomainError)[],
  ): Promise<void> {
    const { stores } = await lookAtMarket(
      tx,
      items.map(({ item }) => item.storeId!),
      [],
    );
    const joined = new Map<string, NewLine>();
    const keys = items.flatMap(({ item, index }) => {
      const line = this.describedLine(item, stores);
      const key = line instanceof DomainError ? '' : identityKey(line);
      const quantity = item.quantity + (joined.get(key)?.quantity ?? 0);
      if (line instanceof DomainError) outcomes[index] = line;
      else if (quantity > MAX_QUANTITY) outcomes[index] = new QuantityLimitReached();
      else joined.set(key, { ...line, quantity });
      return outcomes[index] === undefined ? [{ index, key }] : [];
    });
    if (joined.size === 0) return;
    const added = await this.carts.addLines(tx, shopper, [...joined.values()]);
    if (!added) throw new Unauthenticated(true);
    const ids = new Map(added.map((line) => [identityKey(line), line.itemId!]));
    for (const { index, key } of keys) outcomes[index] = ids.get(key) ?? new QuantityLimitReached();
  }

  /** Of the pages that products have here. */
  private get pageBase(): string {
    return `${this.config.PUBLIC_URL}/api/v1/products/`;
  }

  private describedLine(item: AddItemRequest, stores: Market['stores']): NewLine | DomainError {
    const store = stores.get(item.storeId!);
    if (!store) return new NotFound('store');
    if (store.kind === 'merchant') return new CatalogGoodsOnly();
    if (!store.open) return new NotForSale(`${store.name} takes no orders any more.`);
    if (!isOnHosts(item.productUrl!, store.hosts)) return new ForeignProductUrl(store.hosts);
    for (const price of [item.price, item.originalPrice]) {
      if (price && price.currency !== store.currency) return new WrongCurrency(store.currency);
    }
    // As it was understood here: what another program reads in it must lead to the same host.
    const productUrl = new URL(item.productUrl!).href;
    const line = { variantId: null, productSku: item.productSku ?? null, productUrl };
    return {
      ...line,
      storeId: store.id,
      itemKey: itemKey(line),
      size: item.size ?? null,
      color: item.color ?? null,
      brandId: null,
      brandName: item.brand ?? null,
      productName: item.productName!,
      productImageUrl: item.productImageUrl ?? null,
      priceCents: item.price!.amount,
      originalPriceCents: item.originalPrice?.amount ?? null,
      currency: store.currency,
      quantity: item.quantity,
    };
  }

  private async changeVariant(
    tx: Tx,
    shopperId: string,
    itemId: string,
    change: ChangeItemRequest,
    version: number | undefined,
  ): Promise<void> {
    const touched = await this.carts.touch(tx, shopperId);
    if (!touched) throw new NotFound('cart line');
    assertVersion(version, touched.versionBefore);
    const cart = (await this.carts.read(shopperId, tx))!;
    const line = cart.lines.find((candidate) => candidate.id === itemId);
    if (!line) throw new NotFound('cart line');
    const changed = await this.withVariant(tx, line, change);
    const twin = cart.lines.find((other) => other.id !== line.id && identityKey(other) === identityKey(changed));
    const quantity = changed.quantity + (twin?.quantity ?? 0);
    if (quantity > MAX_QUANTITY) throw new QuantityLimitReached();
    if (twin) await this.carts.deleteLine(tx, cart.id, twin.id);
    // What a session is placing stays with the goods that it is placing, not with the line that was them.
    const { checkoutSessionId } =
      identityKey(changed) === identityKey(line) ? line : (twin ?? { checkoutSessionId: null });
    await this.carts.changeLine(tx, cart.id, { ...changed, quantity, checkoutSessionId });
  }

  /** The line in another size or colour: of the catalogue another variant, otherwise what the client says. */
  private async withVariant(tx: Tx, line: CartLine, change: ChangeItemRequest): Promise<CartLine> {
    const wanted = { size: change.size ?? line.size, color: change.color ?? line.color };
    const quantity = change.quantity ?? line.quantity;
    if (line.variantId === null) return { ...line, ...wanted, quantity };
    const variant = await this.variants.inSizeAndColor(tx, line.variantId, wanted);
    if (!variant) throw new NoSuchVariant();
    return {
      ...line,
      size: variant.size,
      color: variant.color,
      quantity,
      variantId: variant.id,
      productSku: variant.sku,
      priceCents: variant.priceCents,
      originalPriceCents: variant.originalPriceCents,
      itemKey: itemKey({ ...line, variantId: variant.id }),
    };
  }

  /** Why a line operation found nothing to do. */
  private async explain(shopperId: string, itemId: string, version: number | undefined): Promise<never> {
    const cart = await this.carts.read(shopperId);
    if (cart?.lines.some((line) => line.id === itemId)) assertVersion(version, cart.version);
    throw new NotFound('cart line');
  }

  /** A guest who signs in keeps the lines: they join the user's cart, made where there is none. */
  private async claim(tx: Tx, guestId: string, userId: string): Promise<void> {
    const theirs = await this.carts.lockOf(tx, guestId);
    if (!theirs) return;
    const own = await this.carts.lockOrMake(tx, userId);
    const { lines: linesLeftBehind, units: unitsLeftBehind } = await this.carts.joinLines(tx, theirs, own);
    const payload = { into: own, linesLeftBehind, unitsLeftBehind };
    await this.events.publish(tx, { type: CART_MERGED, aggregateId: theirs, payload });
  }
}

/** What a described item would say of goods that the catalogue describes. */
function besideVariant({ variantId: _, quantity: __, ...rest }: AddItemRequest): InvalidRequest | undefined {
  const extra = Object.keys(rest).find((name) => rest[name as keyof typeof rest] !== undefined);
  if (extra === undefined) return undefined;
  return new InvalidRequest([{ pointer: `/${extra}`, detail: 'is not taken together with variantId' }]);
}

/** The line of goods that were to be added, or why they have none. */
function outcomeOf({ itemId, title, sold }: AddedGoods): string | DomainError {
  if (itemId !== null) return itemId;
  if (title === null) return new NotFound('variant');
  return sold ? new QuantityLimitReached() : new NotForSale(`${title} is not sold any more.`);
}
