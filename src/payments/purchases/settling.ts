import { Injectable, Logger } from '@nestjs/common';
import { Vault, openJson, sealJson } from '../../platform/crypto';
import { Database, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { Ledger } from '../ledger/ledger';
import { authorized, captured, debtSettled, providerFee, released } from '../ledger/ledger-rules';
import {
  PAYMENT_ACTION_REQUIRED,
  PAYMENT_AUTHORIZED,
  PAYMENT_CANCELLED,
  PAYMENT_CAPTURED,
  PAYMENT_CAPTURE_FAILED,
  PAYMENT_DECLINED,
  paymentEvent,
} from '../payments.events';
import type { DeclineCode, ProviderAction, ProviderPayment } from '../provider';
import { PaymentsRepository, type PaymentRow, type ShareRow } from './payments.repository';

/** The key that what a shopper has to do is sealed under: it lives only until it is done. */
const PURPOSE = 'payments.action';

/**
 * The one way on which a payment moves, whoever has seen what the provider says: the step's own worker, a webhook, the
 * client's word, the poller. Each locks the payment's row and compares; so of several that come at once, in any order and
 * any number of times, exactly one writes.
 */
@Injectable()
export class Settling {
  private readonly logger = new Logger('Payments');

  constructor(
    private readonly database: Database,
    private readonly payments: PaymentsRepository,
    private readonly ledger: Ledger,
    private readonly events: Events,
    private readonly vault: Vault,
  ) {}

  /** Brings a payment to where the provider says that it is. */
  async settle(paymentId: string, state: ProviderPayment): Promise<void> {
    await this.database.transaction(async (tx) => {
      const payment = await this.payments.lock(tx, paymentId);
      if (payment) await this.apply(tx, payment, state);
    });
  }

  /** The same in a transaction that has locked the payment. Gives whether it was news. */
  async apply(tx: Tx, payment: PaymentRow, state: ProviderPayment): Promise<boolean> {
    const isOther = payment.providerPaymentId !== null && payment.providerPaymentId !== state.id;
    if (isOther || state.labels.paymentId !== payment.id) {
      this.logger.error({ message: 'another payment of the provider', paymentId: payment.id });
      return false;
    }
    switch (payment.status) {
      case 'created':
      case 'action_required':
        return this.authorise(tx, payment, state);
      case 'authorized':
      case 'capturing':
        return this.end(tx, payment, state);
      case 'captured':
        return this.bookFee(tx, payment, state);
      default:
        return false;
    }
  }

  /** The provider refused before there was anything: declined, in our words. */
  async decline(tx: Tx, payment: PaymentRow, code: DeclineCode): Promise<void> {
    if (payment.status !== 'created' && payment.status !== 'action_required') return;
    this.payments.change(tx, payment, { status: 'declined', declineCode: code }, null);
    await this.events.publish(tx, paymentEvent(PAYMENT_DECLINED, payment, { code }));
  }

  /** Nothing was ever sent, or nothing is left of it. */
  async cancelled(tx: Tx, payment: PaymentRow, state: ProviderPayment | null): Promise<void> {
    this.payments.change(tx, payment, { status: 'cancelled' }, state);
    this.payments.endStep(tx, payment.id, 'cancel', { status: 'done', ...(state && { ref: state.id }) });
    this.ledger.write(tx, payment.id, released(payment.authorizedCents, payment.currency));
    await this.events.publish(tx, paymentEvent(PAYMENT_CANCELLED, payment));
  }

  /** The money cannot be taken, for good. What may still be held is let go. */
  async captureFailed(tx: Tx, payment: PaymentRow, code: string, state: ProviderPayment | null): Promise<void> {
    if (payment.status !== 'capturing') return;
    const shares = await this.payments.shares(tx, payment.id);
    this.payments.change(tx, payment, { status: 'failed', declineCode: code }, state);
    this.payments.dropShares(tx, payment.id);
    this.payments.endStep(tx, payment.id, 'capture', { status: 'failed', code });
    this.ledger.write(tx, payment.id, released(payment.authorizedCents, payment.currency));
    if (state && state.status !== 'cancelled') this.letGo(tx, payment.id);
    await this.events.publish(
      tx,
      paymentEvent(PAYMENT_CAPTURE_FAILED, payment, { code, shares: shares.filter(isPlaced).map(told) }),
    );
  }

  /** What the shopper has to do, opened; null when it is done, or nothing is to be done. */
  openAction(payment: PaymentRow): ProviderAction | null {
    if (payment.status !== 'action_required' || !payment.action || payment.undecided.length === 0) return null;
    return openJson<ProviderAction>(this.vault.serverKey(PURPOSE), aad(payment.id), payment.action);
  }

  private async authorise(tx: Tx, payment: PaymentRow, state: ProviderPayment): Promise<boolean> {
    const { id } = payment;
    const isGivenUp = payment.undecided.length === 0;
    switch (state.status) {
      case 'authorized': {
        const amountCents = Math.min(state.capturableCents, payment.amountCents);
        if (amountCents < payment.amountCents) {
          // Less than asked for is nothing: some store would not be paid.
          this.letGo(tx, id, state, payment);
          await this.decline(tx, payment, 'declined');
          return true;
        }
        this.payments.change(tx, payment, { status: 'authorized', authorizedCents: amountCents }, state);
        this.ledger.write(tx, id, authorized(amountCents, payment.currency));
        if (isGivenUp) this.letGo(tx, id);
        else
          await this.events.publish(
            tx,
            paymentEvent(PAYMENT_AUTHORIZED, payment, { amountCents, currency: payment.currency }),
          );
        return true;
      }
      case 'action_required': {
        if (payment.status === 'action_required') return false;
        if (!state.action) {
          this.logger.error({ message: 'an action of an unknown kind', paymentId: id });
          return false;
        }
        const action = sealJson(this.vault.serverKey(PURPOSE), aad(id), state.action);
        this.payments.change(tx, payment, { status: 'action_required', action }, state);
        if (isGivenUp) this.letGo(tx, id);
        else await this.events.publish(tx, paymentEvent(PAYMENT_ACTION_REQUIRED, payment, { type: state.action.type }));
        return true;
      }
      case 'declined':
        // The shopper holds its secret and could still give it another method: it is ended there, too.
        this.letGo(tx, id, state, payment);
        await this.decline(tx, payment, state.declineCode ?? 'declined');
        return true;
      case 'cancelled':
        await this.cancelled(tx, payment, state);
        return true;
      case 'processing':
        if (payment.providerPaymentId === null) this.payments.change(tx, payment, {}, state);
        return false;
      case 'captured':
        break;
    }
    this.logger.error({ message: 'captured before it was authorised', paymentId: id });
    return false;
  }

  private async end(tx: Tx, payment: PaymentRow, state: ProviderPayment): Promise<boolean> {
    const isDecided = payment.undecided.length === 0;
    switch (state.status) {
      case 'captured':
        if (payment.status !== 'capturing' || state.capturedCents !== payment.placedCents) {
          this.logger.error({ message: 'captured otherwise than asked', paymentId: payment.id });
          return false;
        }
        await this.captured(tx, payment, state);
        return true;
      case 'cancelled':
        // Before the last placement is decided nobody can be told: the capture will say it.
        if (!isDecided) return false;
        if (payment.status === 'capturing') await this.captureFailed(tx, payment, 'authorization_lost', state);
        else await this.cancelled(tx, payment, state);
        return true;
      default:
        return false;
    }
  }

  private async captured(tx: Tx, payment: PaymentRow, state: ProviderPayment): Promise<void> {
    const { id, currency } = payment;
    const placed = (await this.payments.shares(tx, id)).filter(isPlaced);
    const split = await this.ledger.settleDebts(
      tx,
      currency,
      placed.map(({ storeId, amountCents, feeCents }) => ({ storeId, netCents: amountCents - feeCents })),
    );
    this.payments.change(
      tx,
      payment,
      { status: 'captured', capturedCents: payment.placedCents, providerFeeBooked: state.fee !== null },
      state,
    );
    this.payments.captureShares(tx, id, split);
    this.payments.endStep(tx, id, 'capture', { status: 'done', ref: state.id });
    this.ledger.write(tx, id, [
      ...released(payment.authorizedCents, currency),
      ...placed.flatMap((share, index) => {
        const of = { storeId: share.storeId, orderId: share.orderId, currency };
        const { settledCents } = split[index]!;
        return [...captured(of, share.amountCents, share.feeCents), ...debtSettled(of, settledCents)];
      }),
      ...(state.fee ? providerFee(state.fee) : []),
    ]);
    this.payments.addSteps(
      tx,
      id,
      split
        .filter(({ sentCents }) => sentCents > 0)
        .map(({ storeId, sentCents }) => ({ kind: 'transfer', storeId, amountCents: sentCents })),
    );
    const shares = placed.map(told);
    const amountCents = payment.placedCents;
    await this.events.publish(tx, paymentEvent(PAYMENT_CAPTURED, payment, { currency, amountCents, shares }));
  }

  /** The provider may say later what it took. */
  private async bookFee(tx: Tx, payment: PaymentRow, state: ProviderPayment): Promise<boolean> {
    if (payment.providerFeeBooked || !state.fee) return false;
    this.payments.change(tx, payment, { providerFeeBooked: true }, state);
    this.ledger.write(tx, payment.id, providerFee(state.fee));
    return true;
  }

  /** Ends at the provider what nobody wants any more; with `state`, its id must become known first. */
  private letGo(tx: Tx, paymentId: string, state?: ProviderPayment, payment?: PaymentRow): void {
    if (state && payment) this.payments.change(tx, payment, {}, state);
    this.payments.addSteps(tx, paymentId, [{ kind: 'cancel', amountCents: 0 }]);
  }
}

const aad = (paymentId: string) => `payments:${paymentId}:action`;
const isPlaced = ({ status }: ShareRow) => status === 'placed';
const told = ({ storeId, orderId, amountCents }: ShareRow) => ({ storeId, orderId, amountCents });
