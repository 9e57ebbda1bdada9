import { Injectable, type MessageEvent } from '@nestjs/common';
import type { PaymentRequest } from '../payments';
import type { Observable } from 'rxjs';
import { v7 as uuidv7 } from 'uuid';
import { CartCheckout } from '../cart';
import { Accounts, AddressBook, AddressRequest, Unauthenticated, type Address, type Caller } from '../identity';
import { Holds } from '../inventory';
import { Clock } from '../platform/clock';
import { randomCode, type DataKey } from '../platform/crypto';
import { Config } from '../platform/config';
import { Database, type Conclusion, type Tx } from '../platform/database';
import { Events, Streams } from '../platform/events';
import { InvalidField, InvalidRequest, NotFound, assertVersion, type Language, type Once } from '../platform/http';
import { DISPLAY_CURRENCY, ExchangeRates } from '../pricing';
import { CheckoutStrategyRegistry, type StoreFacts } from '../store-integrations';
import {
  NothingToCheckOut,
  PaymentNotOffered,
  SessionCancelled,
  SessionExpired,
  SessionPlaced,
} from './checkout.errors';
import { ADDRESS_GIVEN, SESSION_CANCELLED, SESSION_CREATED, sessionEvent } from './checkout.events';
import { BEGINNINGS } from './checkout.limits';
import { CheckoutRepository, SESSION_MINUTES } from './checkout.repository';
import type { CreateSessionRequest, ShippingRequest, StoreCheckoutRequest } from './dto/checkout.request';
import { SessionResponse, SessionStatusResponse } from './dto/checkout.response';
import { QuotesRepository } from './quotes.repository';
import { Quoting } from './quoting';
import {
  includedStores,
  linesOf,
  servingTier,
  takesTokens,
  type Contact,
  type Instructions,
  type Session,
  type SessionProgress,
  type StoreCheckout,
} from './session';
import { privately } from './sealed/privately';
import { SessionSealing } from './sealed/session-sealing';
import {
  allHeld,
  chooseDelivery,
  chosenLines,
  frozenCoupons,
  goneOf,
  goodsOf,
  presentOf,
  questionsOf,
  snapshotOf,
  storesOf,
} from './session-making';
import { SessionPayments, asksForAnother } from './session-payments';
import { SessionVault, type Sealer } from './session-vault';
import { settlementOptionsOf } from './settlements';

type Seal = Sealer['seal'];

/**
 * Checkout sessions before they are placed. Every change locks the session first, quotes it anew and answers the whole.
 * Errors of changes: NotFound, VersionMismatch, SessionExpired, SessionCancelled, SessionPlaced.
 */
@Injectable()
export class SessionsService {
  constructor(
    private readonly checkouts: CheckoutRepository,
    private readonly quoting: Quoting,
    private readonly quotes: QuotesRepository,
    private readonly sealing: SessionVault,
    private readonly secrecy: SessionSealing,
    private readonly carts: CartCheckout,
    private readonly holds: Holds,
    private readonly payments: SessionPayments,
    private readonly rates: ExchangeRates,
    private readonly accounts: Accounts,
    private readonly addresses: AddressBook,
    private readonly strategies: CheckoutStrategyRegistry,
    private readonly database: Database,
    private readonly events: Events,
    private readonly streams: Streams,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /**
   * Freezes the chosen lines, holds their stock and quotes each store. A pending session of the shopper is cancelled and
   * its holds taken over. Throws Unauthenticated (a guest who has signed in), NothingToCheckOut, InvalidField (an item that is not a free
   * line of the cart).
   */
  create(once: Once, caller: Caller, body: CreateSessionRequest): Promise<SessionResponse> {
    return privately(once, {
      isPrivate: body.sealed === true || caller.privacy === 'paranoid',
      work: (tx, assertPrivate) => this.createOnce(tx, caller, body, assertPrivate),
      again: async (tx) => this.shown(await this.pending(tx, caller)),
      limit: BEGINNINGS,
    });
  }

  private async createOnce(
    tx: Tx,
    caller: Caller,
    body: CreateSessionRequest,
    assertPrivate: (sealed: boolean) => void,
  ): Promise<Conclusion<SessionResponse>> {
    const id = uuidv7();
    // In the order of locks: guest, session, cart.
    const [, previousSessionId, offered] = await Promise.all([
      this.accounts.holdGuest(tx, caller),
      this.checkouts.takeTurn(tx, caller.id),
      this.carts.offer(tx, caller.id, id),
    ]);
    if (previousSessionId)
      await this.events.publish(tx, sessionEvent(SESSION_CANCELLED, previousSessionId, { by: 'newer_session' }));
    if (!offered || offered.lines.length === 0) throw new NothingToCheckOut();
    const lines = chosenLines(offered.lines, body.itemIds ?? null);

    const known = caller.kind === 'user' ? await this.knownOf(tx, caller, id, body.sealed === true) : undefined;
    const sealed = body.sealed === true || known?.privacy === 'paranoid';
    assertPrivate(sealed);
    const now = this.clock.now();
    const session: Session = {
      ...{
        id,
        shopperId: caller.id,
        shopperKind: caller.kind,
        shopperDisabled: false,
        shopperPrivacy: known?.privacy ?? 'standard',
        takesAffiliateLinks: known?.affiliateLinks ?? true,
        shopperLocale: known?.locale ?? null,
        shopperCredentialsAt: caller.credentialsAt ?? 0,
        cartId: offered.cartId,
      },
      shopperCurrency: offered.shopperCurrency,
      lines: lines.map(snapshotOf),
      chosenItems: body.itemIds ?? null,
      sealed,
      ...{ status: 'pending', version: 1, currency: this.config.DEFAULT_CURRENCY },
      rates: await this.pinnedRates(tx, offered.stores, offered.shopperCurrency),
      shippingAddress: known?.shippingAddress ?? null,
      billingAddress: null,
      contact: known?.contact ?? null,
      coupons: frozenCoupons(offered.coupons, lines),
      shipsToCountry: known?.country ?? null,
      shipsToRegion: known?.region ?? null,
      locale: null,
      ...{ paymentMethodId: null, paymentMethod: null, paymentId: null, authorizedAt: null, giveUpAt: null },
      ...{ accepted: [], action: null, placedAt: null, completedAt: null },
      ...{ expiresAt: now, live: true, secondsLeft: SESSION_MINUTES * 60, now },
      // A sealed one has a key of its own, made if anything has to lie under it.
      ...{ keySubjectId: sealed ? id : caller.id, wrapped: null, masterKeyId: null },
      stores: storesOf(lines, offered.stores),
    };
    const present = presentOf(offered);
    const toAsk = await this.quoting.quote(tx, session, {
      ...{ fresh: true, previousSessionId, ttlSeconds: session.secondsLeft, present },
    });
    await this.carts.pricesSeen(tx, offered.cartId, lines, goneOf(session));
    await this.events.publish(
      tx,
      sessionEvent(SESSION_CREATED, id, { stores: session.stores.length, lines: lines.length }),
    );
    const sessionId = `cs_${randomCode(16).toLowerCase()}`;
    // As it is written: nobody else can have changed it, so there is nothing to read.
    const created = this.checkouts.create(tx, { ...session, sessionId }, (expiresAt) =>
      this.shown({ ...session, expiresAt }, known?.key),
    );
    return this.quotes.asking(created, id, toAsk);
  }

  async find(caller: Caller, sessionId: string, reader?: Tx): Promise<SessionResponse> {
    return this.shown(await this.session(caller, sessionId, reader));
  }

  async status(caller: Caller, sessionId: string): Promise<SessionStatusResponse> {
    const progress = await this.progress(caller, sessionId);
    return SessionStatusResponse.of(progress, await this.payments.actionOf(progress));
  }

  /** Changes how many of a line are bought here; 0 takes it out of this checkout. Throws NotFound for no line of it. */
  changeItem(
    caller: Caller,
    sessionId: string,
    itemId: string,
    quantity: number,
    version: number | undefined,
  ): Promise<SessionResponse> {
    return this.change(caller, sessionId, version, (session) => {
      const line = session.lines.find((candidate) => candidate.itemId === itemId);
      if (!line) throw new NotFound('checkout item');
      if (quantity === 0) session.lines = session.lines.filter((other) => other !== line);
      else line.quantity = quantity;
      session.stores = session.stores.filter((store) => linesOf(session, store.storeId).length > 0);
      return Promise.resolve();
    });
  }

  /** A new snapshot of the lines that were asked for; address, contact and choices are kept, and thirty minutes begin. */
  refresh(once: Once, caller: Caller, sessionId: string): Promise<SessionResponse> {
    return privately(once, {
      work: (tx, assertPrivate) => this.refreshOnce(tx, caller, sessionId, assertPrivate),
      again: (tx) => this.find(caller, sessionId, tx),
      limit: BEGINNINGS,
    });
  }

  private async refreshOnce(
    tx: Tx,
    caller: Caller,
    sessionId: string,
    assertPrivate: (sealed: boolean) => void,
  ): Promise<SessionResponse> {
    const session = await this.lockPending(tx, caller, sessionId);
    assertPrivate(session.sealed);
    const offered = await this.carts.offer(tx, caller.id, sessionId);
    const lines = chosenLines(offered?.lines ?? [], session.chosenItems, true);
    if (!offered || lines.length === 0) throw new NothingToCheckOut();
    const kept = new Map(session.stores.map((store) => [store.storeId, store]));
    session.lines = lines.map(snapshotOf);
    session.stores = storesOf(lines, offered.stores).map((store) => ({
      ...store,
      ...kept.get(store.storeId),
      position: store.position,
    }));
    session.coupons = frozenCoupons(offered.coupons, lines);
    session.rates = await this.pinnedRates(tx, offered.stores, session.shopperCurrency);
    const present = presentOf(offered);
    const toAsk = await this.quoting.quote(tx, session, {
      ...{ fresh: true, previousSessionId: null, ttlSeconds: SESSION_MINUTES * 60, present },
    });
    await this.carts.pricesSeen(tx, offered.cartId, lines, goneOf(session));
    await this.checkouts.save(tx, session, { quoted: true, extended: true });
    this.quotes.ask(tx, session.id, toAsk);
    return this.find(caller, sessionId, tx);
  }

  /** One address for all stores. Throws InvalidRequest, NotFound (an address that is not of the caller's book). */
  setShipping(
    caller: Caller,
    sessionId: string,
    body: ShippingRequest,
    version: number | undefined,
    language?: Language,
  ): Promise<SessionResponse> {
    const isSealedByClient = typeof body.sealed === 'object';
    if (!isSealedByClient && (body.address === undefined) === (body.addressId === undefined)) {
      throw new InvalidRequest([{ pointer: '/address', detail: 'give either address or addressId' }]);
    }
    return this.change(caller, sessionId, version, async (session, tx, seal) => {
      if (await this.isSealed(tx, caller, session, body)) {
        const plain = body.addressId ? await this.addressOf(tx, caller, body) : undefined;
        const given = plain ? { ...body, address: plain as AddressRequest } : body;
        const typed = await this.secrecy.setShipping(tx, caller, session, given);
        if (typed && SessionSealing.isTyped(session)) session.shippingAddress = await seal('shipping_address', typed);
        const country = session.shipsToCountry;
        return this.events.publish(tx, sessionEvent(ADDRESS_GIVEN, sessionId, { country }));
      }
      const address = await this.addressOf(tx, caller, body);
      session.shippingAddress = await seal('shipping_address', address);
      session.shipsToCountry = address.country;
      session.shipsToRegion = address.region;
      session.billingAddress = body.billingAddress
        ? await seal('billing_address', AddressRequest.toAddress(body.billingAddress))
        : null;
      if (body.contact && caller.kind === 'guest') session.locale = language ?? null;
      if (body.contact)
        session.contact = await seal('contact', {
          email: body.contact.email,
          phone: body.contact.phone ?? null,
        } satisfies Contact);
      await this.events.publish(tx, sessionEvent(ADDRESS_GIVEN, sessionId, { country: address.country }));
    });
  }

  /** What is different for one store. Throws NotFound (store, address), InvalidField (an option that it does not offer). */
  setStore(
    caller: Caller,
    sessionId: string,
    storeId: string,
    body: StoreCheckoutRequest,
    version: number | undefined,
  ): Promise<SessionResponse> {
    return this.change(caller, sessionId, version, async (session, tx, seal) => {
      const store = session.stores.find((candidate) => candidate.storeId === storeId);
      if (!store) throw new NotFound('store in this checkout');
      if (body.included !== undefined) store.included = body.included;
      if (body.sealed && !session.sealed)
        throw new InvalidField('/sealed', 'is for a sealed checkout: ask for one with the address');
      if (session.sealed) await this.secrecy.setStore(tx, caller, session, store, body);
      else await this.setStoreAddress(tx, caller, store, body, seal);
      if (body.deliveryOptionId !== undefined) chooseDelivery(store, body.deliveryOptionId);
      setHeldAtStore(caller, session, store, body);
      setShared(session, store, body);
      if (body.settlement !== undefined) Object.assign(store, { settlement: body.settlement, settlementChosen: true });
      if (!session.sealed) await this.setInstructions(session, store, body, seal);
      return () => {
        if (body.settlement !== undefined && body.settlement !== store.settlement) {
          throw new InvalidField(
            '/settlement',
            `must be ${settlementOptionsOf(session, store).join(' or ') || 'left out'} for this store`,
            'settlement_not_offered',
          );
        }
        const offered = store.deliveryOptions.some((option) => option.id === store.deliveryOptionId);
        if (!body.deliveryOptionId || (offered && store.deliveryOptionId === body.deliveryOptionId)) return;
        throw new InvalidField(
          '/deliveryOptionId',
          "must be one of the store's deliveryOptions that reach the address",
          'delivery_not_offered',
        );
      };
    });
  }

  /**
   * What is paid now is paid by this method: before placing, or after a payment was refused. The provider is asked between
   * two looks at the session. Throws NotFound (session, method), PaymentNotOffered.
   */
  async setPayment(
    caller: Caller,
    sessionId: string,
    body: PaymentRequest,
    version: number | undefined,
  ): Promise<SessionResponse> {
    if ((body.paymentMethodId === undefined) === (body.providerToken === undefined)) {
      throw new InvalidRequest([
        { pointer: '/paymentMethodId', detail: 'give either paymentMethodId or providerToken' },
      ]);
    }
    const present = await this.session(caller, sessionId);
    assertTakesMethod(present, version);
    const method = await this.payments.adopt(caller, body, present.sealed);
    return this.database.transaction(async (tx) => {
      const session = await this.checkouts.lock(tx, sessionId, caller.id);
      if (!session) throw new NotFound('checkout session');
      assertTakesMethod(session, version);
      await this.payments.choose(tx, session, method);
      if (session.status === 'pending') await this.requote(tx, session);
      return this.shown({ ...session, version: session.version + 1 });
    });
  }

  /** The shopper has authenticated, or is back from another page: goes on where the webhook may have gone on already. */
  async resume(once: Once, caller: Caller, sessionId: string): Promise<SessionStatusResponse> {
    const found = await this.session(caller, sessionId);
    assertNotClosed(found);
    await this.payments.resume(found);
    const status = async (tx: Tx, assertPrivate?: (sealed: boolean) => void) => {
      const progress = await this.progress(caller, sessionId, tx);
      assertPrivate?.(progress.sealed);
      return SessionStatusResponse.of(progress);
    };
    return privately(once, { work: status, again: (tx) => status(tx) });
  }

  /**
   * Gives up a session that was not placed, or whose payment waits for the shopper; its holds are released. Again: the same.
   * Throws SessionPlaced, SessionExpired.
   */
  cancel(once: Once, caller: Caller, sessionId: string): Promise<SessionResponse> {
    return privately(once, {
      work: (tx, assertPrivate) => this.cancelOnce(tx, caller, sessionId, assertPrivate),
      again: (tx) => this.find(caller, sessionId, tx),
    });
  }

  private async cancelOnce(
    tx: Tx,
    caller: Caller,
    sessionId: string,
    assertPrivate: (sealed: boolean) => void,
  ): Promise<SessionResponse> {
    const session = await this.checkouts.lock(tx, sessionId, caller.id);
    if (!session) throw new NotFound('checkout session');
    assertPrivate(session.sealed);
    assertNotClosed(session);
    if (session.status === 'action_required' && session.action && session.authorizedAt === null) {
      await this.payments.abandon(tx, (await this.payments.lock(tx, sessionId))!, 'cancelled');
    } else if (session.status !== 'cancelled') {
      assertPending(session);
      await this.checkouts.close(tx, sessionId, 'cancelled');
      await this.holds.release(tx, sessionId);
      await this.events.publish(tx, sessionEvent(SESSION_CANCELLED, sessionId, { by: 'shopper' }));
    }
    return this.find(caller, sessionId, tx);
  }

  /** The status, now and at each step of each store. Throws NotFound before the stream begins. */
  async stream(caller: Caller, sessionId: string): Promise<Observable<MessageEvent>> {
    if (!(await this.checkouts.watch(sessionId, caller.id))) throw new NotFound('checkout session');
    return this.streams.watch(caller.id, `session:${sessionId}`, 'status', async () => {
      const status = await this.status(caller, sessionId);
      return { version: status.version, data: status };
    });
  }

  private async progress(caller: Caller, sessionId: string, reader?: Tx): Promise<SessionProgress> {
    const progress = await this.checkouts.readProgress(sessionId, caller.id, reader);
    if (!progress) throw new NotFound('checkout session');
    return progress;
  }

  private async session(caller: Caller, sessionId: string, reader?: Tx): Promise<Session> {
    const session = await this.checkouts.read(sessionId, caller.id, reader);
    if (!session) throw new NotFound('checkout session');
    return session;
  }

  /** The live session of a shopper who asks again for the one that was begun. Throws NotFound. */
  private async pending(tx: Tx, caller: Caller): Promise<Session> {
    const session = await this.checkouts.readPending(tx, caller.id);
    if (!session) throw new NotFound('checkout session');
    return session;
  }

  private shown(session: Session, key?: DataKey): SessionResponse {
    const opened = this.sealing.open(session, key);
    return SessionResponse.of(session, opened, (tier) => this.strategies.checkoutPlace(tier));
  }

  private async lockPending(tx: Tx, caller: Caller, sessionId: string, version?: number): Promise<Session> {
    const session = await this.checkouts.lock(tx, sessionId, caller.id);
    if (!session) throw new NotFound('checkout session');
    assertPending(session);
    assertVersion(version, session.version);
    return session;
  }

  /** Locks, edits, quotes and saves. An edit may give a check to run on the quoted session. */
  private async change(
    caller: Caller,
    sessionId: string,
    version: number | undefined,
    edit: (session: Session, tx: Tx, seal: Seal) => Promise<void | (() => void)>,
  ): Promise<SessionResponse> {
    return this.database.transaction(async (tx) => {
      const session = await this.lockPending(tx, caller, sessionId, version);
      const sealer = this.sealing.sealer(tx, session);
      const before = asItWas(session);
      const check = await edit(session, tx, sealer.seal);
      await this.requote(tx, session, before, check);
      // As it was locked, edited and saved: nobody else can have changed it, so there is nothing to read.
      return this.shown({ ...session, version: session.version + 1 }, sealer.key);
    });
  }

  /** Quotes and saves what was edited; `check` may refuse it once it is quoted. */
  private async requote(
    tx: Tx,
    session: Session,
    { goods, lines: linesBefore, questions } = asItWas(session),
    check?: void | (() => void),
  ): Promise<void> {
    const fresh = session.stores.some((store) => !store.quoteStands && !this.quoting.isByJob(store));
    const sameGoods = !fresh && goodsOf(session) === goods && allHeld(session);
    const toAsk = sameGoods
      ? await this.quoting.quoteDeliveries(tx, session, questions)
      : await this.quoting.quote(tx, session, {
          ...{ fresh, previousSessionId: null, ttlSeconds: session.secondsLeft, questions },
        });
    check?.();
    await this.checkouts.save(tx, session, { quoted: fresh, extended: false, linesBefore });
    this.quotes.ask(tx, session.id, toAsk);
  }

  /** A user has linked an account at a store, or it is linked no more: their pending session is served accordingly. */
  async linkChanged(tx: Tx, userId: string, storeId: string): Promise<void> {
    const pending = await this.checkouts.readPending(tx, userId);
    if (!pending?.stores.some((store) => store.storeId === storeId)) return;
    const session = await this.checkouts.lock(tx, pending.id, userId);
    if (session?.status === 'pending' && session.live) await this.requote(tx, session);
  }

  /** Whether this checkout is a sealed one, from here on if that is asked for here. */
  private async isSealed(tx: Tx, caller: Caller, session: Session, { sealed }: ShippingRequest): Promise<boolean> {
    if (session.sealed && sealed === false)
      throw new InvalidField('/sealed', 'cannot be taken back in this checkout; begin another');
    if (!session.sealed && !sealed && session.shopperPrivacy !== 'paranoid') return false;
    await this.secrecy.begin(tx, caller, session, this.sealing.open(session));
    return true;
  }

  private async addressOf(
    tx: Tx,
    caller: Caller,
    body: { address?: AddressRequest | null; addressId?: string },
  ): Promise<Address> {
    if (body.address) return AddressRequest.toAddress(body.address);
    if (caller.kind === 'guest') throw new NotFound('address');
    return this.addresses.find(tx, caller.id, body.addressId!);
  }

  private async setStoreAddress(
    tx: Tx,
    caller: Caller,
    store: StoreCheckout,
    body: StoreCheckoutRequest,
    seal: Seal,
  ): Promise<void> {
    if (body.address && body.addressId)
      throw new InvalidRequest([{ pointer: '/address', detail: 'give either address or addressId' }]);
    if (body.address === null) {
      store.shippingAddress = null;
      store.shipsToCountry = null;
      store.shipsToRegion = null;
    } else if (body.address || body.addressId) {
      const address = await this.addressOf(tx, caller, body);
      store.shippingAddress = await seal(`${store.storeId}.shipping_address`, address);
      store.shipsToCountry = address.country;
      store.shipsToRegion = address.region;
    }
  }

  private async setInstructions(
    session: Session,
    store: StoreCheckout,
    body: StoreCheckoutRequest,
    seal: Seal,
  ): Promise<void> {
    if (body.note === undefined && body.gift === undefined && body.deliveryNote === undefined) return;
    const before = this.sealing.open(session).stores.get(store.storeId)?.instructions;
    const instructions: Instructions = {
      note: body.note === undefined ? (before?.note ?? null) : body.note || null,
      gift:
        body.gift === undefined
          ? (before?.gift ?? null)
          : body.gift && { message: body.gift.message || null, wrap: body.gift.wrap ?? false },
      deliveryNote: body.deliveryNote === undefined ? (before?.deliveryNote ?? null) : body.deliveryNote || null,
    };
    const said = instructions.note !== null || instructions.gift !== null || instructions.deliveryNote !== null;
    store.instructions = said ? await seal(`${store.storeId}.instructions`, instructions) : null;
  }

  /** What a user need not type: the default address, and their own e-mail. */
  private async knownOf(tx: Tx, caller: Caller, sessionId: string, asksForPrivacy: boolean) {
    const { email, privacy, affiliateLinks, locale } = await this.accounts.present(tx, caller);
    const account = { privacy, affiliateLinks, locale };
    if (asksForPrivacy || privacy === 'paranoid')
      return { ...account, country: null, region: null, shippingAddress: null, contact: null, key: undefined };
    const address = await this.addresses.findDefault(tx, caller.id);
    const sealer = this.sealing.sealer(tx, { id: sessionId, keySubjectId: caller.id });
    return {
      ...account,
      country: address?.country ?? null,
      region: address?.region ?? null,
      shippingAddress: address ? await sealer.seal('shipping_address', address) : null,
      contact: await sealer.seal('contact', { email, phone: address?.phone ?? null } satisfies Contact),
      key: sealer.key,
    };
  }

  /** The rates that this session will use to its end. */
  private async pinnedRates(tx: Tx, stores: StoreFacts[], shopperCurrency: string | null) {
    const currencies = [...new Set(stores.map((store) => store.currency))];
    const wanted = [shopperCurrency ?? this.config.DEFAULT_CURRENCY, DISPLAY_CURRENCY];
    return (await this.rates.current(tx)).pin([...currencies, wanted[0]!], wanted);
  }
}

/** A token ten minutes old may be of an account that is closed by now. */
function assertNotClosed({ shopperDisabled }: Session): void {
  if (shopperDisabled) throw new Unauthenticated(true);
}

/** Throws what keeps a session from being changed. */
function assertPending(session: Session): void {
  if (session.status === 'cancelled') throw new SessionCancelled();
  if (session.status === 'expired' || (session.status === 'pending' && !session.live)) throw new SessionExpired();
  if (session.status !== 'pending') throw new SessionPlaced(session.status);
}

/** What of a session an edit may change that is compared afterwards. */
function asItWas(session: Session) {
  return { goods: goodsOf(session), lines: JSON.stringify(session.lines), questions: questionsOf(session) };
}

/** What the store itself holds for the shopper; ids of the store, which says whether it knows them. */
function setHeldAtStore(caller: Caller, session: Session, store: StoreCheckout, body: StoreCheckoutRequest): void {
  const { storeAddressId, storeInstrumentId, storeDiscountCodes } = body;
  for (const [name, id] of Object.entries({ storeAddressId, storeInstrumentId })) {
    if (!id) continue;
    if (caller.kind === 'guest' || session.sealed || store.link?.status !== 'linked')
      throw new InvalidField(`/${name}`, 'is for a store at which you have linked an account', 'not_linked');
  }
  // By its API, or by what its link carries.
  const isTold = ['oauth_api', 'redirect'].includes(servingTier(store));
  if (storeDiscountCodes?.length && (session.sealed || !isTold)) {
    const detail = 'is for a store that Muse checks out at by its API, or opens for you';
    throw new InvalidField('/storeDiscountCodes', detail, 'not_by_api');
  }
  if (storeDiscountCodes !== undefined) store.storeDiscountCodes = storeDiscountCodes ?? [];
  if (storeAddressId !== undefined) store.storeAddressId = storeAddressId;
  if (storeInstrumentId !== undefined) store.storeInstrumentId = storeInstrumentId;
}

/** What the shopper agrees that a link tells the store of theirs. */
function setShared(session: Session, store: StoreCheckout, { shareAtStore }: StoreCheckoutRequest): void {
  if (shareAtStore && session.sealed)
    throw new InvalidField(
      '/shareAtStore',
      'is not for a sealed checkout: nothing of you is told to the store by a link',
    );
  if (shareAtStore !== undefined) store.shareAtStore = shareAtStore;
}

/** Throws what keeps a session from being given a payment method. */
function assertTakesMethod(session: Session, version: number | undefined): void {
  if (!asksForAnother(session)) assertPending(session);
  assertVersion(version, session.version);
  const offered = includedStores(session).some(
    (store) => takesTokens(store) || settlementOptionsOf(session, store).includes('pay_now'),
  );
  if (!offered) throw new PaymentNotOffered();
}
