import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Tx } from '../../platform/database';
import { Events } from '../../platform/events';
import { CARRIERS, PARCEL_TOLD, TrackedParcels, type TrackedParcel } from '../../store-integrations';
import { ORDER_NUMBER_KNOWN, ORDER_SHIPPED } from '../orders.events';
import { OrderTracking } from './order-tracking';
import { OrderTrackingRepository } from './order-tracking.repository';
import type { Days } from './told';

const CONSUMER = 'carrier-tracking';
const UNDER_WAY: ReadonlySet<string> = new Set([
  'pre_transit',
  'in_transit',
  'out_for_delivery',
  'exception',
  'unknown',
]);

/** Tells OrderTracking what carriers say of the parcels of orders, and has them asked once a merchant has sent some. */
@Injectable()
export class CarrierTracking implements OnModuleInit {
  constructor(
    private readonly repository: OrderTrackingRepository,
    private readonly tracking: OrderTracking,
    private readonly carriers: TrackedParcels,
    private readonly events: Events,
  ) {}

  onModuleInit(): void {
    this.events.subscribe(ORDER_SHIPPED, CONSUMER, (tx, { aggregateId }) => this.tracking.follow(tx, aggregateId));
    this.events.subscribe(ORDER_NUMBER_KNOWN, CONSUMER, (tx, { aggregateId }) =>
      this.tracking.catchUp(tx, aggregateId),
    );
    this.events.subscribe(PARCEL_TOLD, CONSUMER, (tx, { aggregateId }) => this.heard(tx, aggregateId));
  }

  /** Orders one after the other, each by its lock; a parcel may carry several. */
  private async heard(tx: Tx, trackedId: string): Promise<void> {
    const parcels = await this.repository.trackedWith(tx, trackedId);
    const ids = [...new Set(parcels.map((one) => one.trackedId))];
    const known = new Map((await this.carriers.some(tx, ids)).map((one) => [one.id, one]));
    const told = known.get(trackedId);
    if (!told?.answer) return;
    for (const { orderId, trackingNumber } of parcels.filter((one) => one.trackedId === trackedId)) {
      const own = parcels.filter((one) => one.orderId === orderId).map((one) => known.get(one.trackedId));
      await this.tracking.hear(tx, orderId, {
        ...{ source: 'carrier', at: told.toldAt?.toISOString() ?? null, estimatedDelivery: allDays(own) },
        parcels: [
          {
            ...{ carrier: CARRIERS[told.carrier].name, trackingNumber, trackingUrl: null },
            ...{ status: told.answer.status, events: told.answer.events },
          },
        ],
      });
    }
  }
}

/** An order has come when the last of its parcels has. */
function allDays(parcels: readonly (TrackedParcel | undefined)[]): Days | null {
  const days = parcels.flatMap((one) =>
    one?.answer?.estimatedDelivery && UNDER_WAY.has(one.answer.status) ? [one.answer.estimatedDelivery] : [],
  );
  const last = days.sort((a, b) => (a.to < b.to ? -1 : 1)).at(-1);
  return last ?? null;
}
