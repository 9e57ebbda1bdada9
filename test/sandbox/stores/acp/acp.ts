import { createHash } from 'node:crypto';
import { bearerOf, header, Refusal, retryAfter, type Call, type Reply, type Route } from '../http/call';
import { requestHash } from '../http/idempotency';
import { jsonOf } from '../http/recorder';
import { Malformed, type Check } from '../http/shape';
import type { Protocol, SandboxStore } from '../store';
import { TARGET_GOODS } from '../world/catalogue';
import type { Checkout } from '../world/checkout';
import { ACP_VERSION, acpError, acpMessage, type AcpMessage } from './errors';
import {
  cancelRequest,
  completeRequest,
  createRequest,
  updateRequest,
  type AcpBasketRequest,
  type AcpPayment,
} from './requests';
import { apply, paymentOf, sessionJson, startWith } from './sessions';
import { webhooksOf } from './webhooks';

/** Muse by its key, and the shopper by a token that names both. */
interface Caller {
  platform: string;
  accountId: string | null;
}

interface Operation {
  name: string;
  changes: boolean;
  run(caller: Caller, call: Call, ids: string[]): Reply | Promise<Reply>;
}

const PLATFORM = 'muse';
const API_KEY = 'acp-key-of-muse-at-the-store';
const WEBHOOK_SECRET = 'acp-webhook-secret-of-muse-and-the-store';

/**
 * A store that speaks ACP 2026-04-17. `Authorization` carries the platform's key (API_KEY), or the token of a shopper
 * who linked their account, which was given to the platform and so names both. Where order events go and what signs
 * them is agreed beforehand: WEBHOOK_URL and WEBHOOK_SECRET, or the control `webhookTarget`.
 */
export function acpProtocol(store: SandboxStore): Protocol {
  return new Acp(store).protocol;
}

class Acp {
  private readonly usedTokens = new Map<string, string>();
  private readonly apiKey: string;
  private webhookUrl: string | null;
  private webhookSecret: string;

  constructor(private readonly store: SandboxStore) {
    const { env } = store.options;
    this.apiKey = env['API_KEY'] ?? API_KEY;
    this.webhookUrl = env['WEBHOOK_URL'] || null;
    this.webhookSecret = env['WEBHOOK_SECRET'] ?? WEBHOOK_SECRET;
    store.outbox.onDelivery = (url, body, answer) =>
      store.recorder.write({
        ...{ protocol: 'acp', version: ACP_VERSION, operation: 'postOrderEvents', method: 'POST', agent: null },
        ...{ path: new URL(url).pathname, requestBody: jsonOf(body), status: answer?.status ?? null },
        ...{ responseBody: jsonOf(answer?.text ?? ''), faulty: false },
      });
  }

  get protocol(): Protocol {
    return {
      name: 'Target Sandbox',
      goods: TARGET_GOODS,
      scopes: ['checkout', 'orders'],
      routes: this.routes(),
      signer: webhooksOf(this.store, () => this.webhookSecret),
      kept: () => ({ tokens: [...this.usedTokens] }),
      restore: (kept) => {
        for (const [token, checkout] of (kept as { tokens: [string, string][] }).tokens)
          this.usedTokens.set(token, checkout);
      },
      control: (what, { url, secret }) => {
        if (what !== 'webhookTarget') throw new Error(`There is no control ${what}`);
        if (url !== undefined) this.webhookUrl = url as string | null;
        if (secret !== undefined) this.webhookSecret = secret as string;
        return {};
      },
      reset: () => this.usedTokens.clear(),
      errorReply: (status, retryAfterSeconds) => ({
        status,
        headers: retryAfter(retryAfterSeconds),
        body: {
          type: status === 429 ? 'invalid_request' : status === 503 ? 'service_unavailable' : 'processing_error',
          ...{ code: status === 429 ? 'rate_limited' : 'internal', message: 'Not now, please.' },
        },
      }),
    };
  }

  private routes(): Route[] {
    const at = '/checkout_sessions/:id';
    return [
      { method: 'GET', path: '/.well-known/acp.json', step: 'profile', run: () => this.discovery() },
      this.route('POST', '/checkout_sessions', 'create', {
        ...{ name: 'createCheckoutSession', changes: true },
        run: (caller, call) => this.create(caller, call),
      }),
      this.route('GET', at, 'get', {
        ...{ name: 'getCheckoutSession', changes: false },
        run: (caller, call, [id]) => {
          const found = this.find(caller, id!);
          this.store.shop.asked(found);
          return this.show(call, found, []);
        },
      }),
      this.route('POST', at, 'update', {
        ...{ name: 'updateCheckoutSession', changes: true },
        run: (caller, call, [id]) => this.update(call, this.find(caller, id!)),
      }),
      this.route('POST', `${at}/complete`, 'complete', {
        ...{ name: 'completeCheckoutSession', changes: true },
        run: (caller, call, [id]) => this.complete(call, this.find(caller, id!)),
      }),
      this.route('POST', `${at}/cancel`, 'cancel', {
        ...{ name: 'cancelCheckoutSession', changes: true },
        run: (caller, call, [id]) => this.cancel(call, this.find(caller, id!)),
      }),
    ];
  }

  private route(method: string, path: string, step: string, operation: Operation): Route {
    return { method, path, step, run: (call, ids) => this.meet(operation, call, ids) };
  }

  /** The way of every request: version, who it is, whether it was here before, what is done. */
  private async meet(operation: Operation, call: Call, ids: string[]): Promise<Reply> {
    let reply: Reply;
    try {
      const version = header(call, 'api-version');
      if (version !== ACP_VERSION)
        throw acpError(400, 'unsupported_api_version', `API-Version must be ${ACP_VERSION}.`, { versions: true });
      const caller = this.identify(call);
      reply = operation.changes
        ? await this.once(caller, call, () => operation.run(caller, call, ids))
        : await operation.run(caller, call, ids);
    } catch (error) {
      if (error instanceof Malformed)
        reply = acpError(400, 'invalid_request', error.message, { param: error.at }).reply;
      else if (error instanceof Refusal) ({ reply } = error);
      else throw error;
    }
    this.record(operation.name, call, reply);
    const requestId = header(call, 'request-id');
    return requestId === null ? reply : { ...reply, headers: { ...reply.headers, 'request-id': requestId } };
  }

  private identify(call: Call): Caller {
    const token = bearerOf(call);
    if (token === this.apiKey) return { platform: PLATFORM, accountId: null };
    const found = token === null ? null : this.store.grants.of(token);
    if (found && found.scopes.includes('checkout')) return { platform: PLATFORM, accountId: found.accountId };
    const challenge =
      token === null
        ? 'Bearer'
        : found
          ? 'Bearer error="insufficient_scope", scope="checkout"'
          : 'Bearer error="invalid_token"';
    const code = found ? 'insufficient_scope' : 'unauthorized';
    throw acpError(found ? 403 : 401, code, 'Who are you?', { headers: { 'www-authenticate': challenge } });
  }

  private async once({ platform, accountId }: Caller, call: Call, work: () => Reply | Promise<Reply>): Promise<Reply> {
    const key = header(call, 'idempotency-key');
    if (key === null) throw acpError(400, 'idempotency_key_required', 'Idempotency-Key header is required');
    if (key.length > 255) throw acpError(400, 'invalid_request', 'Idempotency-Key has at most 255 characters');
    // Keys are of who calls, and of the endpoint.
    const owner = `${platform}|${accountId ?? ''}|${call.method} ${call.url.pathname}`;
    const begun = this.store.idempotency.begin(
      owner,
      key,
      requestHash(call.method, call.url.pathname, meaningOf(call.raw)),
    );
    const echo = { 'idempotency-key': key };
    if (begun.is === 'replay') {
      call.replayed = true;
      return { ...begun.reply, headers: { ...begun.reply.headers, ...echo, 'idempotent-replayed': 'true' } };
    }
    if (begun.is === 'other_request')
      throw acpError(
        422,
        'idempotency_conflict',
        'Idempotency-Key has already been used with a different request body',
      );
    if (begun.is === 'in_progress')
      throw acpError(409, 'idempotency_in_flight', 'A request with this Idempotency-Key is currently being processed', {
        headers: { 'retry-after': '1' },
      });
    try {
      const reply = await work();
      this.store.idempotency.keep(owner, key, reply);
      return { ...reply, headers: { ...reply.headers, ...echo } };
    } catch (error) {
      this.store.idempotency.forget(owner, key);
      throw error;
    }
  }

  private create({ platform, accountId }: Caller, call: Call): Reply {
    const request = this.parsed(call, createRequest) as AcpBasketRequest;
    if (request.currency !== 'usd') throw acpError(400, 'invalid_request', 'We sell in usd.', { param: '$.currency' });
    const checkout = this.store.shop.open({
      ...{ platform, accountId, protocolVersion: ACP_VERSION, webhookUrl: this.webhookUrl },
    });
    startWith(checkout);
    if (call.fault?.kind === 'review') checkout.mustReview = true;
    try {
      return { ...this.show(call, checkout, apply(this.store, checkout, request)), status: 201 };
    } catch (error) {
      this.store.shop.drop(checkout);
      throw error;
    }
  }

  private update(call: Call, checkout: Checkout): Reply {
    const request = this.parsed(call, updateRequest) as AcpBasketRequest;
    this.mustBeOpen(checkout);
    if (call.fault?.kind === 'review') checkout.mustReview = true;
    return this.show(call, checkout, apply(this.store, checkout, request));
  }

  private async complete(call: Call, checkout: Checkout): Promise<Reply> {
    const { payment_data, buyer } = this.parsed(call, completeRequest) as AcpBasketRequest & {
      payment_data: AcpPayment;
    };
    this.mustBeOpen(checkout);
    if (buyer) apply(this.store, checkout, { buyer });
    if (call.fault?.kind === 'review') checkout.mustReview = true;
    if (checkout.accountId === null && !this.store.options.guestCheckout) return this.show(call, checkout, []);
    const paying = paymentOf(this.store, checkout, payment_data, this.usedTokens);
    if ('refused' in paying) return this.show(call, checkout, [paying.refused]);
    if (call.fault?.kind === 'declined') {
      const more = { param: '$.payment_data', resolution: 'recoverable' } as const;
      return this.show(call, checkout, [acpMessage('error', 'payment_declined', 'The card was declined.', more)]);
    }
    const asks = call.fault?.kind === 'in_progress' ? (call.fault.asks ?? 1) : 0;
    const done = await this.store.shop.payAndComplete(checkout, paying.paidBy, header(call, 'idempotency-key')!, asks);
    if (done.is === 'payment_refused') {
      const more = { param: '$.payment_data', resolution: 'recoverable' } as const;
      return this.show(call, checkout, [
        acpMessage('error', 'payment_declined', `The token is not good: ${done.code}.`, more),
      ]);
    }
    if (done.is !== 'moved') return this.show(call, checkout, []);
    const content = 'Prices have changed. Look at the new total before you buy.';
    return this.show(call, checkout, [
      acpMessage('error', 'conflict', content, { param: '$.totals', resolution: 'recoverable' }),
      acpMessage('warning', 'price_change', content),
    ]);
  }

  private cancel(call: Call, checkout: Checkout): Reply {
    if (call.raw.length > 0) this.parsed(call, cancelRequest);
    if (!this.store.shop.cancel(checkout))
      throw acpError(405, 'not_cancelable', `This session is ${checkout.state}.`, { headers: { allow: 'GET' } });
    return this.show(call, checkout, []);
  }

  private mustBeOpen({ state }: Checkout): void {
    if (state !== 'open') throw acpError(409, 'session_not_open', `This session is ${state}.`);
  }

  private find({ platform, accountId }: Caller, id: string): Checkout {
    const checkout = this.store.shop.find(id, platform, accountId);
    if (!checkout) throw acpError(404, 'not_found', 'There is no such session.');
    return checkout;
  }

  private show(call: Call, checkout: Checkout, messages: AcpMessage[]): Reply {
    const wrongTotal = call.fault?.kind === 'wrong_total';
    return { status: 200, body: sessionJson(this.store, checkout, { messages, wrongTotal }) };
  }

  private parsed(call: Call, check: Check): unknown {
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

  private discovery(): Reply {
    const body = {
      protocol: { name: 'acp', version: ACP_VERSION, supported_versions: [ACP_VERSION] },
      ...{ api_base_url: this.store.baseUrl, transports: ['rest'] },
      capabilities: {
        ...{ services: ['checkout', 'orders'], extensions: [{ name: 'discount' }], intervention_types: [] },
        ...{ supported_currencies: ['usd'], supported_locales: ['en-US'] },
      },
    };
    this.store.recorder.write({
      ...{ protocol: 'acp', version: ACP_VERSION, operation: 'discovery', method: 'GET', agent: null },
      ...{ path: '/.well-known/acp.json', requestBody: null, status: 200, responseBody: body, faulty: false },
    });
    return { status: 200, headers: { 'cache-control': 'public, max-age=3600' }, body };
  }

  private record(operation: string, call: Call, reply: Reply): void {
    this.store.recorder.write({
      ...{ protocol: 'acp', version: ACP_VERSION, operation, method: call.method, path: call.url.pathname },
      ...{ agent: header(call, 'user-agent'), requestBody: jsonOf(call.raw.toString()) },
      ...{ status: reply.status, responseBody: reply.body },
      faulty: call.fault?.kind === 'wrong_total',
    });
  }
}

/** The same JSON is the same request, whatever its spaces. */
function meaningOf(raw: Buffer): Buffer {
  try {
    return createHash('sha256')
      .update(JSON.stringify(JSON.parse(raw.toString())))
      .digest();
  } catch {
    return raw;
  }
}
