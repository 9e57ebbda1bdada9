import { Injectable } from '@nestjs/common';
import { v5 as uuidv5 } from 'uuid';
import { Clock } from '../../../platform/clock';
import type { AnswerReader } from '../answer-reader';
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
import { AcpClient, acpReading, type AcpRequest } from './acp-client';
import { checkoutOf, lineOf } from './acp-checkout';
import { deliveryOptionsOf, selectionOf } from './acp-delivery';
import { handlersOf } from './acp-handlers';
import { acpOptions } from './acp-options';
import { orderOf } from './acp-order';
import { basketJson, cancelJson, createJson, paymentJson, selectionJson } from './acp-requests';

/** Names keys that follow from the caller's: any UUID that nobody else uses. */
const KEYS = 'b1c3f7a2-5f0e-5c7d-9a44-0d3a7be5c9e1';
/** What a store refuses to complete because it wants to see the shopper. */
const WANTS_SHOPPER = new Set([
  'requires_3ds',
  'requires_sign_in',
  'intervention_required',
  'age_verification_required',
]);
const ABILITIES: ReadonlySet<StoreAbility> = new Set<StoreAbility>(['track', 'webhooks']);

/** The Agentic Commerce Protocol, 2026-04-17 (docs/adr/0062). */
@Injectable()
export class AcpApi implements StoreApi {
  readonly protocol = 'acp';

  constructor(
    private readonly client: AcpClient,
    private readonly clock: Clock,
  ) {}

  /** One request, or two where the delivery that is wanted is not the one that the store chose. */
  async quote(call: StoreCall, basket: Basket): Promise<RemoteCheckout> {
    const asking = this.client.asking(call);
    const { lines, storeAddressId } = basket;
    // The protocol knows none: to what was chosen nothing could be sent.
    if (storeAddressId !== null)
      throw new StoreFault('refused', 'address_unknown', 'The store has no addresses to choose from.');
    const first = await this.session(asking, basket);
    const choice = acpReading(false, () => choiceOf(first, basket, this.clock.now()));
    if (choice === null) return this.checkout(call, first, false, lines);
    const chosen = await asking.send({
      ...{ method: 'POST', path: pathOf(choice.checkoutId), body: choice.body, hasEffect: false, lines },
      key: uuidv5(`${call.idempotencyKey}:deliver:${choice.optionId}`, KEYS),
    });
    return this.checkout(call, thatIs(choice.checkoutId, chosen, false), false, lines);
  }

  /** A store that wants to see the shopper first is no refusal: the checkout is `escalation` then. */
  async complete(
    call: StoreCall,
    checkoutId: string,
    payment: StorePayment,
    lines: BasketLine[] | null = null,
  ): Promise<RemoteCheckout> {
    const asking = this.client.asking(call);
    const handlerId =
      payment.type === 'delegated' ? payment.handlerId : await this.handlerOf(asking, checkoutId, payment.instrumentId);
    const path = `${pathOf(checkoutId)}/complete`;
    const body = paymentJson(payment, handlerId);
    try {
      const session = await asking.send({
        method: 'POST',
        path,
        body,
        hasEffect: true,
        key: call.idempotencyKey,
        lines,
      });
      return this.checkout(call, thatIs(checkoutId, session, true), true, lines);
    } catch (error) {
      if (!(error instanceof StoreFault) || error.kind !== 'refused' || !WANTS_SHOPPER.has(error.code)) throw error;
      const session = await look(asking, checkoutId);
      if (!session) throw error;
      const seen = this.checkout(call, session, false, lines);
      return seen.status === 'ready' || seen.status === 'incomplete' ? { ...seen, status: 'escalation' } : seen;
    }
  }

  async retrieve(
    call: StoreCall,
    checkoutId: string,
    lines: BasketLine[] | null = null,
  ): Promise<RemoteCheckout | null> {
    const session = await look(this.client.asking(call), checkoutId);
    return session && this.checkout(call, session, false, lines);
  }

  /** 405 is ACP's word for a session that is over, and 404 for one that never was; some stores have others for it. */
  async cancelCheckout(call: StoreCall, checkoutId: string): Promise<void> {
    const path = `${pathOf(checkoutId)}/cancel`;
    const key = call.idempotencyKey;
    try {
      await this.client
        .asking(call)
        .request({ method: 'POST', path, body: cancelJson, hasEffect: false, key, passing: [404, 405] });
    } catch (error) {
      if (!(error instanceof StoreFault) || error.kind !== 'refused') throw error;
    }
  }

  /** The protocol tells of an order by webhook, and shows it in the session that it was made from. Nothing else. */
  async offers(): Promise<ReadonlySet<StoreAbility>> {
    return ABILITIES;
  }

  /** Null where the store shows no such order in that checkout. */
  async order(call: StoreCall, orderId: string, checkoutId: string | null = null): Promise<RemoteOrder | null> {
    if (checkoutId === null)
      throw new StoreFault('unavailable', 'no_checkout', 'The store shows an order in its checkout only.');
    const session = await look(this.client.asking(call), checkoutId);
    if (!session) return null;
    return acpReading(false, () => {
      const json = session.at('order');
      if (!json.isThere) return null;
      const lines = session.at('line_items').list().map(lineOf);
      const goods = new Map(lines.map(({ lineId, externalId }) => [lineId, externalId]));
      const order = orderOf(json, {
        currency: call.store.currency,
        mayBeHttp: this.client.mayLeadToHttp(call.store),
        goods,
      });
      return order.id === orderId ? order : null;
    });
  }

  /** The session that a basket is: made, brought up to date, or made anew where the store has forgotten it. */
  private async session(asking: ReturnType<AcpClient['asking']>, basket: Basket): Promise<AnswerReader> {
    const { checkoutId, lines } = basket;
    const change = { method: 'POST', hasEffect: false, key: asking.idempotencyKey, lines } as const;
    if (checkoutId !== null) {
      const request: AcpRequest = { ...change, path: pathOf(checkoutId), body: basketJson(basket), passing: [404] };
      const answer = await asking.request(request);
      if (answer !== null) return thatIs(checkoutId, answer, false);
    }
    return asking.send({ ...change, path: '/checkout_sessions', body: createJson(basket) });
  }

  /** The handler of a card that the store holds: known to its session alone. */
  private async handlerOf(
    asking: ReturnType<AcpClient['asking']>,
    checkoutId: string,
    instrumentId: string,
  ): Promise<string> {
    const session = await look(asking, checkoutId);
    if (!session)
      throw new StoreFault('refused', 'checkout_gone', 'The store knows nothing of this checkout any more.');
    return acpReading(false, () => {
      const handlers = handlersOf(session.at('capabilities').at('payment').at('handlers'));
      const found = handlers.find(({ id, saved }) => saved && (saved.methodId ?? id) === instrumentId);
      // One that is bought already may show its handlers no more; what it says then follows from the key.
      return found?.id ?? instrumentId;
    });
  }

  private checkout(
    { store }: StoreCall,
    session: AnswerReader,
    hasEffect: boolean,
    lines: BasketLine[] | null,
  ): RemoteCheckout {
    const { savedByReference } = acpOptions(store);
    const by = { lines, currency: store.currency, now: this.clock.now(), savedByReference };
    return acpReading(hasEffect, () => checkoutOf(session, { ...by, mayBeHttp: this.client.mayLeadToHttp(store) }));
  }
}

function pathOf(checkoutId: string): string {
  return `/checkout_sessions/${encodeURIComponent(checkoutId)}`;
}

async function look(asking: ReturnType<AcpClient['asking']>, checkoutId: string): Promise<AnswerReader | null> {
  const session = await asking.request({
    method: 'GET',
    path: pathOf(checkoutId),
    hasEffect: false,
    passing: [404],
  });
  return session && thatIs(checkoutId, session, false);
}

/** The session that was asked for: what a store says of another says nothing of this one. */
function thatIs(checkoutId: string, session: AnswerReader, hasEffect: boolean): AnswerReader {
  return acpReading(hasEffect, () => {
    const id = session.at('id');
    if (id.id() !== checkoutId) throw id.not('the checkout that was asked for');
    return session;
  });
}

/** The delivery that is to be asked for, where the store has chosen another or none; null where there is nothing to ask. */
function choiceOf(
  session: AnswerReader,
  basket: Basket,
  now: Date,
): { checkoutId: string; optionId: string; body: object } | null {
  const options = deliveryOptionsOf(session.at('fulfillment_options'), now);
  const wanted = options.find(({ id }) => id === basket.deliveryOptionId) ?? options[0];
  const { optionIds, itemIds } = selectionOf(session.at('selected_fulfillment_options'));
  if (!wanted || (optionIds.length === 1 && optionIds[0] === wanted.id)) return null;
  const lines = session.at('line_items').list().map(lineOf);
  return { checkoutId: session.at('id').id(), optionId: wanted.id, body: selectionJson(wanted, lines, itemIds) };
}
