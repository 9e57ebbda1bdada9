import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallRecord, Double } from '../double';
import { ENDPOINTS } from '../endpoints';
import type { Fault } from '../faults/faults';
import { sellerOf } from '../shared-payment/token';
import { expanded } from '../world/expand';
import { newId } from '../world/ids';
import { API_VERSION } from '../world/world';
import type { Call, Owner } from './endpoint';
import { Failure, invalid, type FailureBody } from './failure';
import { canonical, readForm, type Fields } from './form';
import type { Answer } from './idempotency';
import { routeOf } from './routes';

/** Below /v1: what Stripe would do with a request. */
export class StripeApi {
  constructor(private readonly double: Double) {}

  async answer(request: IncomingMessage, response: ServerResponse, url: URL, body: string): Promise<void> {
    const { method = 'GET' } = request;
    const record: CallRecord = {
      ...{ method, path: url.pathname, account: headerOf(request, 'stripe-account') },
      ...{ idempotencyKey: headerOf(request, 'idempotency-key'), requestId: newId('req') },
      ...{ status: null, fault: null, replayed: false },
    };
    this.double.record(record);
    let fault: Fault | null = null;
    let answer: Answer;
    try {
      const seller = authenticate(headerOf(request, 'authorization'), this.double.options.key);
      checkVersion(headerOf(request, 'stripe-version'), url.pathname);
      fault = this.double.faults.meet(method, url.pathname);
      record.fault = fault?.kind ?? null;
      if (fault && isSilent(fault, 'before')) {
        silence(response, fault);
        return;
      }
      answer = await this.effect(record, readForm(method === 'POST' ? body : url.search.slice(1)), fault, seller);
    } catch (error) {
      answer = answerOf(error);
    }
    record.replayed = answer.headers?.['idempotent-replayed'] === 'true';
    if (fault && isSilent(fault, 'after')) {
      silence(response, fault);
      return;
    }
    record.status = answer.status;
    response.writeHead(answer.status, {
      ...{ 'content-type': 'application/json', 'request-id': record.requestId },
      ...{ 'stripe-version': headerOf(request, 'stripe-version') ?? API_VERSION },
      ...(record.idempotencyKey === null ? {} : { 'idempotency-key': record.idempotencyKey }),
      ...(record.account === null ? {} : { 'stripe-account': record.account }),
      ...answer.headers,
    });
    response.end(JSON.stringify(answer.body, null, 2));
  }

  /** What the endpoint does and answers, once a key. */
  private async effect(record: CallRecord, fields: Fields, fault: Fault | null, seller: Owner): Promise<Answer> {
    const { method, path, requestId } = record;
    const { world, idempotency, baseUrl } = this.double;
    const found = routeOf(ENDPOINTS, method, path.replace(/^\/v1\//, ''));
    if (!found)
      throw new Failure(404, {
        type: 'invalid_request_error',
        message: `Unrecognized request URL (${method}: ${path}). The double does not speak all of Stripe.`,
      });
    const owner = seller ?? this.ownerOf(record.account);
    failBefore(fault);
    const key = method === 'POST' ? record.idempotencyKey : null;
    if (key !== null) {
      const kept = idempotency.begin(owner, key, `${method} ${path} ${canonical(fields)}`, requestId);
      if (kept) return kept;
    }
    const call: Call = { world, owner, requestId, idempotencyKey: key, baseUrl, ids: found.ids };
    const paths = expandOf(fields);
    let run: () => unknown;
    try {
      run = found.route.prepare(call, fields);
    } catch (error) {
      // It was refused before it began: the key is free.
      if (key !== null) idempotency.forget(owner, key);
      throw error;
    }
    const delayMs = fault?.kind === 'slow' ? (fault.delayMs ?? 1000) / 2 : 0;
    if (delayMs > 0) await sleep(delayMs);
    const answer = this.run(() => expanded(world, run(), paths, method === 'GET'), fault);
    if (delayMs > 0) await sleep(delayMs);
    if (key !== null) idempotency.keep(owner, key, answer);
    return answer;
  }

  /** In one turn: nobody sees it half done. Its events are told when it has happened, a refusal by the bank included. */
  private run(effect: () => unknown, fault: Fault | null): Answer {
    const { world } = this.double;
    try {
      if (fault?.kind === 'refuse')
        throw new Failure(fault.status ?? 400, fault.error ?? { type: 'api_error', message: 'Refused by order.' });
      const body = effect();
      world.commit();
      return fault?.kind === 'error_500_after' ? answerOf(serverError()) : { status: 200, body };
    } catch (error) {
      if (error instanceof Failure && error.status === 402) world.commit();
      else world.discard();
      return answerOf(error);
    }
  }

  private ownerOf(account: string | null): Owner {
    if (account !== null && !this.double.world.accounts.find(null, account))
      throw new Failure(403, {
        ...{ type: 'invalid_request_error', code: 'account_invalid' },
        message: `The provided key does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`,
      });
    return account;
  }
}

const EXPANDABLE = new Set(
  (
    'data latest_charge payment_intent charge transfer customer payment_method balance_transaction destination ' +
    'destination_payment source_transaction transfer_reversal source_transfer source setup_intent ' +
    'failure_balance_transaction on_behalf_of review invoice_settings default_payment_method'
  ).split(' '),
);

/** The paths to expand: refused before anything happens. */
function expandOf(fields: Fields): string[] {
  const paths = Array.isArray(fields['expand']) ? fields['expand'].filter((path) => typeof path === 'string') : [];
  for (const path of paths)
    if (path.split('.').length > 4 || !path.split('.').every((name) => EXPANDABLE.has(name)))
      throw invalid(`This property cannot be expanded (${path}).`, { param: 'expand' });
  return paths;
}

/** Gives the account of a seller that has a key of its own; null is the platform. */
function authenticate(header: string | null, key: string): Owner {
  const [scheme = '', credentials = ''] = (header ?? '').split(' ');
  const isBasic = scheme.toLowerCase() === 'basic';
  const given = isBasic ? Buffer.from(credentials, 'base64').toString().split(':')[0] : credentials;
  if (given === key) return null;
  const seller = sellerOf(given ?? '');
  if (seller !== null) return seller;
  const message = given
    ? `Invalid API Key provided: ${given.slice(0, 8)}***`
    : "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').";
  throw new Failure(401, { type: 'invalid_request_error', message });
}

/** The double speaks one version; it refuses what is none at all, and knows of a preview only who asks for one. */
function checkVersion(version: string | null, path: string): void {
  if (version !== null && !/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/.test(version))
    throw invalid(`Invalid Stripe API version: ${version}`);
  if (path.startsWith('/v1/shared_payment/') && version?.endsWith('.preview') !== true)
    throw new Failure(404, {
      ...{ type: 'invalid_request_error', message: `Unrecognized request URL (${path}): it is in preview.` },
    });
}

function failBefore(fault: Fault | null): void {
  switch (fault?.kind) {
    case 'conflict_409':
      throw new Failure(409, {
        ...{ type: 'idempotency_error', code: 'idempotency_key_in_use' },
        message: 'There is currently another in-progress request using this idempotency key.',
      });
    case 'rate_limit_429':
      throw new Failure(429, {
        ...{ type: 'invalid_request_error', code: 'rate_limit' },
        message: 'Request rate limit exceeded.',
      });
    case 'error_500_before':
      throw serverError();
    default:
  }
}

function serverError(): Failure {
  return new Failure(500, {
    type: 'api_error',
    message: 'Sorry! There was an error while talking to one of our backends.',
  });
}

function isSilent({ kind }: Fault, moment: 'before' | 'after'): boolean {
  return kind === `timeout_${moment}` || kind === `reset_${moment}`;
}

/** Never answers, until the client gives up; or cuts the connection. */
function silence(response: ServerResponse, { kind }: Fault): void {
  if (kind.startsWith('reset')) response.socket?.resetAndDestroy();
}

function answerOf(error: unknown): Answer {
  if (!(error instanceof Failure)) {
    console.error('The double failed:', error);
    return answerOf(serverError());
  }
  const body: { error: FailureBody & { doc_url?: string } } = { error: error.body };
  if (error.body.code !== undefined) body.error.doc_url = `https://stripe.com/docs/error-codes/${error.body.code}`;
  return { status: error.status, body: structuredClone(body) };
}

function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
