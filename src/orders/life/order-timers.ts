import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Database, type Tx } from '../../platform/database';
import { InTurn, Jobs } from '../../platform/jobs';
import { Metrics } from '../../platform/metrics';
import { allows, type OrderTimer } from '../order-states';
import type { LockedOrder } from '../orders.repository';
import { OrderCompletion } from './order-completion';
import { OrderLifeRepository } from './order-life.repository';
import { OrderMoves } from './order-moves';

const EVERY_MS = 30_000;
/** No more than so many in one run, so that a run ends. */
const BATCH = 200;

/**
 * What the clock does to orders that nobody moves: unconfirmed ones are cancelled, shipped ones without news taken as
 * delivered, delivered ones completed. Guarantees: each in a transaction of its own, by the same tables as people; where a person
 * or another process has the order that moment, they go first and the clock looks again; done twice it is done once.
 */
@Injectable()
export class OrderTimers implements OnModuleInit {
  private readonly turn = new InTurn(new Logger('OrderTimers'), 'moved');

  constructor(
    private readonly life: OrderLifeRepository,
    private readonly moves: OrderMoves,
    private readonly completion: OrderCompletion,
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.jobs.every(EVERY_MS, 'orders whose time has come', async () => void (await this.runOnce()));
    const gauges = {
      muse_orders_overdue: { help: 'Orders that the clock should have moved, and no worker has' },
      muse_orders_overdue_oldest_seconds: { help: 'How long the first of these has been waiting' },
    };
    this.metrics.atScrape('order timers', gauges, async () => {
      const { orders, oldest } = await this.life.overdue();
      return { muse_orders_overdue: [{ value: orders }], muse_orders_overdue_oldest_seconds: [{ value: oldest }] };
    });
  }

  /** Gives how many it moved. */
  async runOnce(): Promise<number> {
    const due = await this.life.due(BATCH, this.turn.resting);
    return this.turn.each(due, (orderId) => this.database.transaction((tx) => this.one(tx, orderId)));
  }

  private async one(tx: Tx, orderId: string): Promise<boolean> {
    const order = await this.life.lockDue(tx, orderId);
    if (!order) return false;
    return WHEN_DUE[order.timerKind](this, tx, order);
  }

  async notConfirmed(tx: Tx, order: LockedOrder): Promise<boolean> {
    if (!allows('expire', 'system', order)) return this.later(tx, order, order.status === 'pending');
    await this.moves.move(tx, 'expire', order, { ...BY_TIME, reason: 'not_confirmed_in_time' });
    return true;
  }

  async noNews(tx: Tx, order: LockedOrder): Promise<boolean> {
    if (!allows('deliver', 'system', order)) return this.later(tx, order, false);
    await this.moves.move(tx, 'deliver', order, { ...BY_TIME, reason: 'no_news' }, { by: 'timer' });
    return true;
  }

  async notMarked(tx: Tx, order: LockedOrder): Promise<boolean> {
    const isComing = order.status === 'delivered' && (await this.life.unitsComingBack(tx, order.id)) > 0;
    if (isComing || !allows('autoComplete', 'system', order))
      return this.later(tx, order, order.status === 'delivered');
    await this.completion.byTime(tx, order);
    return true;
  }

  /** Something else decides first: looked at again in a day, or never, where its state needs no clock. */
  private async later(tx: Tx, { id }: LockedOrder, again: boolean): Promise<boolean> {
    await (again ? this.life.postpone(tx, id) : this.life.stopTimer(tx, id));
    return false;
  }
}

const BY_TIME = { actor: 'system', actorId: null } as const;

const WHEN_DUE: Record<OrderTimer, (timers: OrderTimers, tx: Tx, order: LockedOrder) => Promise<boolean>> = {
  confirm: (timers, tx, order) => timers.notConfirmed(tx, order),
  deliver: (timers, tx, order) => timers.noNews(tx, order),
  complete: (timers, tx, order) => timers.notMarked(tx, order),
};
