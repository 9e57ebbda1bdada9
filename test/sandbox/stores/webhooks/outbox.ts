import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../world/orders';

/** A notice that goes out, as it was when it happened. */
export interface Notification {
  id: string;
  orderId: string;
  url: string;
  at: number;
  body: string;
  type: string;
}

/** How a forged one differs from what the store signs: all of them must be refused. */
export type Forgery = 'foreign_key' | 'changed_body' | 'unsigned' | 'old';

/** Signs a notification in the manner of a protocol. */
export interface Signer {
  notify(order: Order, first: boolean): Omit<Notification, 'url' | 'orderId'> | null;
  sign(notification: Notification, forgery: Forgery | null): { headers: Record<string, string>; body: string };
}

export type WebhookMode = 'deliver' | 'hold' | 'withhold' | 'double';

export interface Delivery {
  id: string;
  orderId: string;
  type: string;
  attempt: number;
  /** Of the answer; null when there was none. */
  status: number | null;
  forgery: Forgery | null;
}

const ANSWER_WITHIN_MS = 10_000;
const LONGEST_PAUSE_MS = 30_000;
const ATTEMPTS = 12;

/** Tells a platform of its orders, signed, until it takes it; or as it is told. */
export class Outbox {
  readonly sent: Notification[] = [];
  readonly deliveries: Delivery[] = [];
  mode: WebhookMode = 'deliver';
  inFlight = 0;
  retryMs = 300;
  /** Hears what was sent, and what was answered. */
  onDelivery: (url: string, body: string, answer: { status: number; text: string } | null) => void = () => undefined;
  private held: Notification[] = [];
  /** Counts resets: what was on its way at the time of one stops. */
  private era = 0;

  constructor(private readonly signer: () => Signer) {}

  take(order: Order, first: boolean): void {
    if (order.webhookUrl === null) return;
    const made = this.signer().notify(order, first);
    if (!made) return;
    const notification = { ...made, url: order.webhookUrl, orderId: order.id };
    this.sent.push(notification);
    if (this.mode === 'withhold') return;
    if (this.mode === 'hold') {
      this.held.push(notification);
      return;
    }
    void this.send(notification);
    if (this.mode === 'double') void this.send(notification);
  }

  get heldIds(): string[] {
    return this.held.map(({ id }) => id);
  }

  /** Sends what was held, one after another. */
  async release(order: 'as_happened' | 'reversed'): Promise<number> {
    const notifications = this.held.splice(0);
    for (const one of order === 'reversed' ? notifications.reverse() : notifications) {
      const { status } = await this.attempt(one, 1, null);
      if (!isTaken(status)) void this.send(one);
    }
    return notifications.length;
  }

  /** Sends one now, so many times at once; forged, if so. Not tried again. */
  deliver(id: string, times: number, forgery: Forgery | null): Promise<Delivery[]> {
    const notification = this.sent.find((one) => one.id === id);
    if (!notification) throw new Error(`No notification ${id}`);
    return Promise.all(Array.from({ length: times }, () => this.attempt(notification, 1, forgery)));
  }

  reset(): void {
    this.era++;
    this.mode = 'deliver';
    this.held = [];
    this.sent.length = 0;
    this.deliveries.length = 0;
  }

  private async send(notification: Notification): Promise<void> {
    this.inFlight++;
    await this.sendUntilTaken(notification).finally(() => this.inFlight--);
  }

  private async sendUntilTaken(notification: Notification): Promise<void> {
    const { era } = this;
    let pauseMs = this.retryMs;
    for (let attempt = 1; attempt <= ATTEMPTS && era === this.era; attempt++) {
      const { status } = await this.attempt(notification, attempt, null);
      if (isTaken(status)) return;
      await sleep(pauseMs, undefined, { ref: false });
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  private async attempt(notification: Notification, attempt: number, forgery: Forgery | null): Promise<Delivery> {
    const { id, orderId, type, url } = notification;
    const { headers, body } = this.signer().sign(notification, forgery);
    const delivery: Delivery = { id, orderId, type, attempt, status: null, forgery };
    let answered: { status: number; text: string } | null = null;
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
      answered = { status: answer.status, text: await answer.text() };
      delivery.status = answer.status;
    } catch {
      // Nobody there, or no answer in time: it is tried again.
    }
    this.deliveries.push(delivery);
    if (forgery === null) this.onDelivery(url, body, answered);
    return delivery;
  }
}

function isTaken(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}
