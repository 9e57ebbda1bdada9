import { Injectable, type OnModuleInit } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../identity';
import { Holds } from '../inventory';
import {
  PAYMENT_AUTHORIZED,
  PAYMENT_ACTION_REQUIRED,
  PAYMENT_DECLINED,
  PAYMENT_CANCELLED,
  PayableStores,
  PaymentMethods,
  Payments,
  isFrontEndUrl,
  isOf,
  type PaymentRequest,
} from '../payments';
import { Config } from '../platform/config';
import { Database, type Tx } from '../platform/database';
import { Events, type DomainEvent } from '../platform/events';
import { InvalidField } from '../platform/http';
import { SESSION_CANCELLED, SESSION_EXPIRED, sessionEvent } from './checkout.events';
import { CheckoutRepository } from './checkout.repository';
import { OutcomeWriter } from './outcome-writer';
import { includedStores, linesOf, type Action, type MethodShown, type Session, type SessionProgress } from './session';
import { SessionPaymentsRepository } from './session-payments.repository';
import type { StoreCheckoutStatus } from './session-states';
import { chargeOf, type Charge } from './settlements';

const CONSUMER = 'checkout-session';
const UNDECIDED: ReadonlySet<StoreCheckoutStatus> = new Set(['waiting', 'processing', 'needs_attention']);

/** A store that was to be paid now can no longer be; the caller quotes anew. */
export class PayNowGone extends Error {}

/** A payment method of the shopper, to be put into a session. */
export interface ChosenMethod {
  id: string;
  shown: MethodShown;
}

/** What a session's payment will be, and how it is begun. */
interface Prepared {
  id: string;
  begin: () => Promise<void>;
}

/**
 * The one payment of a session's stores that are paid now. Guarantees: placements wait behind the gate until it is
 * authorised, and then all of them are queued at once; an event of another payment than the present one changes nothing;
 * whatever nobody finishes is given up, with its money and its stock.
 */
@Injectable()
export class SessionPayments implements OnModuleInit {
  constructor(
    private readonly repository: SessionPaymentsRepository,
    private readonly checkouts: CheckoutRepository,
    private readonly outcomes: OutcomeWriter,
    private readonly payments: Payments,
    private readonly payable: PayableStores,
    private readonly methods: PaymentMethods,
    private readonly holds: Holds,
    private readonly database: Database,
    private readonly events: Events,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    const hear = (type: string, handle: (tx: Tx, event: DomainEvent) => void, together = false) =>
      this.events.subscribe(type, CONSUMER, async (tx, event) => handle(tx, event), {
        wants: isOf('checkout'),
        together,
      });
    hear(PAYMENT_AUTHORIZED, (tx, event) => this.repository.openGate(tx, purchaseOf(event), event.aggregateId), true);
    hear(PAYMENT_ACTION_REQUIRED, (tx, event) =>
      this.repository.ask(tx, purchaseOf(event), event.aggregateId, { type: actionTypeOf(event) }),
    );
    hear(PAYMENT_DECLINED, (tx, event) => this.askForAnother(tx, event, reasonOf(event)));
    // By the provider, for what we give up ourselves no session waits any more.
    hear(PAYMENT_CANCELLED, (tx, event) => this.askForAnother(tx, event, 'cancelled'));
  }

  /** The shopper's method, a token made into one. Calls the provider: never inside a transaction. Throws NotFound. */
  async adopt(
    caller: Caller,
    { paymentMethodId, providerToken, save }: PaymentRequest,
    onlyOnce: boolean,
  ): Promise<ChosenMethod> {
    const token = paymentMethodId === undefined ? { providerToken: providerToken!, save } : { paymentMethodId };
    const { id, kind, brand, last4 } = await this.methods.adopt(caller, token, { onlyOnce });
    return { id, shown: { kind, brand, last4 } };
  }

  /** Puts the method into a session: a pending one, which the caller saves, or one that asks for another. */
  async choose(tx: Tx, session: Session, { id, shown }: ChosenMethod): Promise<void> {
    if (session.status === 'pending') await this.repository.choose(tx, session.id, id, shown);
    else await this.repository.chooseAnother(tx, session.id, id, shown);
    session.paymentMethodId = id;
    session.paymentMethod = shown;
  }

  /**
   * The intent to take what is due now, checked; null where nothing is. Beginning it takes no other look. Throws PayNowGone,
   * InvalidField.
   */
  async prepare(tx: Tx, session: Session, returnUrl?: string): Promise<Prepared | null> {
    const charge = chargeOf(session);
    return charge && this.prepareFor(tx, session, charge, returnUrl);
  }

  /** The same after a refusal, by another method; the session is processing again. Throws PayNowGone. */
  async beginAgain(tx: Tx, session: Session, returnUrl?: string): Promise<void> {
    const payment = await this.prepareFor(tx, session, chargeOf(session)!, returnUrl);
    await payment.begin();
    await this.repository.beginAgain(tx, session.id, payment.id);
  }

  private async prepareFor(tx: Tx, session: Session, charge: Charge, returnUrl?: string): Promise<Prepared> {
    const { currency, shares } = charge;
    if (returnUrl !== undefined && !isFrontEndUrl(returnUrl, this.config))
      throw new InvalidField('/returnUrl', 'must be an https address of this shop, without credentials');
    const payable = await this.payable.of(
      tx,
      shares.map((share) => share.storeId),
    );
    if (shares.some(({ storeId }) => !payable.get(storeId)?.payable)) throw new PayNowGone();
    const payment = {
      id: uuidv7(),
      purchaseId: session.id,
      purchaseKind: 'checkout' as const,
      shopperId: session.shopperId,
      paymentMethodId: session.paymentMethodId!,
      isAnonymous: session.sealed,
      currency,
      returnUrl: returnUrl ?? `${this.config.APP_URL}/m/checkout/${session.id}`,
      shares: shares.map((share) => ({ ...share, feePpm: payable.get(share.storeId)!.feePpm })),
    };
    return { id: payment.id, begin: async () => void (await this.payments.begin(tx, payment)) };
  }

  /** What the shopper has to do, with the provider's secret where there is one: for nobody but the shopper. */
  async actionOf({ action, paymentId }: SessionProgress): Promise<Action | null> {
    if (!action || action.type === 'choose_payment' || paymentId === null) return action;
    const opened = await this.payments.actionOf(paymentId);
    return opened && { ...action, ...opened, expiresAt: action.expiresAt };
  }

  /** The shopper has done it: a look at the provider, which the webhook may have come before. */
  async resume({ action, paymentId }: Session): Promise<void> {
    if (action && action.type !== 'choose_payment' && paymentId !== null) await this.payments.resume(paymentId);
  }

  /** Sessions whose payment, or whose placements after it, have had their time. */
  async due(limit: number, but: string[]): Promise<string[]> {
    return (await this.repository.toGiveUp(limit, but)).map(({ id }) => id);
  }

  /** Gives up what of such a session is still open: all of it, or after the authorisation what no store has decided. */
  async giveUp(sessionId: string): Promise<boolean> {
    return (await this.expire(sessionId)) || this.cancelUndecided(sessionId);
  }

  /** Ends a session whose placements are gated: nothing was ordered, and nothing will be. The caller has locked it and the cart. */
  async abandon(tx: Tx, session: Session, status: 'cancelled' | 'expired', by = 'shopper'): Promise<void> {
    const stores = includedStores(session);
    const lines = stores.flatMap((store) => linesOf(session, store.storeId));
    const message = status === 'cancelled' ? 'You cancelled the checkout' : 'Not paid in time';
    await this.repository.end(tx, session.id, status, `${message}; the items are back in your cart`);
    await this.outcomes.freeLines(tx, session, lines);
    if (session.paymentId !== null) await this.payments.giveUp(tx, session.paymentId);
    await this.holds.release(tx, session.id);
    for (const store of stores) {
      if (store.discounts.length > 0) await this.outcomes.giveCouponsBack(tx, session, store);
    }
    const [type, payload] = status === 'cancelled' ? [SESSION_CANCELLED, { by }] : [SESSION_EXPIRED, {}];
    await this.events.publish(tx, sessionEvent(type, session.id, payload));
  }

  /** By which card somebody paid who closes the account. */
  forget(tx: Tx, shopperId: string): Promise<void> {
    return this.repository.forgetMethods(tx, shopperId);
  }

  /** Locked with its cart, for an end of gated placements. */
  lock(tx: Tx, sessionId: string): Promise<Session | undefined> {
    return this.checkouts.lockForOutcome(tx, sessionId);
  }

  private expire(sessionId: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const session = await this.lock(tx, sessionId);
      if (!isDue(session) || session.authorizedAt !== null) return false;
      await this.abandon(tx, session, 'expired');
      return true;
    });
  }

  /** The money was authorised long enough ago: what no store has decided is cancelled, one store a transaction. */
  private async cancelUndecided(sessionId: string): Promise<boolean> {
    for (;;) {
      const more = await this.database.transaction(async (tx) => {
        const session = await this.lock(tx, sessionId);
        if (!isDue(session)) return false;
        const store = includedStores(session).find(
          ({ settlement, totalCents, status }) => settlement === 'pay_now' && totalCents > 0 && UNDECIDED.has(status),
        );
        const rejected = {
          type: 'rejected',
          code: 'not_decided_in_time',
          detail: `${store?.name} did not take the order in time; you are not charged for it.`,
        } as const;
        const taken = store && (await this.repository.takeUndecided(tx, store.id, rejected));
        if (!store || !taken) {
          await this.repository.nothingToGiveUp(tx, sessionId);
          return false;
        }
        const { id: placementId, tier, attempts, ms } = taken;
        const actor = { kind: 'system', id: null } as const;
        await this.outcomes.write(tx, session, store, rejected, { placementId, tier, attempts, ms, actor });
        return true;
      });
      if (!more) return true;
    }
  }

  private askForAnother(tx: Tx, event: DomainEvent, reason: string): void {
    this.repository.ask(tx, purchaseOf(event), event.aggregateId, { type: 'choose_payment', reason });
  }
}

/** Whether a session waits for another method, and still does. */
export function asksForAnother({ action, giveUpAt, now }: Session): boolean {
  return action?.type === 'choose_payment' && giveUpAt !== null && giveUpAt > now;
}

function isDue(session: Session | undefined): session is Session {
  return (
    session !== undefined &&
    session.completedAt === null &&
    session.giveUpAt !== null &&
    session.giveUpAt <= session.now
  );
}

function purchaseOf(event: DomainEvent): string {
  return event.payload['purchaseId'] as string;
}

function reasonOf(event: DomainEvent): string {
  const code = event.payload['code'];
  return typeof code === 'string' ? code : 'declined';
}

function actionTypeOf(event: DomainEvent): Action['type'] {
  return event.payload['type'] === 'redirect' ? 'redirect' : 'authenticate';
}
