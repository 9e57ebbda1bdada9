import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../platform/database';
import { StorePages, type FollowedStore } from '../../following/followed-store';
import type { RemoteOrder, RemoteOrderStatus, RemoteParcelStatus, StoreAbility } from '../../protocols/store-api';
import { StoreFault } from '../../protocols/store-fault';
import { ORDER_STATUSES, Recipes, knowsHow, type Reads } from '../../recipes';
import { BrowserRuns, mayHaveClicked, type BrowserRunOutcome } from './browser-runs';

const WAIT_MS = 60_000;
const BUSY_MS = 60_000;
const CHALLENGED_MS = 3_600_000;
const LONGEST_NUMBER = 255;
const LONGEST_CARRIER = 100;

const FACTS = statement(
  'browser_orders.facts',
  `SELECT s.currency, c.id AS "checkoutId", coalesce(c.total_cents, 0)::float8 AS "totalCents"
     FROM stores s LEFT JOIN store_browser_checkouts c ON c.store_id = s.id AND c.order_number = $2 WHERE s.id = $1`,
);
const OF_STORE = statement('browser_orders.subject', `SELECT uuidv7() AS id`);

interface Facts {
  currency: string;
  /** Of the row by which it was placed; null where that is forgotten. */
  checkoutId: string | null;
  totalCents: number;
}

const PARCEL_STATUSES: readonly RemoteParcelStatus[] = [
  ...(['pre_transit', 'in_transit', 'out_for_delivery', 'delivered', 'exception', 'returned', 'unknown'] as const),
];

/** What a parcel is taken to be where the page says it of the whole order only. */
const OF_ORDER: Partial<Record<RemoteOrderStatus, RemoteParcelStatus>> = {
  ...{ shipped: 'in_transit', delivered: 'delivered', returned: 'returned' },
};

/** Follows and cancels orders by the store's own order pages, signed in as their buyer; asks them nothing. */
@Injectable()
export class BrowserOrders extends StorePages {
  constructor(
    private readonly runs: BrowserRuns,
    private readonly recipes: Recipes,
    private readonly database: Database,
  ) {
    super();
  }

  async of(storeId: string, userId: string | null): Promise<FollowedStore | null> {
    const serving = await this.recipes.activeOf(this.database, storeId);
    if (!serving || userId === null) return null;
    const offered = (['track', 'cancel'] as const).filter((flow) => knowsHow(serving.recipe, flow));
    return {
      offers: () => Promise.resolve(new Set<StoreAbility>(offered)),
      order: (number) => this.ask(storeId, userId, 'track', number),
      cancelOrder: (number) => this.ask(storeId, userId, 'cancel', number),
    };
  }

  private async ask(storeId: string, userId: string, flow: 'track' | 'cancel', number: string) {
    const facts = (await this.database.maybeOne<Facts>(FACTS, [storeId, number]))!;
    const subjectId = facts.checkoutId ?? (await this.database.maybeOne<{ id: string }>(OF_STORE))!.id;
    const outcome = await this.runs.run({
      ...{ storeId, userId, flow, about: flow, subjectId, inputs: { order: { number } }, waitMs: WAIT_MS },
      beforeLastClick: () => Promise.resolve(true),
    });
    if (outcome.type !== 'done') throw faultOf(flow, outcome);
    return orderOf(number, outcome.read, facts);
  }
}

/** What a page says of an order, as a store's interface would say it. */
export function orderOf(
  number: string,
  { status, estimatedFrom, estimatedTo, parcels = [] }: Reads,
  { totalCents, currency }: Pick<Facts, 'totalCents' | 'currency'>,
): RemoteOrder {
  const known = ORDER_STATUSES.find((one) => one === status);
  if (!known) throw new StoreFault('unavailable', 'status_not_known', '');
  return {
    ...{ id: number, number, checkoutId: null, status: known, totalCents, currency, refundedCents: 0, updatedAt: null },
    parcels: parcels.flatMap(({ carrier, trackingNumber, trackingUrl, status: told }) => {
      if (!trackingNumber || trackingNumber.length > LONGEST_NUMBER) return [];
      const ofParcel = PARCEL_STATUSES.find((one) => one === told) ?? OF_ORDER[known] ?? 'pre_transit';
      return [
        {
          ...{
            key: trackingNumber,
            carrier: carrier?.slice(0, LONGEST_CARRIER) ?? null,
            trackingNumber,
            trackingUrl: trackingUrl ?? null,
          },
          ...{ status: ofParcel, events: [], lines: [] },
        },
      ];
    }),
    estimatedDelivery: estimatedFrom && estimatedTo ? { from: estimatedFrom, to: estimatedTo } : null,
  };
}

function faultOf(flow: 'track' | 'cancel', outcome: Exclude<BrowserRunOutcome, { type: 'done' }>): StoreFault {
  if (mayHaveClicked(outcome)) return new StoreFault('unknown', outcome.type, '');
  switch (outcome.type) {
    case 'not_run':
      switch (outcome.code) {
        case 'refused':
        case 'not_linked':
        case 'no_consent':
          return new StoreFault('relink', outcome.code, '');
        case 'busy':
        case 'proving':
        case 'no_browser':
          return new StoreFault('throttled', outcome.code, '', BUSY_MS);
        default:
          return new StoreFault('unavailable', outcome.code, '');
      }
    case 'down':
      return new StoreFault('throttled', 'known_down', '', BUSY_MS);
    // Nobody is there to answer; once they have bought something again the store may know the browser.
    case 'challenge':
      return flow === 'track'
        ? new StoreFault('throttled', outcome.type, '', CHALLENGED_MS)
        : new StoreFault('unavailable', outcome.type, '');
    case 'login_wall':
      return new StoreFault('relink', outcome.type, '');
    default:
      return new StoreFault('unavailable', outcome.type, '');
  }
}
