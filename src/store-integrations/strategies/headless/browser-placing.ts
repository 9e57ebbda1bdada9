import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { PlacedFigures, Placement, PlacementOutcome, ShopperAtStore } from '../../checkout-strategy';
import { Challenges } from '../../challenges/challenges';
import type { Reads } from '../../recipes';
import { rejected, unavailable, type Ended } from '../oauth-api/api-outcomes';
import { reached } from './browser-checkout-steps';
import { BrowserCheckouts, type BrowserCheckout } from './browser-checkouts.repository';
import { BrowserRuns, mayHaveClicked, type BrowserRunOutcome } from './browser-runs';
import { candidatesIn, isOrderNumber } from './order-match';
import { figuresOf } from './page-quote';
import { inputsOf } from './run-inputs';

/** From the promise on nobody else takes over for so long: by then the click was made, or never will be. */
const HOLD_SECONDS = 60;
/** How long a try waits for a browser, when it comes again, and how often. */
const BROWSER_WAIT_MS = 25_000;
const BUSY_MS = 1_000;
const TIMES_BUSY = 60;
const RELINK_MINUTES = 15;
const RELINK_LOOK_MS = 60_000;
/** So often the order list is read without finding the order, before a person looks. */
const LOOKS = 3;

/** One try at one placement. */
interface Try {
  placement: Placement;
  shopper: ShopperAtStore;
  userId: string;
  row: BrowserCheckout;
}

/** What became of it cannot be known yet: the runner tries again, and the next try looks first. Says nothing of anybody. */
class Unknown extends Error {
  override name = 'OutcomeUnknown';
}

/**
 * Places by a browser. Guarantees: the last click is made by the one run that was given leave to, after that was committed, and
 * within 20 s of it, while no other worker may take the placement over; whoever comes later never clicks, but reads the store's
 * list of orders; and an end without an order is told only by that one run, or by the store.
 */
@Injectable()
export class BrowserPlacing {
  private readonly logger = new Logger('StoreBrowser');
  /** Three looks within ten minutes of the promise. */
  lookAgainMs = 200_000;
  giveUpLookingMs = 600_000;
  /** Where the list could not be read. */
  tryLookMs = 30_000;

  constructor(
    private readonly rows: BrowserCheckouts,
    private readonly runs: BrowserRuns,
    private readonly challenges: Challenges,
  ) {}

  async place(placement: Placement, shopper: ShopperAtStore): Promise<PlacementOutcome> {
    const { store, placementId } = placement;
    const row = await this.rows.begin(shopper.storeCheckoutId, store.id);
    reached('begun', placementId);
    if (row.outcome) return row.outcome;
    const { userId } = shopper;
    if (userId === null) return this.end(row, unavailable('not_linked', `${store.name} has no sign-in of yours.`));
    const attempt = { placement, shopper, userId, row };
    return row.state === 'open' ? this.buy(attempt) : this.look(attempt);
  }

  private async buy(attempt: Try): Promise<PlacementOutcome> {
    const { placement, shopper, userId, row } = attempt;
    const { store, placementId } = placement;
    if (!row.storeOpen) return this.end(row, rejected('store_closed', `${store.name} no longer takes orders.`));
    const inputs = inputsOf(shopper, placement.lines);
    if (!inputs) return this.end(row, unavailable('address_missing', `${store.name} needs an address.`));
    if (await this.challenges.leftUnanswered(shopper.storeCheckoutId, 'place'))
      return this.end(row, unanswered(placement));
    const token = randomUUID();
    let isRefusedHold = false;
    const outcome = await this.runs.run({
      ...{ storeId: store.id, userId, flow: 'place', about: 'place', subjectId: shopper.storeCheckoutId, shopper },
      ...{ inputs: { ...inputs, agreedTotalCents: placement.agreedTotalCents }, waitMs: BROWSER_WAIT_MS },
      beforeLastClick: async (read) => {
        const mayClick = await this.promise(attempt, token, read ?? {});
        isRefusedHold = !mayClick;
        return mayClick;
      },
    });
    reached('ran', placementId);
    if (isRefusedHold) throw new Unknown('another worker has taken over');
    if (outcome.type === 'done') return this.bought(attempt, outcome.read);
    if (mayHaveClicked(outcome)) return this.look(attempt, outcome);
    return this.notBought(attempt, token, outcome);
  }

  /** Leave for the one click: the placement is this worker's for a minute, and it is committed that somebody may click. */
  private async promise({ placement, row }: Try, token: string, read: Reads): Promise<boolean> {
    if (placement.hold && !(await placement.hold(HOLD_SECONDS))) return false;
    const seen = { totalCents: read.total ?? null, figures: otherThanAgreed(placement, read) };
    const promisedAt = await this.rows.promise(row.id, token, seen);
    if (!promisedAt) return false;
    Object.assign(row, { state: 'clicking', promisedAt, ...seen });
    reached('promised', placement.placementId);
    return true;
  }

  private bought(attempt: Try, read: Reads): Promise<PlacementOutcome> {
    const number = read.orderNumber;
    return !isOrderNumber(number)
      ? this.look(attempt)
      : this.record(attempt, number, otherThanAgreed(attempt.placement, read));
  }

  private async record(
    { placement, row }: Try,
    storeOrderNumber: string,
    figures: PlacedFigures | null,
  ): Promise<PlacementOutcome> {
    const told = { storeOrderNumber, storeOrderId: storeOrderNumber, placedAtStore: true };
    const outcome: PlacementOutcome = { type: 'placed', ...told, ...(figures && { figures }) };
    if (!(await this.rows.placed(row.id, storeOrderNumber, outcome))) {
      const { placementId, store } = placement;
      this.logger.error({ message: 'an order that was given up', placementId, storeId: store.id });
      throw new Unknown('given up, but ordered');
    }
    reached('recorded', placement.placementId);
    return outcome;
  }

  /** The run has ended and did not click: another tier may try, unless the store has said no. */
  private async notBought(attempt: Try, token: string, outcome: BrowserRunOutcome): Promise<PlacementOutcome> {
    const { placement, row } = attempt;
    const { name } = placement.store;
    const end = (ended: Ended) =>
      row.state === 'clicking' ? this.endUnclicked(row, token, ended) : this.end(row, ended);
    switch (outcome.type) {
      case 'not_run':
        if ((outcome.code === 'busy' || outcome.code === 'proving') && placement.timesThrottled < TIMES_BUSY)
          return { type: 'throttled', retryAfterMs: BUSY_MS };
        return outcome.code === 'refused' ? this.askToRelink(attempt) : end(unavailable(outcome.code, outcome.detail));
      case 'down':
        return end(unavailable('store_down', `${name} does not answer at present.`));
      case 'out_of_stock':
        return end(rejected('out_of_stock', `${name} has sold out of something of this.`));
      case 'price_moved':
        return end(rejected('price_changed', `${name} asks for more than was agreed.`));
      case 'no_instrument':
        return end(unavailable('no_saved_payment', `${name} has no means of payment of yours saved.`));
      case 'challenge':
        return end(unanswered(placement));
      case 'login_wall':
        return row.state === 'clicking'
          ? end(unavailable('login_wall', `${name} asked to sign in again.`))
          : this.askToRelink(attempt);
      default:
        return end(unavailable(outcome.type, `${name}'s site could not be gone through.`));
    }
  }

  private async askToRelink({ placement, row }: Try): Promise<PlacementOutcome> {
    const { name } = placement.store;
    const { until, over } = await this.rows.awaitRelink(row.id, RELINK_MINUTES);
    if (over) return this.end(row, unavailable('not_linked_again', `Your sign-in at ${name} was not given again.`));
    // It is told of at once; but the telling may have come while this try was under way.
    const lookAgainMs = Math.min(Math.max(until.getTime() - Date.now(), 0) + 1_000, RELINK_LOOK_MS);
    const action = { type: 'relink' as const, url: null, expiresAt: until };
    return { type: 'actionRequired', action, lookAgainMs, detail: `Give your sign-in at ${name} again to go on` };
  }

  /**
   * Somebody may have clicked: the store's list of orders says whether. `said`: how the page answered the click. It is over
   * without an order only where the store has said no to it and lists none; where it says nothing, a person looks.
   */
  private async look(attempt: Try, said?: BrowserRunOutcome): Promise<PlacementOutcome> {
    const { placement, shopper, userId, row } = attempt;
    const { store } = placement;
    const isOver = Date.now() - row.promisedAt!.getTime() >= this.giveUpLookingMs;
    const outcome = await this.runs.run({
      ...{ storeId: store.id, userId, flow: 'orderList', inputs: {}, about: 'place', shopper, insists: true },
      ...{ subjectId: shopper.storeCheckoutId, waitMs: BROWSER_WAIT_MS },
    });
    if (outcome.type !== 'done' || !outcome.read.orders)
      return isOver ? NOBODY_KNOWS : { type: 'throttled', retryAfterMs: this.tryLookMs };
    const found = await this.found(attempt, outcome.read);
    // Of two that it may be nobody can say which.
    if (found.length > 1) return NOBODY_KNOWS;
    if (found.length === 1) return this.record(attempt, found[0]!.number, row.figures);
    const refusal = said && refusalOf(placement, said);
    if (refusal) {
      if (!(await this.rows.notThere(row.id, refusal))) throw new Unknown('another worker has decided');
      return refusal;
    }
    const looks = await this.rows.looked(row.id);
    if (looks === null) throw new Unknown('another worker has decided');
    return looks >= LOOKS || isOver ? NOBODY_KNOWS : { type: 'throttled', retryAfterMs: this.lookAgainMs };
  }

  private async found({ placement, row }: Try, { orders = [] }: Reads): Promise<{ number: string }[]> {
    const { agreedTotalCents, store } = placement;
    const numbers = orders.flatMap(({ number }) => number ?? []);
    const known = await this.rows.knownOrders(row.id, store.id, numbers);
    return candidatesIn(orders, { promisedAt: row.promisedAt!, totalCents: row.totalCents, agreedTotalCents, known });
  }

  /** Without an order, before anybody might click: from here on nobody may. */
  private async end(row: BrowserCheckout, outcome: Ended): Promise<PlacementOutcome> {
    if (!(await this.rows.over(row.id, outcome))) throw new Unknown('another worker is past this');
    return outcome;
  }

  private async endUnclicked(row: BrowserCheckout, token: string, outcome: Ended): Promise<PlacementOutcome> {
    if (!(await this.rows.notClicked(row.id, token, outcome))) throw new Unknown('another worker has decided');
    return outcome;
  }
}

const NOBODY_KNOWS: PlacementOutcome = { type: 'unknowable', reason: 'not_in_the_order_list' };

function unanswered({ store }: Placement): Ended {
  return unavailable('challenge_unanswered', `${store.name} asked you something that was not answered in time.`);
}

/** The store's own no to the click, in words of its page that the recipe knows. */
function refusalOf({ store }: Placement, said: BrowserRunOutcome): Ended | null {
  switch (said.type) {
    case 'out_of_stock':
      return rejected('out_of_stock', `${store.name} has sold out of something of this.`);
    case 'price_moved':
      return rejected('price_changed', `${store.name} asks for more than was agreed.`);
    case 'no_instrument':
      return rejected('payment_declined', `${store.name} did not take the payment.`);
    default:
      return null;
  }
}

/** What it came to, where that is not what was agreed. */
function otherThanAgreed({ agreedTotalCents, store }: Placement, read: Reads): PlacedFigures | null {
  const { subtotal, total } = read;
  if (typeof total !== 'number' || total === agreedTotalCents || typeof subtotal !== 'number') return null;
  return figuresOf(store.name, subtotal, total, read);
}
