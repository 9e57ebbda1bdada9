import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Database, type Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { Jobs, holdingLease, reasonOf } from '../../platform/jobs';
import { ACCOUNT_UNLINKED, StoreAvailability, StoreFault } from '../../store-integrations';
import type { LineIdentity } from '../cart-line';
import { type AskedLine, AvailabilityRepository, CHECK_TASK, AVAILABILITY_DUE } from './availability.repository';

/** A store is asked once in so long, whoever looks and however often. */
export const WINDOW_SECONDS = 60;
const LONGEST_SECONDS = 3_600;
/** Where nothing had to be asked for, nobody was asked. */
const LOOK_AGAIN_SECONDS = 5;
/** Of one store at once. The rest waits for the next window. */
const MOST_GOODS = 100;
/** Their rows are locked together: so few that no shopper notices. */
const CARTS_AT_ONCE = 20;
const FORGET_EVERY_MS = 10 * 60_000;

/** What a store says of some goods: price in minor units of the store's currency; null: it does not say. */
export interface SaidOfGoods {
  externalId: string;
  priceCents: number | null;
  available: number | null;
}

/** A line of a cart, and what its store says of it. */
export interface QuotedLine extends LineIdentity {
  priceCents: number;
  /** Null: there is enough. */
  available: number | null;
}

/**
 * Keeps prices and stock fresh of goods whose stores can be asked, in carts that were looked at lately by shoppers whom the
 * store serves. Guarantees: one worker asks a store, once a window, for every cart together; ever less often while it does not
 * answer; what it says stands in the lines with the moment, shows as `problems[]`, and wakes the streams of carts where it is
 * news. No request waits for a store.
 */
@Injectable()
export class CartAvailability implements OnModuleInit {
  private readonly logger = new Logger('CartAvailability');

  constructor(
    private readonly repository: AvailabilityRepository,
    private readonly availability: StoreAvailability,
    private readonly database: Database,
    private readonly events: Events,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(CHECK_TASK, ({ id }) => this.runOnce(id), AVAILABILITY_DUE);
    this.jobs.every(FORGET_EVERY_MS, 'what stores said of goods long ago', () => this.repository.forget());
    // Whom a store serves no more, it tells nothing more: what it said would stand there for ever.
    this.events.subscribe(ACCOUNT_UNLINKED, 'cart-availability', async (tx, { payload }) => {
      const { storeId, userId } = payload as { storeId?: string; userId?: string };
      if (storeId && userId) await this.repository.forgetOf(tx, userId, storeId);
    });
  }

  /** Asks one store, if its time has come and nobody else does. */
  async runOnce(storeId: string): Promise<void> {
    const lease = randomUUID();
    const claimed = await this.repository.claim(storeId, lease, WINDOW_SECONDS);
    if (!claimed) return;
    await holdingLease(
      () => this.repository.renew(storeId, lease),
      () => this.ask(storeId, lease, claimed),
    );
  }

  /**
   * What a store has said in a quote to this very shopper: of lines in their cart, and in nobody else's. The session is
   * locked, and the cart is next in the order of locks.
   */
  async quoted(tx: Tx, shopperId: string, lines: QuotedLine[]): Promise<void> {
    if (lines.length === 0) return;
    const cartId = await this.repository.lockCartOf(tx, shopperId);
    if (cartId !== undefined) await this.repository.writeQuoted(tx, cartId, lines);
  }

  private async ask(storeId: string, lease: string, { currency, failures }: { currency: string; failures: number }) {
    try {
      const lines = await this.repository.lines(storeId, MOST_GOODS);
      if (lines.length === 0)
        return await this.repository.later(storeId, lease, LOOK_AGAIN_SECONDS, 'nothing_to_ask', 0);
      const told = await this.availability.check(storeId, basketOf(lines), currency);
      if (!told) return await this.repository.later(storeId, lease, LONGEST_SECONDS, 'not_offered', 0);
      const goods = told.map(({ itemId, priceCents, available }) => ({ externalId: itemId, priceCents, available }));
      await this.write(storeId, lines, goods);
      await this.repository.done(storeId, lease);
    } catch (error) {
      const fault = error instanceof StoreFault ? error : undefined;
      if (!fault) this.logger.error({ message: 'store not asked for goods', storeId, reason: reasonOf(error) });
      const backoff = Math.min(WINDOW_SECONDS * 2 ** Math.min(failures, 10), LONGEST_SECONDS);
      const wait = Math.max(backoff, Math.ceil((fault?.retryAfterMs ?? 0) / 1000));
      await this.repository.later(storeId, lease, wait, fault?.message ?? reasonOf(error), 1);
    }
  }

  /** Some carts at a time; a cart's row before its lines, and of several in one order, as everywhere. */
  private async write(storeId: string, lines: AskedLine[], goods: SaidOfGoods[]): Promise<void> {
    const carts = [...new Set(lines.flatMap(({ cartIds }) => cartIds))].sort();
    for (let from = 0; from < carts.length; from += CARTS_AT_ONCE) {
      const some = carts.slice(from, from + CARTS_AT_ONCE);
      await this.database.transaction(async (tx) => {
        await this.repository.lockCarts(tx, some);
        await this.repository.write(tx, storeId, some, goods);
      });
    }
  }
}

/** Each of the goods once, as many as the one who wants most of them. */
function basketOf(lines: AskedLine[]) {
  return lines.map(({ externalId, quantity }) => ({ itemId: externalId, externalId, quantity }));
}
