import { Faults } from './faults/faults';
import type { Reply, Route } from './http/call';
import { Idempotency } from './http/idempotency';
import { Recorder } from './http/recorder';
import { Grants } from './oauth/grants';
import { OAuthServer } from './oauth/oauth';
import { Outbox, type Signer } from './webhooks/outbox';
import { Catalogue, type Good } from './world/catalogue';
import { Clock } from './world/clock';
import { Orders } from './world/orders';
import { storePages } from './world/pages';
import { Shop } from './world/shop';

export interface StoreOptions {
  /** The way to the store's goods and manners; see kinds.ts. */
  kind: string;
  /** Between two moves of an order; 0: by control only. */
  moveMs: number;
  /** Sells to people who are not signed in. */
  guestCheckout: boolean;
  accessTokenSeconds: number;
  sessionSeconds: number;
  redirectUris: string[];
  /** What the protocol's own part reads, such as versions and shared secrets. */
  env: Record<string, string | undefined>;
  recordFile: string | null;
}

/** What a store of a kind brings beside what all of them have. */
export interface Protocol {
  name: string;
  goods: readonly Good[];
  scopes: string[];
  routes: Route[];
  signer: Signer;
  /** What it keeps of its own from one start to the next: its keys. */
  kept?(): unknown;
  restore?(kept: unknown): void;
  /** A control that only it has. */
  control?(what: string, parameters: Record<string, unknown>): unknown;
  reset?(): void;
  errorReply(status: number, retryAfterSeconds: number | null): Reply;
}

/** A call that was met. */
export interface CallRecord {
  step: string;
  method: string;
  path: string;
  idempotencyKey: string | null;
  /** Of what was answered; null when nothing was. */
  status: number | null;
  fault: string | null;
  replayed: boolean;
  /** How long the store itself took. */
  ms: number;
}

const CALLS_KEPT = 20_000;

/** The parts of a sandbox store, and what they share. */
export class SandboxStore {
  readonly clock = new Clock();
  readonly faults = new Faults();
  readonly idempotency = new Idempotency();
  readonly grants = new Grants(this.clock);
  readonly orders = new Orders();
  readonly oauth: OAuthServer;
  readonly shop: Shop;
  readonly catalogue: Catalogue;
  readonly outbox: Outbox;
  readonly recorder: Recorder;
  readonly calls: CallRecord[] = [];
  readonly routes: Route[];
  private readonly protocol: Protocol;
  /** Set once it listens. */
  baseUrl = '';
  /** Hears that something may have changed: whoever keeps it. */
  onChange: () => void = () => undefined;

  constructor(
    readonly options: StoreOptions,
    protocolOf: (store: SandboxStore) => Protocol,
  ) {
    this.oauth = new OAuthServer(this);
    this.oauth.redirectUris = options.redirectUris;
    this.grants.accessTokenSeconds = options.accessTokenSeconds;
    this.orders.moveMs = options.moveMs;
    this.shop = new Shop(this);
    this.recorder = new Recorder(options.recordFile);
    this.outbox = new Outbox(() => this.protocol.signer);
    this.protocol = protocolOf(this);
    this.catalogue = new Catalogue(this.protocol.goods);
    this.routes = [...this.oauth.routes(), ...this.protocol.routes, ...storePages(this)];
    this.orders.onChange = (order) => {
      this.outbox.take(order, order.events.length === 1 && order.adjustments.length === 0);
      this.onChange();
    };
  }

  get name(): string {
    return this.protocol.name;
  }

  get scopes(): string[] {
    return this.protocol.scopes;
  }

  errorReply(status: number, retryAfterSeconds: number | null = null): Reply {
    return this.protocol.errorReply(status, retryAfterSeconds);
  }

  control(what: string, parameters: Record<string, unknown>): unknown {
    return this.protocol.control?.(what, parameters);
  }

  record(call: CallRecord): void {
    this.calls.push(call);
    if (this.calls.length > CALLS_KEPT) this.calls.shift();
  }

  /** As after the start, but for keys and what it is set to. */
  reset(): void {
    for (const part of [this.clock, this.idempotency, this.grants, this.orders, this.oauth, this.shop]) part.reset();
    this.outbox.reset();
    this.catalogue.reset();
    this.faults.clear();
    this.protocol.reset?.();
    this.calls.length = 0;
  }

  kept(): Record<string, unknown> {
    return {
      goods: this.catalogue.all(),
      grants: this.grants.all(),
      checkouts: this.shop.all(),
      orders: this.orders.all(),
      answers: this.idempotency.kept(),
      own: this.protocol.kept?.(),
    };
  }

  restore(kept: never): void {
    const { goods, grants, checkouts, orders, answers, own } = kept as Record<string, never>;
    this.catalogue.restore(goods!);
    this.grants.restore(grants!);
    this.shop.restore(checkouts!);
    this.orders.restore(orders!);
    this.idempotency.restore(answers!);
    this.protocol.restore?.(own);
  }
}
