import { bearerOf, header, Refusal, retryAfter, type Call, type Reply, type Route } from '../http/call';
import { requestHash } from '../http/idempotency';
import { Malformed } from '../http/shape';
import type { Protocol, SandboxStore } from '../store';
import type { Checkout, Destination } from '../world/checkout';
import { newId } from '../world/ids';
import type { Order } from '../world/orders';
import { accountOf } from '../world/people';
import { MARLOW_GOODS } from './goods';
import {
  readBasket,
  readBuy,
  readCancel,
  readGoods,
  readReturn,
  type AddressRequest,
  type BasketRequest,
} from './requests';
import { basketBody, meBody, orderBody } from './shown';

/** Who may look at goods without anybody signed in. */
const SHOP_KEY = 'marlow-shop-key-for-muse';
const SCOPES = { buy: 'baskets', orders: 'orders', me: 'me' };
const KEY = /^[\w-]{8,100}$/;

/** A shop that speaks neither protocol, but an interface of its own: see docs/adding-a-store.md. */
export function marlowProtocol(store: SandboxStore): Protocol {
  return new Marlow(store).protocol;
}

class Marlow {
  constructor(private readonly store: SandboxStore) {}

  get protocol(): Protocol {
    return {
      name: 'Marlow Lane Sandbox',
      goods: MARLOW_GOODS,
      scopes: Object.values(SCOPES),
      routes: this.routes(),
      // It tells nobody anything: whoever wants to know, asks.
      signer: { notify: () => null, sign: ({ body }) => ({ headers: {}, body }) },
      errorReply: (status, retryAfterSeconds) => ({
        status,
        headers: retryAfter(retryAfterSeconds),
        body: { error: status === 429 ? 'slow_down' : 'trouble', message: 'Not now, please.' },
      }),
    };
  }

  private routes(): Route[] {
    return [
      this.route('POST', '/shop/v1/goods', 'lookup', (call) => this.goods(call)),
      this.route('GET', '/shop/v1/me', 'me', (call) => ({ status: 200, body: meBody(this.who(call, SCOPES.me)) })),
      this.route('POST', '/shop/v1/baskets', 'create', (call) => this.make(call)),
      this.route('GET', '/shop/v1/baskets/:id', 'get', (call, [id]) => {
        const basket = this.basket(call, id!);
        this.store.shop.asked(basket);
        return { status: 200, body: basketBody(this.store, basket) };
      }),
      this.route('PUT', '/shop/v1/baskets/:id', 'update', (call, [id]) => this.change(call, id!)),
      this.route('DELETE', '/shop/v1/baskets/:id', 'cancel', (call, [id]) => this.close(call, id!)),
      this.route('POST', '/shop/v1/baskets/:id/buy', 'complete', (call, [id]) => this.buy(call, id!)),
      this.route('GET', '/shop/v1/orders/:number', 'order', (call, [number]) => ({
        ...{ status: 200, body: orderBody(this.store, this.order(call, number!)) },
      })),
      this.route('POST', '/shop/v1/orders/:number/cancel', 'cancel_order', (call, [number]) =>
        this.cancel(call, number!),
      ),
      this.route('POST', '/shop/v1/orders/:number/returns', 'return_order', (call, [number]) =>
        this.back(call, number!),
      ),
    ];
  }

  private route(method: string, path: string, step: string, run: (call: Call, ids: string[]) => Reply): Route {
    return {
      ...{ method, path, step },
      run: (call, ids) => {
        try {
          return run(call, ids);
        } catch (error) {
          if (error instanceof Malformed) return refusal(400, 'not_understood', error.message).reply;
          throw error;
        }
      },
    };
  }

  private goods(call: Call): Reply {
    if (header(call, 'x-shop-key') !== SHOP_KEY) this.who(call, SCOPES.buy);
    const { skus } = readGoods(call);
    const known = [...new Set(skus)].flatMap((sku) => this.store.catalogue.of(sku) ?? []);
    return {
      status: 200,
      body: {
        currency: 'USD',
        goods: known.map(({ sku, title, cents, stock }) => ({ sku, title, price: cents, left: stock })),
      },
    };
  }

  private make(call: Call): Reply {
    const accountId = this.who(call, SCOPES.buy);
    const request = readBasket(call);
    return this.once(call, accountId, () => {
      const basket = this.store.shop.open({ platform: 'muse', accountId, protocolVersion: '1', webhookUrl: null });
      try {
        this.fill(basket, request);
      } catch (error) {
        this.store.shop.drop(basket);
        throw error;
      }
      return { status: 201, body: basketBody(this.store, basket) };
    });
  }

  private change(call: Call, id: string): Reply {
    const basket = this.basket(call, id);
    const request = readBasket(call);
    if (basket.state !== 'open') throw refusal(409, 'basket_over', 'This basket is bought, or closed.');
    this.fill(basket, request);
    return { status: 200, body: basketBody(this.store, basket) };
  }

  /** Closed already is as good as closed; bought is not. */
  private close(call: Call, id: string): Reply {
    const basket = this.basket(call, id);
    if (basket.state === 'completed' || basket.state === 'in_progress')
      throw refusal(409, 'basket_over', 'This basket is bought.');
    this.store.shop.cancel(basket);
    return { status: 204 };
  }

  private buy(call: Call, id: string): Reply {
    const basket = this.basket(call, id);
    const { card: cardId, no_more_than: atMost } = readBuy(call);
    return this.once(call, basket.accountId!, (key) => {
      if (basket.state !== 'open') throw refusal(409, 'basket_over', 'This basket is bought, or closed.');
      const card = accountOf(basket.accountId!)!.cards.find((one) => one.id === cardId);
      if (!card) throw refusal(422, 'no_such_card', 'We hold no such card.');
      if (card.declines || call.fault?.kind === 'declined')
        throw refusal(402, 'card_declined', 'The card was declined.');
      const { total } = this.store.shop.quote(basket);
      if (atMost !== undefined && total > atMost) throw refusal(409, 'price_changed', 'It costs more than that now.');
      const asks = call.fault?.kind === 'in_progress' ? (call.fault.asks ?? 1) : 0;
      const done = this.store.shop.complete(basket, { kind: 'saved', brand: card.brand, last4: card.last4 }, key, asks);
      if (done.is === 'moved') throw refusal(409, 'price_changed', 'Prices have changed.');
      if (done.is === 'not_ready')
        throw refusal(409, 'not_ready', this.store.shop.quote(basket).problems[0]?.text ?? '');
      return { status: done.is === 'in_progress' ? 202 : 201, body: basketBody(this.store, basket) };
    });
  }

  private cancel(call: Call, number: string): Reply {
    const order = this.order(call, number);
    readCancel(call);
    return this.once(call, order.accountId!, () => {
      if (order.move !== 'processing') throw refusal(409, 'too_late', 'It is on its way already.');
      const lines = order.lines.map(({ sku, quantity }) => ({ sku, quantity }));
      this.store.orders.cancel(order, this.store.clock.now());
      this.store.catalogue.putBack(lines);
      return { status: 200, body: orderBody(this.store, order) };
    });
  }

  private back(call: Call, number: string): Reply {
    const order = this.order(call, number);
    const { lines } = readReturn(call);
    return this.once(call, order.accountId!, () => {
      if (order.move !== 'delivered') throw refusal(409, 'too_early', 'It has not arrived yet.');
      const returned = lines.map(({ sku, count }) => {
        const line = order.lines.find((one) => one.sku === sku);
        if (!line || line.quantity < count) throw refusal(422, 'not_yours', `You do not have ${count} of ${sku}.`);
        return { line, count };
      });
      const cents = returned.reduce((sum, { line, count }) => sum + line.cents * count, 0);
      const parts = returned.map(({ line, count }) => ({ id: line.id, quantity: count }));
      this.store.orders.refund(order, cents, this.store.clock.now(), parts);
      return { status: 201, body: orderBody(this.store, order) };
    });
  }

  private fill(basket: Checkout, request: BasketRequest): void {
    request.lines.forEach(({ sku }, line) => {
      if (!this.store.catalogue.of(sku)) throw refusal(422, 'no_such_goods', `We do not sell ${sku}.`, { line });
    });
    const account = accountOf(basket.accountId!)!;
    const saved = account.addresses.map(({ isDefault: _, ...address }) => address);
    const { to } = request;
    if (to && 'saved' in to && !saved.some(({ id }) => id === to.saved))
      throw refusal(422, 'no_such_address', 'We hold no such address.');
    const given = to && 'address' in to ? destinationOf(to.address) : null;
    basket.lines = request.lines.map(({ sku, count }) => ({ id: newId('ln'), sku, quantity: count }));
    basket.buyer = { email: request.email ?? account.email };
    basket.destinations = given ? [...saved, given] : saved;
    basket.destinationId = given ? given.id : to && 'saved' in to ? to.saved : null;
    basket.optionId = request.delivery ?? null;
    const { options, option } = this.store.shop.quote(basket);
    if (request.delivery !== undefined && options.length > 0 && !option)
      throw refusal(422, 'no_such_delivery', 'We do not deliver like that.');
    // The cheapest, as long as nobody says anything else.
    basket.optionId ??= [...options].sort((a, b) => a.cents - b.cents)[0]?.id ?? null;
  }

  /** Whose account a token is of. */
  private who(call: Call, scope: string): string {
    const token = bearerOf(call);
    const grant = token === null ? null : this.store.grants.of(token);
    if (!grant) throw refusal(401, 'sign_in', 'Sign in first.');
    if (!grant.scopes.includes(scope)) throw refusal(403, 'not_allowed', `You did not allow ${scope}.`);
    return grant.accountId;
  }

  private basket(call: Call, id: string): Checkout {
    const basket = this.store.shop.find(id, 'muse', this.who(call, SCOPES.buy));
    if (!basket) throw refusal(404, 'no_such_basket', 'There is no such basket.');
    return basket;
  }

  private order(call: Call, number: string): Order {
    const accountId = this.who(call, SCOPES.orders);
    const order = this.store.orders.all().find((one) => one.number === number && one.accountId === accountId);
    if (!order) throw refusal(404, 'no_such_order', 'There is no such order.');
    return order;
  }

  /** Once under a `Request-Key`. What is refused leaves the key free. */
  private once(call: Call, owner: string, work: (key: string) => Reply): Reply {
    const key = header(call, 'request-key');
    if (key === null || !KEY.test(key)) throw refusal(400, 'key_missing', 'Send a Request-Key.');
    const begun = this.store.idempotency.begin(owner, key, requestHash(call.method, call.url.pathname, call.raw));
    if (begun.is === 'replay') {
      call.replayed = true;
      return begun.reply;
    }
    if (begun.is === 'other_request') throw refusal(409, 'key_used', 'This key was used for something else.');
    if (begun.is === 'in_progress') throw refusal(409, 'key_busy', 'This is being worked on.');
    try {
      const reply = work(key);
      this.store.idempotency.keep(owner, key, reply);
      return reply;
    } catch (error) {
      this.store.idempotency.forget(owner, key);
      throw error;
    }
  }
}

function destinationOf({ name, street, extra, town, region, code, country }: AddressRequest): Destination {
  const [firstName = '', ...rest] = name.split(' ');
  return {
    ...{ id: newId('to'), firstName, lastName: rest.join(' '), line1: street, city: town, postalCode: code, country },
    ...(extra !== undefined && { line2: extra }),
    ...(region !== undefined && { region }),
  };
}

function refusal(status: number, error: string, message: string, more: object = {}): Refusal {
  return new Refusal({ status, body: { error, message, ...more } });
}
