import { Injectable } from '@nestjs/common';
import { CartCheckout } from '../cart';
import type { Caller } from '../identity';
import { Unauthenticated } from '../identity';
import { Holds } from '../inventory';
import { Database, type Tx } from '../platform/database';
import { Events } from '../platform/events';
import { IdempotencyKeyRequired, NotFound, type Once } from '../platform/http';
import { Coupons } from '../pricing';
import { CheckoutStrategyRegistry } from '../store-integrations';
import {
  Incomplete,
  QuoteExpired,
  SessionCancelled,
  SessionExpired,
  PaymentNoLongerPossible,
  PrivacyChanged,
  SettlementChanged,
  StockShort,
  TotalChanged,
} from './checkout.errors';
import { SESSION_PLACED, sessionEvent } from './checkout.events';
import { PLACINGS } from './checkout.limits';
import { CheckoutRepository } from './checkout.repository';
import { disclosuresOf } from './disclosures';
import type { PlaceRequest } from './dto/checkout.request';
import { SessionStatusResponse } from './dto/checkout.response';
import { QuotesRepository } from './quotes.repository';
import { Quoting } from './quoting';
import { OrderAccess } from './sealed/order-access';
import { privately } from './sealed/privately';
import { includedStores, isContactOnly, linesOf, type Session, type SnapshotLine } from './session';
import { questionsOf } from './session-making';
import { PayNowGone, SessionPayments, asksForAnother } from './session-payments';
import { SessionVault } from './session-vault';
import { missingOf, totalsOf } from './session-view';

/** Quotes that our own tables can renew have run out; never leaves this file. */
class QuotesToRenew extends Error {}

const STOCK_PROBLEMS = new Set(['stock_short', 'out_of_stock']);

/**
 * Placing a session: from what the shopper saw to durable placements, in one transaction that buys everything or nothing.
 * A session that is processing or later answers its status, under any key.
 */
@Injectable()
export class PlaceService {
  constructor(
    private readonly checkouts: CheckoutRepository,
    private readonly quoting: Quoting,
    private readonly quotes: QuotesRepository,
    private readonly sealing: SessionVault,
    private readonly carts: CartCheckout,
    private readonly holds: Holds,
    private readonly strategies: CheckoutStrategyRegistry,
    private readonly coupons: Coupons,
    private readonly payments: SessionPayments,
    private readonly access: OrderAccess,
    private readonly database: Database,
    private readonly events: Events,
  ) {}

  /**
   * Throws NotFound, IdempotencyKeyRequired, TotalChanged, StockShort, CouponOver, SessionExpired, SessionCancelled, QuoteExpired,
   * Incomplete, SettlementChanged, PrivacyChanged, RateLimited. Quotes older than ten minutes are taken anew first, and stay so even if placing then fails.
   */
  async place(once: Once, caller: Caller, sessionId: string, body: PlaceRequest): Promise<SessionStatusResponse> {
    const attempt = () =>
      privately(once, {
        isPrivate: caller.privacy === 'paranoid',
        work: (tx, assertPrivate) => this.placeOnce(tx, caller, sessionId, body, once, assertPrivate),
        again: (tx) => this.again(tx, caller, sessionId, once),
        limit: PLACINGS,
      });
    if (!once.hasKey) throw new IdempotencyKeyRequired();
    try {
      return await attempt();
    } catch (error) {
      const isOld = error instanceof QuotesToRenew || error instanceof QuoteExpired;
      if (!(isOld || error instanceof PayNowGone)) throw error;
      await this.renewQuotes(caller, sessionId);
      // Stores that a job asks: they are being asked now, and the shopper looks again.
      if (error instanceof QuoteExpired) throw error;
      if (error instanceof PayNowGone) throw new SettlementChanged();
      return attempt();
    }
  }

  /** A retry of what was placed privately: as it stands now, with the same tokens. */
  private async again(tx: Tx, caller: Caller, sessionId: string, once: Once): Promise<SessionStatusResponse> {
    const session = await this.checkouts.read(sessionId, caller.id, tx);
    if (!session) throw new NotFound('checkout session');
    const status = SessionStatusResponse.of(session);
    return session.sealed ? { ...status, ...this.access.shown(once, session) } : status;
  }

  /** Of a sealed session tokens are made from `once`, which is recorded privately then. */
  private async placeOnce(
    tx: Tx,
    caller: Caller,
    sessionId: string,
    body: PlaceRequest,
    once: Once,
    assertPrivate: (sealed: boolean) => void,
  ): Promise<SessionStatusResponse> {
    const session = await this.checkouts.lock(tx, sessionId, caller.id);
    if (!session) throw new NotFound('checkout session');
    const { credentialsAt = session.shopperCredentialsAt } = caller;
    if (session.shopperDisabled || credentialsAt !== session.shopperCredentialsAt) throw new Unauthenticated(true);
    assertPrivate(session.sealed);
    if (session.status === 'cancelled') throw new SessionCancelled();
    if (session.status === 'expired' || (session.status === 'pending' && !session.live)) throw new SessionExpired();
    if (asksForAnother(session) && session.paymentId === null && session.paymentMethodId !== null)
      return this.payAgain(tx, session, body);
    if (session.status !== 'pending') return SessionStatusResponse.of(session);
    // Asked for privacy since it was begun: what it holds in the clear must not become an order.
    if (session.shopperPrivacy === 'paranoid' && !session.sealed) throw new PrivacyChanged();

    this.assertQuoted(session);
    this.assertComplete(session);
    assertExpected(session, body);
    return this.begin(tx, caller, session, body, once);
  }

  /** The last payment was refused, and another method given: everything else is as it was placed. */
  private async payAgain(tx: Tx, session: Session, body: PlaceRequest): Promise<SessionStatusResponse> {
    assertExpected(session, body);
    try {
      await this.payments.beginAgain(tx, session, body.returnUrl);
    } catch (error) {
      // Its settlements stand since it was placed: quoting it again would change nothing.
      throw error instanceof PayNowGone ? new PaymentNoLongerPossible() : error;
    }
    return SessionStatusResponse.of({
      ...session,
      ...{ status: 'processing', version: session.version + 1, action: null },
    });
  }

  /** Everything stands: the holds no longer expire, the lines are not offered again, and each store gets its placement. */
  private async begin(
    tx: Tx,
    caller: Caller,
    session: Session,
    body: PlaceRequest,
    once: Once,
  ): Promise<SessionStatusResponse> {
    const stores = includedStores(session);
    const lines = stores.flatMap((store) => linesOf(session, store.storeId));
    const accepted = this.acceptedOf(session, body);
    const { total, dueNow } = totalsOf(session);
    const [payment] = await Promise.all([
      this.payments.prepare(tx, session, body.returnUrl),
      this.carts.markPlacing(tx, caller.id, session.id, lines),
    ]);
    const [placedAt] = await Promise.all([
      this.checkouts.beginPlacing(tx, session.id, accepted, payment?.id ?? null),
      payment?.begin(),
      this.commitHolds(tx, session, lines),
    ]);
    await this.events.publish(
      tx,
      sessionEvent(SESSION_PLACED, session.id, {
        stores: stores.length,
        total: total.amount,
        currency: total.currency,
        dueNow: dueNow.amount,
      }),
    );
    await this.redeemCoupons(tx, session);
    const access = session.sealed ? await this.access.give(tx, once, session) : undefined;
    const status = SessionStatusResponse.of({
      ...session,
      status: 'processing',
      version: session.version + 1,
      placedAt,
      stores: session.stores.map((store) => ({
        ...store,
        status: 'waiting',
        message: 'Waiting',
        updatedAt: placedAt,
      })),
    });
    return access ? { ...status, ...access } : status;
  }

  /** Last of all, for a coupon's row is where shoppers who place at once wait for each other. */
  private async redeemCoupons(tx: Tx, session: Session): Promise<void> {
    const shares = includedStores(session).flatMap(({ storeId, currency, discounts }) =>
      discounts.map(({ couponId, code, fundedBy, goodsCents, deliveryCents }) => {
        return { couponId, code, fundedBy, storeId, amountCents: goodsCents + deliveryCents, currency };
      }),
    );
    if (shares.length === 0) return;
    const codes = [...new Set(shares.map((share) => share.code))];
    await this.carts.dropCoupons(tx, session.shopperId, codes);
    await this.coupons.redeem(tx, session.id, session.shopperId, shares);
  }

  private async commitHolds(tx: Tx, session: Session, lines: SnapshotLine[]): Promise<void> {
    const direct = new Set(
      includedStores(session)
        .filter((store) => store.tier === 'direct' && !isContactOnly(store))
        .map((store) => store.storeId),
    );
    const variantIds = [
      ...new Set(lines.flatMap((line) => (line.variantId && direct.has(line.storeId) ? line.variantId : []))),
    ];
    if (variantIds.length === 0) return;
    const committed = new Set(await this.holds.commit(tx, session.id, variantIds));
    const lost = lines.filter((line) => line.variantId && direct.has(line.storeId) && !committed.has(line.variantId));
    if (lost.length === 0) return;
    throw new StockShort(
      lost.map(({ storeId, itemId, productName }) => {
        const detail = `${productName} is no longer set aside for you; refresh the checkout.`;
        return { code: 'stock_short', severity: 'blocking', storeId, itemId, detail };
      }),
    );
  }

  private assertQuoted(session: Session): void {
    const old = includedStores(session).filter((store) => !store.quoteStands && store.status !== 'quoting');
    if (old.length === 0) return;
    // A store that has to be asked quotes by a job; the others are asked of our own tables at once.
    const toAsk = old.filter((store) => this.quoting.isByJob(store));
    if (toAsk.length > 0) throw new QuoteExpired(toAsk.map((store) => store.storeId));
    throw new QuotesToRenew();
  }

  private assertComplete(session: Session): void {
    const { errors, problems } = missingOf(session, this.sealing.open(session), (tier) =>
      this.strategies.checkoutPlace(tier),
    );
    const short = problems.filter((problem) => STOCK_PROBLEMS.has(problem.code));
    if (short.length > 0) throw new StockShort(short);
    if (errors.length > 0 || problems.length > 0) throw new Incomplete(errors, problems);
  }

  private acceptedOf(session: Session, { accepted }: PlaceRequest): Session['accepted'] {
    const at = session.now.toISOString();
    const wanted = new Set(accepted);
    const found = disclosuresOf(session).filter((disclosure) => wanted.has(disclosure.code));
    return [...new Map(found.map(({ code, version }) => [code, { code, version, at }])).values()];
  }

  private async renewQuotes(caller: Caller, sessionId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const session = await this.checkouts.lock(tx, sessionId, caller.id);
      if (session?.status !== 'pending' || !session.live) return;
      const questions = questionsOf(session);
      const toAsk = await this.quoting.quote(tx, session, {
        ...{ fresh: true, previousSessionId: null, ttlSeconds: session.secondsLeft, questions },
      });
      await this.checkouts.save(tx, session, { quoted: true, extended: false });
      this.quotes.ask(tx, session.id, toAsk);
    });
  }
}

/** Throws TotalChanged. */
function assertExpected(session: Session, { expectedTotal: { amount, currency } }: PlaceRequest): void {
  const { total } = totalsOf(session);
  if (amount !== total.amount || currency !== total.currency) throw new TotalChanged({ amount, currency }, total);
}
