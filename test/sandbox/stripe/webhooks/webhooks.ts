import { setTimeout as sleep } from 'node:timers/promises';
import type Stripe from 'stripe';
import { isOfType } from '../events/events.endpoints';
import { now } from '../world/ids';
import { signatureOf } from './signature';

export type Event = Stripe.EventBase;

/**
 * What becomes of the events of a type: `hold` keeps them until they are released, `withhold` for ever; `delay` waits
 * `delayMs`, `reorder` a random part of it; `double` sends twice at once. The first that fits decides.
 */
export interface WebhookRule {
  /** A type, as `payment_intent.succeeded` or `charge.*`. Default all. */
  type?: string;
  action: 'deliver' | 'hold' | 'withhold' | 'delay' | 'reorder' | 'double';
  delayMs?: number;
  /** For how many events; then it is over. Default all. */
  times?: number;
}

/** How a forged one differs from what Stripe signed: all of them must be refused. */
export type Forgery = 'foreign_secret' | 'reserialised' | 'old_timestamp' | 'unsigned';

export interface Delivery {
  eventId: string;
  type: string;
  /** From 1 on. */
  attempt: number;
  /** Of the answer; null when there was none. */
  status: number | null;
  forgery: Forgery | null;
}

export interface WebhookTarget {
  url: string | null;
  secret: string;
  /** The pause after the first attempt that failed; each further is twice as long, up to a minute. */
  retryMs: number;
  attempts: number;
  /** What the endpoint listens to; null: everything. */
  enabledEvents: string[] | null;
}

const LONGEST_PAUSE_MS = 60_000;
const ANSWER_WITHIN_MS = 10_000;
const OLD_SECONDS = 3600;

/** Sends events, signed, until they are taken; or as it is told. */
export class Webhooks {
  readonly deliveries: Delivery[] = [];
  /** How many events are on their way, or wait to be tried again. */
  inFlight = 0;
  private rules: WebhookRule[] = [];
  private held: Event[] = [];
  /** Counts resets: what was on its way at the time of one stops. */
  private era = 0;

  constructor(readonly target: WebhookTarget) {}

  setRules(rules: WebhookRule[]): void {
    this.rules = rules.map((rule) => ({ ...rule }));
  }

  /** The ids that are held, the oldest first. */
  get heldIds(): string[] {
    return this.held.map(({ id }) => id);
  }

  /** Hears of an event that happened. */
  take(event: Event): void {
    if (this.target.enabledEvents?.includes(event.type) === false) return;
    const rule = this.ruleFor(event.type);
    switch (rule?.action ?? 'deliver') {
      case 'hold':
        this.held.push(event);
        return;
      case 'withhold':
        return;
      case 'double':
        void this.send(event, 0);
        void this.send(event, 0);
        return;
      case 'delay':
        void this.send(event, rule?.delayMs ?? 1000);
        return;
      case 'reorder':
        void this.send(event, Math.random() * (rule?.delayMs ?? 1000));
        return;
      default:
        void this.send(event, 0);
    }
  }

  /** Sends what was held, one after another; what is not taken is tried again later. */
  async release(order: 'as_happened' | 'reversed'): Promise<number> {
    const events = this.held.splice(0);
    for (const event of order === 'reversed' ? events.reverse() : events) {
      const { status } = await this.attempt(event, 1, null);
      if (!isTaken(status)) void this.send(event, this.target.retryMs);
    }
    return events.length;
  }

  /** Sends one now, so many times at once; forged, if so. Not tried again. */
  deliver(event: Event, times: number, forgery: Forgery | null): Promise<Delivery[]> {
    return Promise.all(Array.from({ length: times }, () => this.attempt(event, 1, forgery)));
  }

  reset(): void {
    this.era++;
    this.rules = [];
    this.held = [];
    this.deliveries.length = 0;
  }

  private ruleFor(type: string): WebhookRule | undefined {
    const rule = this.rules.find((one) => isOfType(type, one.type ?? '*') && one.times !== 0);
    if (rule?.times !== undefined) rule.times--;
    return rule;
  }

  private async send(event: Event, delayMs: number): Promise<void> {
    this.inFlight++;
    await this.sendUntilTaken(event, delayMs).finally(() => this.inFlight--);
  }

  private async sendUntilTaken(event: Event, delayMs: number): Promise<void> {
    const { era } = this;
    if (delayMs > 0) await sleep(delayMs);
    let pauseMs = this.target.retryMs;
    for (let attempt = 1; attempt <= this.target.attempts && era === this.era && this.target.url !== null; attempt++) {
      const { status } = await this.attempt(event, attempt, null);
      if (isTaken(status)) return;
      await sleep(pauseMs, undefined, { ref: false });
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  private async attempt(event: Event, attempt: number, forgery: Forgery | null): Promise<Delivery> {
    const { url, secret } = this.target;
    const body = JSON.stringify(event, null, 2);
    const timestamp = forgery === 'old_timestamp' ? now() - OLD_SECONDS : now();
    const signature = signatureOf(body, forgery === 'foreign_secret' ? 'whsec_of_somebody_else' : secret, timestamp);
    const signed: Record<string, string> = forgery === 'unsigned' ? {} : { 'stripe-signature': signature };
    const delivery: Delivery = { eventId: event.id, type: event.type, attempt, status: null, forgery };
    if (url !== null)
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Stripe-Double/1.0', ...signed },
          body: forgery === 'reserialised' ? JSON.stringify(event) : body,
          redirect: 'manual',
          signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        });
        await answer.arrayBuffer();
        delivery.status = answer.status;
      } catch {
        // Nobody there, or no answer in time: it is tried again.
      }
    this.deliveries.push(delivery);
    return delivery;
  }
}

function isTaken(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}
