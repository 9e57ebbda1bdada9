import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Database } from '../../platform/database';
import { Jobs, backoffMs, holdingLease, reasonOf } from '../../platform/jobs';
import { PaymentAccounts } from '../accounts/payment-accounts.service';
import { WebhookNotVerified } from '../payments.errors';
import { OutcomeUnknown, PaymentProviders, type Outcome, type ProviderEvent } from '../provider';
import { Payments } from '../purchases/payments';
import { PaymentsRepository } from '../purchases/payments.repository';
import { Refunds } from '../refunds/refunds';
import { RefundsRepository } from '../refunds/refunds.repository';
import { Disputes } from './disputes';
import { Payouts } from './payouts';
import {
  type ClaimedEvent,
  EVENT_TASK,
  type EventOutcome,
  EVENTS_DUE,
  FORGET_EVENTS,
  ProviderEventsRepository,
  uuidOrNull,
} from './provider-events.repository';

/** A provider that was answered does not tell again, and of disputes, payouts and accounts nobody else asks. */
const GIVE_UP_AFTER_DAYS = 3;
const LONGEST_TEXT = 255;
/** The year 9999, after which timestamps are not written as dates any more. */
const FAREST_TIME = Date.UTC(9999, 0);
const FORGET_EVERY_MS = 3_600_000;

/**
 * Takes webhooks in. Guarantees: one that is not signed by the provider touches nothing; one that is verified is a row with
 * its job before it is answered, once for each id; it is worked from the row, by asking the provider what the object is now,
 * so neither the order of events nor their number matters; what an event says of itself is never believed.
 */
@Injectable()
export class Intake implements OnModuleInit {
  private readonly logger = new Logger('Payments');

  constructor(
    private readonly events: ProviderEventsRepository,
    private readonly providers: PaymentProviders,
    private readonly repository: PaymentsRepository,
    private readonly payments: Payments,
    private readonly refunds: Refunds,
    private readonly refundRows: RefundsRepository,
    private readonly accounts: PaymentAccounts,
    private readonly disputes: Disputes,
    private readonly payouts: Payouts,
    private readonly jobs: Jobs,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(EVENT_TASK, ({ id }) => this.runOnce(id));
    this.jobs.whenDue('provider events', EVENTS_DUE, async () =>
      this.jobs.addAgain(EVENT_TASK, await this.events.due()),
    );
    this.jobs.every(FORGET_EVERY_MS, 'provider events that are old', () => this.database.sweep(FORGET_EVENTS));
  }

  /** Throws WebhookNotVerified; then nothing is stored. */
  async receive(provider: string, rawBody: Buffer, signature: string | undefined): Promise<void> {
    const event = this.providers.find(provider)?.parseEvent(rawBody, signature);
    if (!event || !isSound(event)) throw new WebhookNotVerified();
    await this.events.keep(provider, event, concerns(event));
  }

  /** One try at one event, if nobody else holds it. */
  async runOnce(eventId: string): Promise<void> {
    const lease = randomUUID();
    const event = await this.events.claim(eventId, lease);
    if (!event) return;
    await holdingLease(
      () => this.events.renew(eventId, lease),
      async () => {
        try {
          await this.events.finish(eventId, lease, await this.work(event));
        } catch (error) {
          const reason = error instanceof OutcomeUnknown ? error.code : reasonOf(error);
          if (event.ageDays < GIVE_UP_AFTER_DAYS)
            return this.events.later(eventId, lease, backoffMs(event.attempts), reason);
          this.logger.error({ message: 'provider event given up', eventId, type: event.type, reason });
          await this.events.finish(eventId, lease, 'given_up', reason);
        }
      },
    );
  }

  private async work(event: ClaimedEvent): Promise<EventOutcome> {
    const { provider, account, objectKind, objectId } = event;
    if (account === null) return this.workOurs(event);
    const storeId = await this.events.storeOfAccount(provider, account);
    if (storeId === undefined) return 'unknown_account';
    if (objectKind === 'account' || objectKind === 'capability') {
      await this.accounts.sync(account);
      return 'done';
    }
    if (objectKind === 'payout' && objectId !== null) {
      await this.payouts.record(storeId, seen(await this.providers.named(provider).retrievePayout(objectId, account)));
      return 'done';
    }
    return 'ignored';
  }

  private async workOurs(event: ClaimedEvent): Promise<EventOutcome> {
    const { provider, objectKind, objectId, payload } = event;
    if (objectId === null) return 'ignored';
    switch (objectKind) {
      case 'payment_intent':
        return this.look(provider, objectId);
      case 'charge':
        return this.look(provider, payload.providerPaymentId ?? null);
      case 'refund': {
        const refund = await this.refundRows.byProviderId(provider, objectId, uuidOrNull(payload.labels?.stepId));
        if (!refund) return 'ignored';
        const state = seen(await this.providers.named(provider).retrieveRefund(objectId));
        await this.refunds.settle(refund.paymentId, refund.id, state);
        return 'done';
      }
      case 'dispute': {
        const dispute = seen(await this.providers.named(provider).retrieveDispute(objectId));
        // It may be known to be captured there before it is here.
        const paymentId = await this.lookAt(provider, dispute.paymentId);
        if (paymentId === undefined) return 'ignored';
        await this.disputes.record(paymentId, dispute);
        return 'done';
      }
      case 'account':
        return (await this.accounts.sync(objectId)) ? 'done' : 'unknown_account';
      default:
        return 'ignored';
    }
  }

  /**
   * Brings a payment to where the provider says that it is, and gives its id: found by the provider's, or by our label on it,
   * for a webhook may come before the answer to our own call is written. The label alone is not believed: settling compares
   * the ids.
   */
  private async lookAt(provider: string, providerPaymentId: string | null): Promise<string | undefined> {
    if (providerPaymentId === null) return undefined;
    const known = await this.repository.byProviderId(provider, providerPaymentId);
    if (known !== undefined) {
      await this.payments.look(known);
      return known;
    }
    const state = await this.providers.named(provider).retrieve(providerPaymentId);
    if (state.type === 'refused' && state.code === 'not_found') return undefined;
    const paymentId = uuidOrNull(seen(state).labels.paymentId);
    if (paymentId === null || !(await this.repository.read(paymentId))) return undefined;
    await this.payments.settle(paymentId, seen(state));
    return paymentId;
  }

  private async look(provider: string, providerPaymentId: string | null): Promise<EventOutcome> {
    return (await this.lookAt(provider, providerPaymentId)) === undefined ? 'ignored' : 'done';
  }
}

/** The kinds of object that are looked at. */
const OURS = new Set(['payment_intent', 'charge', 'refund', 'dispute', 'account']);
/** Of connected accounts only what concerns the account itself: their own payments are none of ours. */
const OF_ACCOUNTS = new Set(['account', 'capability', 'payout']);

function concerns({ account, objectKind, objectId }: ProviderEvent): boolean {
  return (account === null ? OURS : OF_ACCOUNTS).has(objectKind) && objectId !== null;
}

/** Ids that an index takes, and a time that a calendar has: what is odd otherwise is signed, but no event. */
function isSound({ id, type, account, objectKind, objectId, createdAt }: ProviderEvent): boolean {
  const texts = [id, type, account ?? 'none', objectKind, objectId ?? 'none'];
  const isText = (text: unknown) =>
    typeof text === 'string' && text !== '' && text.length <= LONGEST_TEXT && !text.includes('\0');
  const at = createdAt.getTime();
  return texts.every(isText) && at > 0 && at <= FAREST_TIME;
}

/** What the provider says, or the reason to ask again later. */
function seen<T>(outcome: Outcome<T>): T {
  if (outcome.type !== 'done') throw new OutcomeUnknown(outcome.code);
  return outcome.value;
}
