import { Faults } from './faults/faults';
import { Idempotency } from './http/idempotency';
import { Webhooks } from './webhooks/webhooks';
import { World } from './world/world';

export interface DoubleOptions {
  /** The secret key of the platform. */
  key: string;
  webhookUrl: string | null;
  webhookSecret: string;
}

/** A call of Stripe's API that was met. */
export interface CallRecord {
  method: string;
  path: string;
  account: string | null;
  idempotencyKey: string | null;
  requestId: string;
  /** Of what was answered; null when nothing was. */
  status: number | null;
  fault: string | null;
  replayed: boolean;
}

const CALLS_KEPT = 20_000;
const RETRY_MS = 500;
const ATTEMPTS = 16;

/** The parts of the double, and what they share. */
export class Double {
  readonly world = new World();
  readonly faults = new Faults();
  readonly idempotency = new Idempotency();
  readonly webhooks: Webhooks;
  readonly calls: CallRecord[] = [];
  /** Set once it listens. */
  baseUrl = '';

  constructor(readonly options: DoubleOptions) {
    const { webhookUrl: url, webhookSecret: secret } = options;
    this.webhooks = new Webhooks({ url, secret, retryMs: RETRY_MS, attempts: ATTEMPTS, enabledEvents: null });
    this.world.onEvent = (event) => this.webhooks.take(event);
  }

  record(call: CallRecord): void {
    this.calls.push(call);
    if (this.calls.length > CALLS_KEPT) this.calls.shift();
  }

  /** As after the start, but for where webhooks go. */
  reset(): void {
    this.webhooks.reset();
    this.world.reset();
    this.faults.reset();
    this.idempotency.reset();
    this.calls.length = 0;
  }
}
