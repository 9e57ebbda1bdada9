import { Injectable } from '@nestjs/common';
import { AnswerReader } from '../../answer-reader';
import type {
  Basket,
  BasketLine,
  RemoteAvailability,
  RemoteCheckout,
  RemoteOrder,
  StoreAbility,
  StoreAddress,
  StoreApi,
  StoreCall,
  StoreInstrument,
  StorePayment,
} from '../../store-api';
import { StoreFault } from '../../store-fault';
import { StoreHttp, faultOfStatus, readAnswer } from '../../store-http';
import { addressOf, availabilityOf, basketJson, cardOf, checkoutOf, orderOf, reasonOf } from './marlow-mapping';

const ABILITIES: ReadonlySet<StoreAbility> = new Set<StoreAbility>([
  ...(['track', 'cancel', 'return', 'availability', 'addresses', 'instruments'] as const),
]);

interface Asked {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: object;
  /** Of whatever must happen once. */
  key?: string;
  /** Bought or undone by it. */
  hasEffect?: boolean;
  /** Statuses that are answers too. */
  passing?: number[];
}

/**
 * The interface of Marlow Lane's own: the worked example of docs/adding-a-store.md. Its own words for what goes wrong are
 * `{ error, message, line? }`.
 */
@Injectable()
export class MarlowApi implements StoreApi {
  readonly protocol = 'private';
  readonly adapter = 'marlow';

  constructor(private readonly http: StoreHttp) {}

  /** A basket that the shop knows no more is made anew. */
  async quote(call: StoreCall, basket: Basket): Promise<RemoteCheckout> {
    const { checkoutId, lines } = basket;
    const body = basketJson(basket);
    if (checkoutId !== null) {
      const path = `/baskets/${encodeURIComponent(checkoutId)}`;
      const changed = await this.ask(call, { method: 'PUT', path, body, passing: [404] }, lines);
      if (changed.status !== 404) return this.checkout(call, changed.body, lines);
    }
    const made = await this.ask(call, { method: 'POST', path: '/baskets', body, key: call.idempotencyKey }, lines);
    return this.checkout(call, made.body, lines);
  }

  async complete(call: StoreCall, checkoutId: string, payment: StorePayment, lines: BasketLine[] | null = null) {
    if (payment.type !== 'saved') throw new StoreFault('refused', 'no_tokens', 'The store takes cards that it holds.');
    const { instrumentId, maxCents } = payment;
    const bought = await this.ask(call, {
      ...{ method: 'POST', path: `/baskets/${encodeURIComponent(checkoutId)}/buy`, key: call.idempotencyKey },
      body: { card: instrumentId, ...(maxCents !== undefined && { no_more_than: maxCents }) },
      hasEffect: true,
    });
    return this.checkout(call, bought.body, lines, true);
  }

  async retrieve(
    call: StoreCall,
    checkoutId: string,
    lines: BasketLine[] | null = null,
  ): Promise<RemoteCheckout | null> {
    const path = `/baskets/${encodeURIComponent(checkoutId)}`;
    const { status, body } = await this.ask(call, { method: 'GET', path, passing: [404] });
    return status === 404 ? null : this.checkout(call, body, lines);
  }

  /** 409: it is bought. Whoever wants to know asks for it. */
  async cancelCheckout(call: StoreCall, checkoutId: string): Promise<void> {
    await this.ask(call, { method: 'DELETE', path: `/baskets/${encodeURIComponent(checkoutId)}`, passing: [404, 409] });
  }

  offers(): Promise<ReadonlySet<StoreAbility>> {
    return Promise.resolve(ABILITIES);
  }

  async order(call: StoreCall, orderId: string): Promise<RemoteOrder | null> {
    const { status, body } = await this.ask(call, { method: 'GET', path: orderPath(orderId), passing: [404] });
    return status === 404 ? null : this.read(call, body, false, orderOf);
  }

  async cancelOrder(call: StoreCall, orderId: string, reason: string | null): Promise<RemoteOrder> {
    const body = reason === null ? {} : { why: reason.slice(0, 500) };
    const path = `${orderPath(orderId)}/cancel`;
    const done = await this.ask(call, { method: 'POST', path, body, key: call.idempotencyKey, hasEffect: true });
    return this.read(call, done.body, true, orderOf);
  }

  async returnOrder(
    call: StoreCall,
    orderId: string,
    lines: { externalId: string; quantity: number; reason: string }[],
  ): Promise<RemoteOrder> {
    const body = {
      lines: lines.map(({ externalId, quantity, reason }) => ({
        sku: externalId,
        count: quantity,
        why: reasonOf(reason),
      })),
    };
    const path = `${orderPath(orderId)}/returns`;
    const done = await this.ask(call, { method: 'POST', path, body, key: call.idempotencyKey, hasEffect: true });
    return this.read(call, done.body, true, orderOf);
  }

  async availability(call: StoreCall, lines: BasketLine[]): Promise<RemoteAvailability[]> {
    const body = { skus: [...new Set(lines.map(({ externalId }) => externalId))] };
    const told = await this.ask(call, { method: 'POST', path: '/goods', body });
    return readAnswer(told.body, false, (json) => availabilityOf(json, lines));
  }

  async addresses(call: StoreCall): Promise<StoreAddress[]> {
    const { body } = await this.ask(call, { method: 'GET', path: '/me' });
    return readAnswer(body, false, (json) => json.at('addresses').list().map(addressOf));
  }

  async instruments(call: StoreCall): Promise<StoreInstrument[]> {
    const { body } = await this.ask(call, { method: 'GET', path: '/me' });
    return readAnswer(body, false, (json) => json.at('cards').list().map(cardOf));
  }

  private checkout(call: StoreCall, body: Buffer, lines: BasketLine[] | null, hasEffect = false): RemoteCheckout {
    return readAnswer(body, hasEffect, (json) => checkoutOf(json, lines, this.http.mayLeadToHttp(call.store.baseUrl)));
  }

  private read<T>(
    call: StoreCall,
    body: Buffer,
    hasEffect: boolean,
    map: (json: AnswerReader, mayBeHttp: boolean) => T,
  ): T {
    return readAnswer(body, hasEffect, (json) => map(json, this.http.mayLeadToHttp(call.store.baseUrl)));
  }

  /** One request. A token that the shop refuses is renewed once; what it refuses otherwise is a StoreFault. */
  private async ask(call: StoreCall, asked: Asked, lines: BasketLine[] | null = null) {
    let answer = await this.send(call, asked);
    if (answer.status === 401 && call.accessToken) {
      call.tokenRefused?.();
      answer = await this.send(call, asked);
    }
    const { status } = answer;
    if ((status >= 200 && status < 300) || asked.passing?.includes(status)) return answer;
    throw faultOf(answer, asked.hasEffect ?? false, call.accessToken !== null, lines);
  }

  private async send(call: StoreCall, { method, path, body, key, hasEffect = false }: Asked) {
    const { store, accessToken, timeoutMs } = call;
    return this.http.send(`${store.baseUrl}${path}`, {
      ...{ method, hasEffect, timeoutMs },
      headers: {
        accept: 'application/json',
        ...(accessToken && { authorization: `Bearer ${await accessToken()}` }),
        ...(store.secrets['shopKey'] && { 'x-shop-key': store.secrets['shopKey'] }),
        ...(key !== undefined && { 'request-key': key }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
}

/** The shop's own word for it first; where it has none, what the status says. */
function faultOf(
  { status, headers, body }: Awaited<ReturnType<StoreHttp['send']>>,
  hasEffect: boolean,
  isLinked: boolean,
  lines: BasketLine[] | null,
): StoreFault {
  const { error, message, line } = wordsOf(body);
  // `key_used` and `key_busy`: of before. Other 409s are a no of the shop's.
  if (status === 409 && error !== null && !error.startsWith('key_')) return new StoreFault('refused', error, message);
  if (status === 401 && !isLinked) return new StoreFault('unavailable', 'not_linked', 'The store asks to sign in.');
  if (status === 403) return new StoreFault('relink', error ?? 'not_allowed', message);
  // After a purchase nobody can tell a shop that did nothing from one that failed while it answered.
  if (status === 503 && hasEffect) return new StoreFault('unknown', error ?? 'http_503', message);
  const fault = faultOfStatus({ status, headers }, hasEffect, Date.now())!;
  const itemId = line === null ? null : (lines?.[line]?.itemId ?? null);
  return error === null || fault.kind !== 'refused' ? fault : new StoreFault(fault.kind, error, message, null, itemId);
}

function wordsOf(body: Buffer): { error: string | null; message: string; line: number | null } {
  try {
    const json = AnswerReader.parse(body);
    const line = json.at('line');
    const error = json.at('error').textOrNull();
    return {
      error: error !== null && /^[a-z_]{1,40}$/.test(error) ? error : null,
      message: json.at('message').textOrNull() ?? 'The store cannot do that.',
      line: line.isThere ? line.amount() : null,
    };
  } catch {
    return { error: null, message: 'The store cannot do that.', line: null };
  }
}

function orderPath(orderId: string): string {
  return `/orders/${encodeURIComponent(orderId)}`;
}
