import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ClaimRegistry, ErasureRegistry } from '../identity';
import { Holds } from '../inventory';
import { Clock } from '../platform/clock';
import type { Tx } from '../platform/database';
import { Events } from '../platform/events';
import { SESSION_CANCELLED, sessionEvent } from './checkout.events';
import { CheckoutRepository } from './checkout.repository';
import { SessionPayments } from './session-payments';

const DAY_MS = 86_400_000;

/** What becomes of a shopper's sessions when a guest signs in, or a user closes the account. */
@Injectable()
export class SessionOwners implements OnModuleInit {
  /** Sessions that a sign-in or an erasure has given up, in its transaction. */
  private readonly givenUp = new WeakMap<Tx, string>();
  /** Placed sessions without an authorisation that an erasure ends, in its transaction. */
  private readonly unpaid = new WeakMap<Tx, string[]>();

  constructor(
    private readonly checkouts: CheckoutRepository,
    private readonly holds: Holds,
    private readonly payments: SessionPayments,
    private readonly events: Events,
    private readonly claims: ClaimRegistry,
    private readonly erasures: ErasureRegistry,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.erasures.register('checkout-session', (tx, userId) => this.forget(tx, userId), {
      checkout_sessions: true,
      handoffs: 'goods and where they wait: nothing that the shopper wrote',
    });
    this.erasures.register('checkout-session.stock', async (tx) => {
      await this.releaseGivenUp(tx);
      await this.abandonUnpaid(tx);
    });
    this.claims.register('checkout-session', (tx, guestId, userId) => this.claim(tx, guestId, userId));
    this.claims.register('checkout-session.stock', (tx) => this.releaseGivenUp(tx));
  }

  /** A guest who signs in takes along every session and hand-off; a pending session is given up, for the cart changes under it. */
  private async claim(tx: Tx, guestId: string, userId: string): Promise<void> {
    await this.checkouts.lockAll(tx, guestId);
    await this.giveUpPending(tx, guestId, 'sign_in');
    await this.checkouts.claim(tx, guestId, userId);
  }

  /**
   * A user who closes the account gives up what is pending, and what was placed but not authorised: nobody is charged after
   * that. The key stays until what else is being placed is decided.
   */
  private async forget(tx: Tx, userId: string): Promise<Date | void> {
    await this.checkouts.lockAll(tx, userId);
    await this.giveUpPending(tx, userId, 'erasure');
    await this.payments.forget(tx, userId);
    const unpaid = await this.checkouts.unauthorised(tx, userId);
    this.unpaid.set(tx, unpaid);
    if ((await this.checkouts.openSessions(tx, userId)) > unpaid.length)
      return new Date(this.clock.now().getTime() + DAY_MS);
  }

  private async giveUpPending(tx: Tx, shopperId: string, by: string): Promise<void> {
    const pending = await this.checkouts.cancelPending(tx, shopperId);
    if (!pending) return;
    this.givenUp.set(tx, pending);
    await this.events.publish(tx, sessionEvent(SESSION_CANCELLED, pending, { by }));
  }

  /** Its stock is set free at the end of the transaction, for stock is locked after carts. */
  private async releaseGivenUp(tx: Tx): Promise<void> {
    const pending = this.givenUp.get(tx);
    if (pending) await this.holds.release(tx, pending);
  }

  /** At the end too, for it sets stock free; sessions, cart and payments are locked by then. */
  private async abandonUnpaid(tx: Tx): Promise<void> {
    for (const sessionId of this.unpaid.get(tx) ?? [])
      await this.payments.abandon(tx, (await this.payments.lock(tx, sessionId))!, 'cancelled', 'erasure');
    this.unpaid.delete(tx);
  }
}
