import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ErasureRegistry, type Caller } from '../../identity';
import { OrderParties, type OrderActor, type OrderSide, type SharedOrder } from '../../orders';
import { Config } from '../../platform/config';
import { Database, type Reader } from '../../platform/database';
import { Events } from '../../platform/events';
import { Jobs } from '../../platform/jobs';
import { NO_ARBITRATION } from '../disclaimer';
import type { RateRequest } from '../dto/rating.request';
import type { OrderRatingsResponse, RatingResponse } from '../dto/rating.response';
import { sharedSide } from '../shared-side';
import { NotRateable } from '../trust.errors';
import { ratingGiven, ratingsShown } from '../trust.events';
import { Words } from '../words';
import { closesAt, refusalOf } from './rating-window';
import { RatingsRepository, type RatingRow } from './ratings.repository';

const SHOW_EVERY_MS = 30_000;
/** No more than so many in one transaction. */
const SHOWN_AT_ONCE = 200;

/** One side of an order. */
interface Of {
  side: OrderSide;
  orderId: string;
  storeId?: string;
}

/**
 * What both sides of a completed order think of each other. Guarantees: one rating an order and side, however many come at
 * once; neither side sees the other's before both are in or the time is over, though it is told that there is one; from then
 * on both stay as they are, and count.
 */
@Injectable()
export class RatingsService implements OnModuleInit {
  constructor(
    private readonly ratings: RatingsRepository,
    private readonly parties: OrderParties,
    private readonly words: Words,
    private readonly events: Events,
    private readonly erasures: ErasureRegistry,
    private readonly jobs: Jobs,
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.jobs.every(SHOW_EVERY_MS, 'ratings to show', async () => void (await this.showDue()));
    this.erasures.register('trust.ratings', (tx, userId) => this.ratings.forgetWords(tx, userId), { ratings: true });
  }

  /** Throws NotFound, NotBetweenTwo. */
  ofBuyer(actor: OrderActor, orderId: string): Promise<OrderRatingsResponse> {
    return this.look(actor, { side: 'buyer', orderId });
  }

  /** Throws NotFound, NotBetweenTwo. */
  ofMerchant(caller: Caller, storeId: string, orderId: string): Promise<OrderRatingsResponse> {
    return this.look(caller, { side: 'merchant', orderId, storeId });
  }

  /** Gives a rating, or changes it while nobody has seen it. Throws NotFound, NotBetweenTwo, NotRateable. */
  byBuyer(actor: OrderActor, orderId: string, body: RateRequest): Promise<OrderRatingsResponse> {
    return this.rate(actor, { side: 'buyer', orderId }, body);
  }

  /** As byBuyer(). */
  byMerchant(caller: Caller, storeId: string, orderId: string, body: RateRequest): Promise<OrderRatingsResponse> {
    return this.rate(caller, { side: 'merchant', orderId, storeId }, body);
  }

  /** Shows what was given where the other side stayed silent until the time was over; gives of how many orders. */
  async showDue(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const shown = await this.ratings.showDue(tx, SHOWN_AT_ONCE);
      await this.events.publish(tx, ...shown.map(({ orderId, storeId }) => ratingsShown(orderId, storeId)));
      return shown.length;
    });
  }

  private async look(actor: OrderActor, of: Of): Promise<OrderRatingsResponse> {
    const order = sharedSide(await this.parties.look(this.database, actor, of.orderId), of);
    return this.shown(order, of.side, this.database);
  }

  private rate(actor: OrderActor, of: Of, { stars, words }: RateRequest): Promise<OrderRatingsResponse> {
    const { side, orderId } = of;
    return this.database.transaction(async (tx) => {
      // Under the order's lock: of two that come at once the second sees the first, and shows both.
      const order = sharedSide(await this.parties.lock(tx, actor, orderId), of);
      const present = await this.ratings.ofOrder(orderId, tx);
      const refusal = this.refusal(order, present);
      if (refusal) throw new NotRateable(refusal);
      const sealed = await this.words.seal(tx, actor, orderId, placeOfRating(orderId, side), words ?? null);
      const showAt = closesAt(order.completedAt!, this.config.RATING_WINDOW_DAYS);
      const given = await this.ratings.give(
        tx,
        { orderId, storeId: order.storeId, side, stars, showAt },
        words === undefined ? { ...sealed, content: null } : sealed,
      );
      if (given === undefined) throw new NotRateable('shown');
      // The other side is told that there is one, and not each time that it is changed.
      if (given.isNew) await this.events.publish(tx, ratingGiven(given.id, orderId, order.storeId, side));
      if (await this.ratings.showBoth(tx, orderId)) await this.events.publish(tx, ratingsShown(orderId, order.storeId));
      return this.shown(order, side, tx);
    });
  }

  private refusal({ completedAt, now }: SharedOrder, ratings: RatingRow[]) {
    const isShown = ratings.some(({ shownAt }) => shownAt !== null);
    return refusalOf({ completedAt, isShown, now, windowDays: this.config.RATING_WINDOW_DAYS });
  }

  private async shown(order: SharedOrder, side: OrderSide, reader: Reader): Promise<OrderRatingsResponse> {
    const ratings = await this.ratings.ofOrder(order.id, reader);
    const of = (row: RatingRow | undefined): RatingResponse | null =>
      row
        ? {
            stars: row.stars,
            words: this.words.open<string>(row, placeOfRating(order.id, row.side)),
            at: row.updatedAt.toISOString(),
          }
        : null;
    const shownAt = ratings.find((row) => row.shownAt !== null)?.shownAt ?? null;
    return {
      orderId: order.id,
      yours: of(ratings.find((row) => row.side === side)),
      theirs: of(ratings.find((row) => row.side !== side && row.shownAt !== null)),
      open: this.refusal(order, ratings) === null,
      closesAt: order.completedAt && closesAt(order.completedAt, this.config.RATING_WINDOW_DAYS).toISOString(),
      shownAt: shownAt?.toISOString() ?? null,
      disclaimer: NO_ARBITRATION,
    };
  }
}

/** Of an order's side rather than of a row: a rating that is changed stays where it is. */
export function placeOfRating(orderId: string, side: OrderSide): string {
  return `ratings:${orderId}:${side}`;
}
