import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { v5 as uuidv5 } from 'uuid';
import { Clock } from '../../../platform/clock';
import { SafeClient, type IncomingAnswer } from '../../../platform/http-client';
import { readJson, type JsonReader } from '../json-reader';
import type {
  Basket,
  BasketLine,
  RemoteCheckout,
  RemoteOrder,
  StoreAbility,
  StoreApi,
  StoreCall,
  StorePayment,
} from '../store-api';
import { StoreFault } from '../store-fault';
import { askStore, reading, type Weight } from '../store-http';
import { checkoutOf, lineOf } from './acp-checkout';
import { deliveryOptionsOf, selectionOf } from './acp-delivery';
import { faultOf } from './acp-faults';
import { handlersOf } from './acp-handlers';
import { ACP_VERSION, acpOptions } from './acp-options';
import { orderOf } from './acp-order';
import { basketJson, cancelJson, createJson, paymentJson, selectionJson } from './acp-requests';

/** How often a request is made in all, where its answer was lost or the store was busy: what buys is asked once, and looked up. */
const TRIES: Record<Weight, number> = { read: 3, change: 2, buy: 1 };
const AGAIN_MS = 200;
/** Names keys that follow from the caller's: any UUID that nobody else uses. */
const KEYS = 'b1c3f7a2-5f0e-5c7d-9a44-0d3a7be5c9e1';

interface Request {
  method: 'GET' | 'POST';
  path: string;
  body?: object;
  /** Of every POST. */
  key?: string;
  weight: Weight;
  lines?: BasketLine[] | null;
}

/** The client of the Agentic Commerce Protocol, 2026-04-17 (docs/adr/0062). */
@Injectable()
export class AcpApi implements StoreApi {
  readonly protocol = 'acp' as const;

  constructor(
    private readonly client: SafeClient,
    private readonly clock: Clock,
  ) {}

  /** One request, or two where the delivery that is wanted is not the one that the store chose. */
  async quote(call: StoreCall, basket: Basket): Promise<RemoteCheckout> {
    const until = deadlineOf(call);
    const first = await this.session(call, until, basket);
    const choice = reading('change', () => choiceOf(first, basket, this.clock.now()));
    if (choice === null) return this.checkout(call, first, 'change', basket.lines);
    const chosen = await this.send(call, until, {
      ...{ method: 'POST', path: pathOf(idOf(first)), body: choice.body, weight: 'change', lines: basket.lines },
      key: uuidv5(`${call.idempotencyKey}:deliver:${choice.optionId}`, KEYS),
    });
    return this.checkout(call, chosen, 'change', basket.lines);
  }

  async complete(call: StoreCall, checkoutId: string, payment: StorePayment): Promise<RemoteCheckout> {
    const until = deadlineOf(call);
    const handlerId =
      payment.type === 'delegated' ? payment.handlerId : await this.handlerOf(call, until, checkoutId, payment);
    const session = await this.send(call, until, {
      ...{ method: 'POST', path: `${pathOf(checkoutId)}/complete`, weight: 'buy', key: call.idempotencyKey },
      body: paymentJson(payment, handlerId),
    });
    return this.checkout(call, session, 'buy', null);
  }

  async retrieve(call: StoreCall, checkoutId: string): Promise<RemoteCheckout | null> {
    const session = await this.look(call, deadlineOf(call), checkoutId);
    return session && this.checkout(call, session, 'read', null);
  }

  /** 405 is ACP's word for a session that is over, and 404 for one that never was. */
  async cancelCheckout(call: StoreCall, checkoutId: string): Promise<void> {
    await this.request(
      call,
      deadlineOf(call),
      {
        ...{ method: 'POST', path: `${pathOf(checkoutId)}/cancel`, body: cancelJson, weight: 'change' },
        key: call.idempotencyKey,
      },
      [404, 405],
    );
  }

  /** The protocol tells of an order by webhook, and shows it in the session that it was made from. */
  async offers(): Promise<ReadonlySet<StoreAbility>> {
    return new Set<StoreAbility>(['track', 'webhooks']);
  }

  /** Null where the store shows no such order in that checkout. */
  async order(call: StoreCall, orderId: string, checkoutId: string | null = null): Promise<RemoteOrder | null> {
    if (checkoutId === null)
      throw new StoreFault('unavailable', 'no_checkout', 'The store shows an order in its checkout only.');
    const session = await this.look(call, deadlineOf(call), checkoutId);
    if (!session) return null;
    return reading('read', () => {
      const json = session.get('order');
      if (json.isAbsent) return null;
      const goods = new Map(
        session
          .get('line_items')
          .list()
          .map(lineOf)
          .map(({ lineId, externalId }) => [lineId, externalId]),
      );
      const { currency, baseUrl } = call.store;
      const order = orderOf(json, { currency, baseUrl, goods });
      return order.id === orderId ? order : null;
    });
  }

  /** The session that a basket is: made, brought up to date, or made anew where the store has forgotten it. */
  private async session(call: StoreCall, until: number, basket: Basket): Promise<JsonReader> {
    const { checkoutId, lines } = basket;
    if (checkoutId !== null) {
      const { status, json } = await this.request(
        call,
        until,
        {
          ...{ method: 'POST', path: pathOf(checkoutId), body: basketJson(basket), weight: 'change', lines },
          key: call.idempotencyKey,
        },
        [404],
      );
      if (status !== 404) return json!;
    }
    return this.send(call, until, {
      ...{ method: 'POST', path: '/checkout_sessions', body: createJson(basket), weight: 'change', lines },
      key: call.idempotencyKey,
    });
  }

  private async look(call: StoreCall, until: number, checkoutId: string): Promise<JsonReader | null> {
    const { status, json } = await this.request(
      call,
      until,
      { method: 'GET', path: pathOf(checkoutId), weight: 'read' },
      [404],
    );
    return status === 404 ? null : json;
  }

  /** The handler of a card that the store holds: known to its session alone. */
  private async handlerOf(
    call: StoreCall,
    until: number,
    checkoutId: string,
    payment: Extract<StorePayment, { type: 'saved' }>,
  ): Promise<string> {
    const session = await this.look(call, until, checkoutId);
    if (!session)
      throw new StoreFault('refused', 'checkout_gone', 'The store knows nothing of this checkout any more.');
    return reading('read', () => {
      const handlers = handlersOf(session.get('capabilities').get('payment').get('handlers'));
      const found = handlers.find(({ id, saved }) => saved && (saved.methodId ?? id) === payment.instrumentId);
      // A session that is bought shows its handlers no more; the answer of then is asked for by the key, not by these words.
      return found?.id ?? payment.instrumentId;
    });
  }

  private checkout(call: StoreCall, session: JsonReader, weight: Weight, lines: BasketLine[] | null): RemoteCheckout {
    const { baseUrl, currency } = call.store;
    const { savedByReference } = acpOptions(call.store);
    return reading(weight, () =>
      checkoutOf(session, { lines, baseUrl, currency, now: this.clock.now(), savedByReference }),
    );
  }

  private async send(call: StoreCall, until: number, request: Request): Promise<JsonReader> {
    return (await this.request(call, until, request)).json!;
  }

  /** One request, tried again within the call's time where that can do no harm; `passing`: statuses that are answers too. */
  private async request(
    call: StoreCall,
    until: number,
    request: Request,
    passing: number[] = [],
  ): Promise<{ status: number; json: JsonReader | null }> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.once(call, until, request, passing);
      } catch (error) {
        if (!(error instanceof StoreFault) || tried >= TRIES[request.weight]) throw error;
        const mayHelp = error.kind === 'conflict' || (error.kind === 'unavailable' && isPassing(error.code));
        const waitMs = Math.max(error.retryAfterMs ?? 0, AGAIN_MS * tried);
        if (!mayHelp || Date.now() + waitMs >= until) throw error;
        await sleep(waitMs);
      }
    }
  }

  private async once(
    call: StoreCall,
    until: number,
    request: Request,
    passing: number[],
  ): Promise<{ status: number; json: JsonReader | null }> {
    const { weight, lines = null } = request;
    let answer = await this.ask(call, until, request);
    // A token that the store no longer takes is renewed once: perhaps it was revoked a moment ago, perhaps a clock is wrong.
    if (answer.status === 401 && call.accessToken) {
      call.tokenRefused?.();
      answer = await this.ask(call, until, request);
    }
    const { status } = answer;
    if (passing.includes(status)) return { status, json: null };
    if (status < 200 || status >= 300)
      throw faultOf(answer, { weight, lines, isLinked: call.accessToken !== null, now: this.clock.now() });
    return { status, json: reading(weight, () => readJson(answer.body).object()) };
  }

  private async ask(call: StoreCall, until: number, request: Request): Promise<IncomingAnswer> {
    const { method, path, body, key, weight } = request;
    const headers = await this.headersOf(call);
    const timeoutMs = until - Date.now();
    if (timeoutMs <= 0) throw new StoreFault('unavailable', 'timeout', 'The store took too long.');
    return askStore(
      this.client,
      `${call.store.baseUrl}${path}`,
      {
        method,
        headers: {
          ...headers,
          ...(key !== undefined && { 'idempotency-key': key }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        timeoutMs,
      },
      weight,
    );
  }

  private async headersOf(call: StoreCall): Promise<Record<string, string>> {
    const { store, accessToken } = call;
    const { shopperTokenHeader } = acpOptions(store);
    const { apiKey } = store.secrets;
    const token = accessToken ? await accessToken() : null;
    const bearer = token !== null && shopperTokenHeader === null ? token : apiKey;
    if (!bearer) throw new StoreFault('unavailable', 'no_credentials', 'The store is not set up for its API.');
    return {
      ...{ accept: 'application/json', 'api-version': ACP_VERSION, 'request-id': randomUUID() },
      timestamp: this.clock.now().toISOString(),
      authorization: `Bearer ${bearer}`,
      ...(token !== null && shopperTokenHeader !== null && { [shopperTokenHeader]: token }),
    };
  }
}

/** Faults that may be over in a moment, and did nothing. */
function isPassing(code: string): boolean {
  return (
    ['no_answer', 'timeout', 'connect_failed'].includes(code) ||
    code.startsWith('http_5') ||
    code === 'service_unavailable'
  );
}

function deadlineOf({ timeoutMs }: StoreCall): number {
  return Date.now() + timeoutMs;
}

function pathOf(checkoutId: string): string {
  return `/checkout_sessions/${encodeURIComponent(checkoutId)}`;
}

function idOf(session: JsonReader): string {
  return reading('change', () => session.get('id').text(255));
}

/** The delivery that is to be asked for, where the store has chosen another or none; null where there is nothing to ask. */
function choiceOf(session: JsonReader, basket: Basket, now: Date): { optionId: string; body: object } | null {
  const options = deliveryOptionsOf(session.get('fulfillment_options'), now);
  const wanted = options.find(({ id }) => id === basket.deliveryOptionId) ?? options[0];
  const { optionIds, itemIds } = selectionOf(session.get('selected_fulfillment_options'));
  if (!wanted || (optionIds.length === 1 && optionIds[0] === wanted.id)) return null;
  const lines = session.get('line_items').list().map(lineOf);
  return { optionId: wanted.id, body: selectionJson(wanted, lines, itemIds) };
}
