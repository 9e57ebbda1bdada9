import { bearerOf, header, Refusal, retryAfter, type Call, type Reply, type Route } from '../http/call';
import { requestHash } from '../http/idempotency';
import { jsonOf } from '../http/recorder';
import { Malformed } from '../http/shape';
import type { Protocol, SandboxStore } from '../store';
import { WALMART_GOODS, type Good } from '../world/catalogue';
import type { Checkout } from '../world/checkout';
import { apply, checkoutBody, handlersOf, paymentOf, shown } from './checkouts';
import { Keys } from './keys';
import { orderBody } from './orders';
import { Platforms, type Platform } from './platforms';
import { identityRefused, protocolError, unrecoverable, type UcpMessage } from './refusals';
import { lookupRequest, requestOf, type UcpCheckoutRequest, type UcpInstrument } from './requests';
import { digestOf, signed } from './signatures';
import { CAPABILITIES, CHECKOUT, IDENTITY, isUcpVersion, LOOKUP, SCOPES, type UcpVersion } from './versions';
import { webhooksOf } from './webhooks';

/** A call that has been found to be whose it says: the platform's, and the shopper's, if one is signed in. */
interface Caller {
  platform: Platform;
  accountId: string | null;
  scopes: string[];
}

interface Operation {
  name: string;
  /** Changes something: takes an idempotency key. */
  changes: boolean;
  /** A capability that both must have. */
  needs?: string;
  /** The scope without which nobody who is not signed in gets on; null: anybody does. */
  scope: string | null;
  run(caller: Caller, call: Call, ids: string[]): Reply | Promise<Reply>;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** A store that speaks UCP over REST; UCP_VERSION says which versions, the first is its own. */
export function ucpProtocol(store: SandboxStore): Protocol {
  const versions = (store.options.env['UCP_VERSION'] ?? '2026-08-25').split(',').filter(isUcpVersion);
  return new Ucp(store, versions).protocol;
}

class Ucp {
  private readonly keys = new Keys();
  private readonly platforms: Platforms;
  /** Tokens of a payment provider, and the checkout that each was for. */
  private readonly usedTokens = new Map<string, string>();

  constructor(
    private readonly store: SandboxStore,
    private readonly versions: UcpVersion[],
  ) {
    this.platforms = new Platforms(store, versions);
    store.outbox.onDelivery = (url, body, answer) => this.recordWebhook(url, body, answer);
  }

  get protocol(): Protocol {
    return {
      name: 'Walmart Sandbox',
      goods: WALMART_GOODS,
      scopes: Object.values(SCOPES),
      routes: this.routes(),
      signer: webhooksOf(this.store, this.keys),
      kept: () => ({ keys: this.keys.kept(), tokens: [...this.usedTokens] }),
      restore: (kept) => {
        const { keys, tokens } = kept as { keys: string[]; tokens: [string, string][] };
        this.keys.restore(keys);
        for (const [token, checkout] of tokens) this.usedTokens.set(token, checkout);
      },
      control: (what) => {
        if (what !== 'rotateKeys') throw new Error(`There is no control ${what}`);
        this.keys.rotate();
        return { kid: this.keys.kid };
      },
      reset: () => {
        this.platforms.forget();
        this.usedTokens.clear();
      },
      errorReply: (status, retryAfterSeconds) => ({
        status,
        headers: retryAfter(retryAfterSeconds),
        body: { code: status === 429 ? 'rate_limited' : 'internal', content: 'Not now, please.' },
      }),
    };
  }

  private routes(): Route[] {
    const [checkout, read] = [SCOPES.checkout, SCOPES.orderRead];
    return [
      { method: 'GET', path: '/.well-known/ucp', step: 'profile', run: () => this.profile(this.versions[0]!) },
      ...this.versions.slice(1).map((version) => ({
        ...{ method: 'GET', path: `/.well-known/ucp/${version}`, step: 'profile' },
        run: () => this.profile(version),
      })),
      this.route('POST', '/ucp/checkout-sessions', 'create', {
        ...{ name: 'create_checkout', changes: true, scope: checkout },
        run: (caller, call) => this.create(caller, call),
      }),
      this.route('GET', '/ucp/checkout-sessions/:id', 'get', {
        ...{ name: 'get_checkout', changes: false, scope: checkout },
        run: (caller, call, [id]) =>
          this.withCheckout(caller, id!, (found) => {
            // A completion that is worked on may come to its end by being asked for.
            this.store.shop.asked(found);
            return this.show(caller, call, found, []);
          }),
      }),
      this.route('PUT', '/ucp/checkout-sessions/:id', 'update', {
        ...{ name: 'update_checkout', changes: true, scope: checkout },
        run: (caller, call, [id]) => this.withCheckout(caller, id!, (found) => this.update(caller, call, found)),
      }),
      this.route('POST', '/ucp/checkout-sessions/:id/complete', 'complete', {
        ...{ name: 'complete_checkout', changes: true, scope: checkout },
        run: (caller, call, [id]) => this.withCheckout(caller, id!, (found) => this.complete(caller, call, found)),
      }),
      this.route('POST', '/ucp/checkout-sessions/:id/cancel', 'cancel', {
        ...{ name: 'cancel_checkout', changes: true, scope: checkout },
        run: (caller, call, [id]) => this.withCheckout(caller, id!, (found) => this.cancel(caller, call, found)),
      }),
      this.route('GET', '/ucp/orders/:id', 'order', {
        ...{ name: 'get_order', changes: false, scope: read, needs: 'dev.ucp.shopping.order' },
        run: (caller, _call, [id]) => this.order(caller, id!),
      }),
      this.route('POST', '/ucp/catalog/lookup', 'lookup', {
        ...{ name: 'lookup_catalog', changes: false, scope: null, needs: LOOKUP },
        run: (caller, call) => this.lookup(caller, call),
      }),
    ];
  }

  private route(method: string, path: string, step: string, operation: Operation): Route {
    return { method, path, step, run: (call, ids) => this.meet(operation, call, ids) };
  }

  /** The way of every request: who it is, whether it was here before, what is done, and the store's signature under it. */
  private async meet(operation: Operation, call: Call, ids: string[]): Promise<Reply> {
    let version: string = this.versions[0]!;
    let reply: Reply;
    try {
      const caller = await this.identify(operation, call);
      ({ version } = caller.platform);
      reply = operation.changes
        ? await this.once(caller, call, () => operation.run(caller, call, ids))
        : await operation.run(caller, call, ids);
    } catch (error) {
      if (error instanceof Malformed) reply = protocolError(400, 'invalid_request', error.message).reply;
      else if (error instanceof Refusal) ({ reply } = error);
      else throw error;
    }
    this.record(operation.name, version, call, reply);
    return reply.status < 300 ? this.signed(reply) : reply;
  }

  private async identify(operation: Operation, call: Call): Promise<Caller> {
    const requestId = header(call, 'request-id');
    if (requestId === null || !UUID.test(requestId))
      throw protocolError(400, 'invalid_request', 'Request-Id must be a UUID.');
    const platform = await this.platforms.authenticate(call);
    if (operation.needs !== undefined && !platform.capabilities.includes(operation.needs))
      throw new Refusal(
        unrecoverable(platform.version, 'capabilities_incompatible', `${operation.needs} was not agreed on.`),
      );
    const token = bearerOf(call);
    const found = token === null ? null : this.store.grants.of(token);
    const { scope } = operation;
    const refused = (code: 'identity_required' | 'insufficient_scope') =>
      identityRefused(this.store.baseUrl, platform.version, code, {
        hadToken: token !== null,
        scopes: scope ? [scope] : [],
      });
    if (token !== null && !found) throw refused('identity_required');
    if (scope !== null && !found && !this.store.options.guestCheckout) throw refused('identity_required');
    if (scope !== null && found && !found.scopes.includes(scope)) throw refused('insufficient_scope');
    return { platform, accountId: found?.accountId ?? null, scopes: found?.scopes ?? [] };
  }

  private async once({ platform }: Caller, call: Call, work: () => Reply | Promise<Reply>): Promise<Reply> {
    const key = header(call, 'idempotency-key');
    if (key === null || !UUID.test(key)) throw protocolError(400, 'invalid_request', 'Idempotency-Key must be a UUID.');
    const owner = platform.profileUrl;
    const begun = this.store.idempotency.begin(owner, key, requestHash(call.method, call.url.pathname, call.raw));
    if (begun.is === 'replay') {
      call.replayed = true;
      return begun.reply;
    }
    if (begun.is === 'other_request')
      throw protocolError(409, 'idempotency_conflict', 'This key was used for another request.');
    if (begun.is === 'in_progress') throw protocolError(409, 'idempotency_in_progress', 'This key is being worked on.');
    try {
      const reply = await work();
      this.store.idempotency.keep(owner, key, reply);
      return reply;
    } catch (error) {
      this.store.idempotency.forget(owner, key);
      throw error;
    }
  }

  private create(caller: Caller, call: Call): Reply {
    const { platform, accountId } = caller;
    const request = this.read(call, 'create', platform);
    const checkout = this.store.shop.open({
      ...{
        platform: platform.profileUrl,
        accountId,
        protocolVersion: platform.version,
        webhookUrl: platform.webhookUrl,
      },
    });
    if (call.fault?.kind === 'review') checkout.mustReview = true;
    const messages = apply(this.store, checkout, request);
    const quote = this.store.shop.quote(checkout);
    const isNothing = quote.lines.every(({ available }) => available === 0);
    if (isNothing) {
      this.store.shop.drop(checkout);
      const code = quote.lines.length === 0 ? 'item_unavailable' : 'out_of_stock';
      return unrecoverable(platform.version, code, 'Nothing of this can be had here.', this.store.baseUrl);
    }
    return { ...this.show(caller, call, checkout, messages), status: 201 };
  }

  private update(caller: Caller, call: Call, checkout: Checkout): Reply {
    const request = this.read(call, 'update', caller.platform);
    if (checkout.state !== 'open') return this.show(caller, call, checkout, [notNow(checkout)]);
    if (call.fault?.kind === 'review') checkout.mustReview = true;
    return this.show(caller, call, checkout, apply(this.store, checkout, request));
  }

  private async complete(caller: Caller, call: Call, checkout: Checkout): Promise<Reply> {
    const body = this.parsed(call, requestOf('complete', caller.platform.version, caller.platform.capabilities));
    if (checkout.state !== 'open') return this.show(caller, call, checkout, [notNow(checkout)]);
    if (call.fault?.kind === 'review') checkout.mustReview = true;
    const { instruments = [] } = (body as { payment: { instruments?: UcpInstrument[] } }).payment;
    const paying = paymentOf(checkout, instruments, this.usedTokens);
    if (call.fault?.kind === 'declined')
      return this.show(caller, call, checkout, [failedPayment('The card was declined.')]);
    if ('refused' in paying) return this.show(caller, call, checkout, [paying.refused]);
    const asks = call.fault?.kind === 'in_progress' ? (call.fault.asks ?? 1) : 0;
    const key = header(call, 'idempotency-key')!;
    const done = await this.store.shop.payAndComplete(checkout, paying.paidBy, key, asks);
    if (done.is === 'payment_refused')
      return this.show(caller, call, checkout, [failedPayment(`The token is not good: ${done.code}.`)]);
    if (done.is !== 'moved') return this.show(caller, call, checkout, []);
    const content = 'Prices have changed. Look at the new total before you buy.';
    return this.show(caller, call, checkout, [
      { type: 'error', code: 'price_changed', content, severity: 'recoverable' },
    ]);
  }

  private cancel(caller: Caller, call: Call, checkout: Checkout): Reply {
    if (call.raw.length > 0 && call.raw.toString().trim() !== '{}')
      throw new Malformed('$', 'must be empty: cancelling takes no body');
    const messages = this.store.shop.cancel(checkout) ? [] : [notNow(checkout)];
    return this.show(caller, call, checkout, messages);
  }

  /** Only of the platform that bought it, and of the shopper for whom it did. */
  private order({ platform, accountId }: Caller, id: string): Reply {
    const order = this.store.orders.of(id);
    if (!order || order.platform !== platform.profileUrl || order.accountId !== accountId)
      return unrecoverable(platform.version, 'not_found', 'There is no such order.');
    return { status: 200, body: orderBody(this.store, order) };
  }

  private lookup({ platform }: Caller, call: Call): Reply {
    const { ids } = this.parsed(call, lookupRequest) as { ids: string[] };
    const known = [...new Set(ids)].flatMap((id) => this.store.catalogue.of(id) ?? []);
    const missing = ids.filter((id) => !this.store.catalogue.of(id));
    const messages = missing.map((id) => ({ type: 'info', code: 'not_found', content: `We do not sell ${id}.` }));
    return {
      status: 200,
      body: {
        ucp: { version: platform.version, capabilities: shown([LOOKUP], platform.version) },
        products: known.map(productOf),
        ...(messages.length === 0 ? {} : { messages }),
      },
    };
  }

  private withCheckout(
    { platform, accountId }: Caller,
    id: string,
    work: (checkout: Checkout) => Reply | Promise<Reply>,
  ): Reply | Promise<Reply> {
    const checkout = this.store.shop.find(id, platform.profileUrl, accountId);
    return checkout ? work(checkout) : unrecoverable(platform.version, 'not_found', 'There is no such checkout.');
  }

  private show({ platform }: Caller, call: Call, checkout: Checkout, messages: UcpMessage[]): Reply {
    const capabilities = platform.capabilities.filter(
      (name) => CAPABILITIES[name]!.extends === CHECKOUT || name === CHECKOUT,
    );
    const wrongTotal = call.fault?.kind === 'wrong_total';
    return { status: 200, body: checkoutBody(this.store, checkout, { capabilities, messages, wrongTotal }) };
  }

  private read(call: Call, operation: 'create' | 'update', { version, capabilities }: Platform): UcpCheckoutRequest {
    return this.parsed(call, requestOf(operation, version, capabilities)) as UcpCheckoutRequest;
  }

  private parsed(call: Call, check: (value: unknown, at: string) => void): unknown {
    if (!/^application\/json\b/.test(header(call, 'content-type') ?? ''))
      throw new Malformed('$', 'must be application/json');
    let body: unknown;
    try {
      body = JSON.parse(call.raw.toString());
    } catch {
      throw new Malformed('$', 'is not JSON');
    }
    check(body, '$');
    return body;
  }

  private signed(reply: Reply): Reply {
    const body = JSON.stringify(reply.body);
    const components: [string, string][] = [
      ['@status', String(reply.status)],
      ['content-digest', digestOf(body)],
      ['content-type', 'application/json'],
    ];
    const signature = signed(components, {
      ...{ created: this.store.clock.seconds(), keyid: this.keys.kid },
      sign: (base) => this.keys.sign(base),
    });
    const headers = { 'content-type': 'application/json', 'content-digest': digestOf(body), ...signature };
    return { status: reply.status, headers: { ...reply.headers, ...headers }, body };
  }

  private profile(version: UcpVersion): Reply {
    const base = `https://ucp.dev/${version}`;
    const isOwn = version === this.versions[0];
    const others = this.versions.slice(1).map((one) => [one, `${this.store.baseUrl}/.well-known/ucp/${one}`]);
    const { guestCheckout } = this.store.options;
    const gated = guestCheckout ? [] : [SCOPES.checkout, SCOPES.orderRead];
    const scopes = Object.fromEntries(gated.map((scope) => [scope, {}]));
    const keys = { [version === '2026-04-08' ? 'signing_keys' : 'keys']: this.keys.published };
    const body = {
      ucp: {
        version,
        ...(isOwn && others.length > 0 ? { supported_versions: Object.fromEntries(others) } : {}),
        services: {
          'dev.ucp.shopping': [
            {
              ...{ version, transport: 'rest', endpoint: `${this.store.baseUrl}/ucp` },
              ...{ spec: `${base}/specification/overview/`, schema: `${base}/services/shopping/rest.openapi.json` },
            },
          ],
        },
        capabilities: Object.fromEntries(
          Object.entries(CAPABILITIES).map(([name, { schema, spec, extends: parent }]) => [
            name,
            [
              {
                ...{ version, spec: `${base}/specification/${spec}`, schema: `${base}/schemas/${schema}.json` },
                ...(parent === undefined ? {} : { extends: parent }),
                ...(name === IDENTITY ? { config: { scopes } } : {}),
              },
            ],
          ]),
        ),
        payment_handlers: handlersOf(this.store),
      },
      ...keys,
    };
    this.store.recorder.write({
      ...{
        protocol: 'ucp',
        version,
        operation: 'business_profile',
        method: 'GET',
        path: '/.well-known/ucp',
        agent: null,
      },
      ...{ requestBody: null, status: 200, responseBody: body, faulty: false },
    });
    return { status: 200, headers: { 'cache-control': 'public, max-age=60', etag: `"${this.keys.kid}"` }, body };
  }

  private record(operation: string, version: string, call: Call, reply: Reply): void {
    this.store.recorder.write({
      ...{ protocol: 'ucp', version, operation, method: call.method, path: call.url.pathname },
      ...{ agent: header(call, 'user-agent'), requestBody: jsonOf(call.raw.toString()) },
      ...{ status: reply.status, responseBody: reply.body },
      faulty: call.fault?.kind === 'wrong_total',
    });
  }

  private recordWebhook(url: string, body: string, answer: { status: number; text: string } | null): void {
    const order = JSON.parse(body) as { ucp: { version: string } };
    this.store.recorder.write({
      ...{ protocol: 'ucp', version: order.ucp.version, operation: 'order_event_webhook', method: 'POST', agent: null },
      ...{ path: new URL(url).pathname, requestBody: order, status: answer?.status ?? null },
      ...{ responseBody: jsonOf(answer?.text ?? ''), faulty: false },
    });
  }
}

function failedPayment(content: string): UcpMessage {
  return { type: 'error', code: 'payment_failed', content, severity: 'recoverable', path: '$.payment.instruments[0]' };
}

function notNow({ state }: Checkout): UcpMessage {
  const isWorking = state === 'in_progress';
  const content = isWorking ? 'The order is being worked on.' : `This checkout is ${state}.`;
  const code = isWorking ? 'complete_in_progress' : 'checkout_not_open';
  return { type: 'error', code, content, severity: isWorking ? 'recoverable' : 'unrecoverable' };
}

function productOf({ sku, title, cents, stock }: Good) {
  const price = { amount: cents, currency: 'USD' };
  return {
    ...{ id: sku, title, description: { plain: title }, price_range: { min: price, max: price } },
    variants: [
      {
        ...{ id: sku, sku, title, description: { plain: title }, price },
        availability: { available: stock > 0, status: stock > 0 ? 'in_stock' : 'out_of_stock' },
        inputs: [{ id: sku, match: 'exact' }],
      },
    ],
  };
}
