import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { Clock } from '../../../platform/clock';
import type {
  Basket,
  BasketLine,
  RemoteAvailability,
  RemoteCheckout,
  RemoteOrder,
  StoreAbility,
  StoreApi,
  StoreCall,
  StorePayment,
} from '../store-api';
import type { AnswerReader } from '../answer-reader';
import { StoreFault } from '../store-fault';
import { badAnswer } from '../store-http';
import { NOT_FOUND } from './business-error';
import { readAvailability } from './catalog-answer';
import { readCheckout, type SeenCheckout } from './checkout-answer';
import {
  completion,
  creation,
  delegatedInstrument,
  goesElsewhere,
  lacksChoices,
  replacement,
  savedInstrument,
} from './checkout-request';
import { readOrder } from './order-answer';
import { remoteCheckout } from './remote-checkout';
import { UcpClient, type UcpSession } from './ucp-client';
import { CATALOG_LOOKUP, CHECKOUT, ORDER } from './ucp-versions';

/** A destination, then an option of those that it has; a store that is still not content after that says why. */
const MOST_UPDATES = 3;
/** Of one look-up in the catalogue. */
const MOST_LOOKED_UP = 50;

/** The Universal Commerce Protocol (ucp.dev), of the releases in UCP_VERSIONS, over REST. */
@Injectable()
export class UcpApi implements StoreApi {
  readonly protocol = 'ucp';

  constructor(
    private readonly client: UcpClient,
    private readonly clock: Clock,
  ) {}

  async quote(call: StoreCall, basket: Basket): Promise<RemoteCheckout> {
    const session = await this.begin(call);
    const present = basket.checkoutId === null ? null : await this.look(session, basket.checkoutId);
    const isAsItIs = present?.status === 'completed' || present?.status === 'complete_in_progress';
    if (present && isAsItIs) return this.remote(present, basket.lines);
    let seen =
      present && present.status !== 'canceled'
        ? await this.update(session, basket, present, 0)
        : await this.create(session, basket);
    for (let update = 1; update < MOST_UPDATES && lacksChoices(basket, seen, agreedOn(session)); update++) {
      seen = await this.update(session, basket, seen, update);
    }
    const remote = this.remote(seen, basket.lines);
    return goesElsewhere(basket, seen, agreedOn(session)) ? notThere(remote) : remote;
  }

  /**
   * Looks first: a checkout that is completed is not completed again, one whose totals do not add up is not paid, and one
   * that asks for more than was agreed is given back as it stands. The idempotency key is the call's alone, so that a try
   * with another token cannot be a second purchase.
   */
  async complete(
    call: StoreCall,
    checkoutId: string,
    payment: StorePayment,
    lines?: BasketLine[],
  ): Promise<RemoteCheckout> {
    const session = await this.begin(call);
    const seen = await this.look(session, checkoutId);
    if (!seen) throw new StoreFault('refused', NOT_FOUND, 'The store no longer knows this checkout.');
    const isDearer = payment.type === 'saved' && payment.maxCents !== undefined && seen.totalCents > payment.maxCents;
    if (seen.status !== 'ready_for_complete' || isDearer) return this.remote(seen, lines);
    const completed = await session.ask({
      method: 'POST',
      path: `${pathOf(checkoutId)}/complete`,
      step: 'complete',
      keyOfCall: true,
      hasEffect: true,
      body: completion(instrumentFor(payment, seen, call)),
      read: (answer) => this.checkoutIn(session, answer, checkoutId, true),
    });
    return this.remote(completed, lines);
  }

  async retrieve(call: StoreCall, checkoutId: string, lines?: BasketLine[]): Promise<RemoteCheckout | null> {
    const session = await this.begin(call);
    const seen = await this.look(session, checkoutId);
    return seen && this.remote(seen, lines);
  }

  /** A store that refuses says that it is over already. */
  async cancelCheckout(call: StoreCall, checkoutId: string): Promise<void> {
    const session = await this.begin(call);
    const cancelling = session.ask({
      method: 'POST',
      path: `${pathOf(checkoutId)}/cancel`,
      step: 'cancel',
      hasEffect: false,
      body: {},
      read: () => undefined,
    });
    await unlessRefused(cancelling);
  }

  async offers(call: StoreCall): Promise<ReadonlySet<StoreAbility>> {
    const { profile } = await this.client.begin(call);
    const can = (name: string) => profile.capabilities.includes(name);
    return new Set<StoreAbility>([
      ...(can(ORDER) ? (['track'] as const) : []),
      ...(can(ORDER) && profile.keys.length > 0 ? (['webhooks'] as const) : []),
      ...(can(CATALOG_LOOKUP) ? (['availability'] as const) : []),
    ]);
  }

  async order(call: StoreCall, orderId: string): Promise<RemoteOrder | null> {
    const session = await this.client.begin(call);
    const asking = session.ask({
      method: 'GET',
      path: `/orders/${encodeURIComponent(orderId)}`,
      hasEffect: false,
      read: (answer) => {
        const order = readOrder(answer, session.mayBeHttp);
        if (order.id !== orderId) throw answer.at('id').not('the order that was asked for');
        return order;
      },
    });
    return orNullWhereUnknown(asking);
  }

  async availability(call: StoreCall, lines: BasketLine[], currency: string): Promise<RemoteAvailability[]> {
    const session = await this.client.begin(call);
    const found: RemoteAvailability[] = [];
    for (let from = 0; from < lines.length; from += MOST_LOOKED_UP) {
      const some = lines.slice(from, from + MOST_LOOKED_UP);
      const answered = await session.ask({
        method: 'POST',
        path: '/catalog/lookup',
        step: `lookup ${session.nonce}`,
        hasEffect: false,
        body: {
          ids: [...new Set(some.map(({ externalId }) => externalId))],
          context: { address_country: call.store.country, currency },
        },
        read: (answer) => readAvailability(answer, some, currency),
      });
      found.push(...answered);
    }
    return found;
  }

  /** Of a store that sells: without the checkout capability there is nothing to ask. */
  private async begin(call: StoreCall): Promise<UcpSession> {
    const session = await this.client.begin(call);
    if (!session.profile.capabilities.includes(CHECKOUT)) {
      throw new StoreFault('unavailable', 'no_checkout', 'The store offers no checkout that Muse speaks.');
    }
    return session;
  }

  private look(session: UcpSession, checkoutId: string): Promise<SeenCheckout | null> {
    const asking = session.ask({
      method: 'GET',
      path: pathOf(checkoutId),
      hasEffect: false,
      read: (answer) => this.checkoutIn(session, answer, checkoutId, false),
    });
    return orNullWhereUnknown(asking);
  }

  private create(session: UcpSession, basket: Basket): Promise<SeenCheckout> {
    return session.ask({
      // In the place of one that is over: not the same request as that which made it.
      method: 'POST',
      path: '/checkout-sessions',
      step: `create ${basket.checkoutId ?? ''}`,
      hasEffect: false,
      body: creation(basket, agreedOn(session)),
      read: (answer) => this.checkoutIn(session, answer, null, false),
    });
  }

  private update(session: UcpSession, basket: Basket, seen: SeenCheckout, number: number): Promise<SeenCheckout> {
    return session.ask({
      method: 'PUT',
      path: pathOf(seen.id),
      step: `update ${number} ${session.nonce}`,
      hasEffect: false,
      body: replacement(basket, seen, agreedOn(session)),
      read: (answer) => this.checkoutIn(session, answer, seen.id, false),
    });
  }

  private checkoutIn(
    session: UcpSession,
    answer: AnswerReader,
    expectedId: string | null,
    hasEffect: boolean,
  ): SeenCheckout {
    const seen = readCheckout(answer, session.mayBeHttp, this.clock.now());
    if (expectedId !== null && seen.id !== expectedId) throw badAnswer(hasEffect);
    return seen;
  }

  private remote(seen: SeenCheckout, lines: BasketLine[] | undefined): RemoteCheckout {
    return remoteCheckout(seen, lines ?? null, this.clock.now());
  }
}

const pathOf = (checkoutId: string) => `/checkout-sessions/${encodeURIComponent(checkoutId)}`;

const agreedOn = ({ profile, call }: UcpSession) => ({ capabilities: profile.capabilities, store: call.store });

/** Not to be bought: the store has kept to another address than the one it was given. */
function notThere(remote: RemoteCheckout): RemoteCheckout {
  const detail = 'The store would deliver to another address than this one.';
  const message = {
    type: 'error',
    severity: 'recoverable',
    code: 'address_undeliverable',
    detail,
    itemId: null,
  } as const;
  const status = remote.status === 'ready' ? 'incomplete' : remote.status;
  return { ...remote, status, messages: [...remote.messages, message] };
}

function instrumentFor(payment: StorePayment, seen: SeenCheckout, call: StoreCall): object {
  if (payment.type === 'delegated') {
    const of = createHash('sha256').update(call.idempotencyKey).digest('base64url').slice(0, 22);
    return delegatedInstrument(payment, `muse_${of}`);
  }
  const instrument = seen.instruments.find(({ id }) => id === payment.instrumentId);
  if (!instrument) throw new StoreFault('refused', 'instrument_unknown', 'The store does not offer this payment.');
  return savedInstrument(instrument);
}

const UNKNOWN = new Set([NOT_FOUND, 'no_such_endpoint', 'http_410']);

/** Whatever says that it is not there: a business outcome, or the status of plain HTTP. */
async function orNullWhereUnknown<T>(asking: Promise<T>): Promise<T | null> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof StoreFault && UNKNOWN.has(error.code)) return null;
    throw error;
  }
}

async function unlessRefused(asking: Promise<unknown>): Promise<void> {
  try {
    await asking;
  } catch (error) {
    const isOver = error instanceof StoreFault && (error.kind === 'refused' || error.code === 'no_such_endpoint');
    if (!isOver) throw error;
  }
}
