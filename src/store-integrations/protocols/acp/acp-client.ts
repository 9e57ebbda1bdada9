import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Clock } from '../../../platform/clock';
import type { IncomingAnswer } from '../../../platform/http-client';
import { AnswerReader, BadAnswer } from '../answer-reader';
import type { BasketLine, ConnectedStore, StoreCall } from '../store-api';
import { StoreFault } from '../store-fault';
import { StoreHttp, badAnswer } from '../store-http';
import { faultOf } from './acp-faults';
import { ACP_VERSION, acpOptions } from './acp-options';

/** How often something without effect is asked in all, where its answer was lost or the store was busy. */
const TRIES = 3;
const AGAIN_MS = 200;

export interface AcpRequest {
  method: 'GET' | 'POST';
  path: string;
  body?: object;
  /** Of every POST. */
  key?: string;
  /** Whether something is bought by it. Then it is asked once: what became of it is found out by looking. */
  hasEffect: boolean;
  /** What was asked for, to give an error its place. */
  lines?: BasketLine[] | null;
  /** Statuses that are answers too: null. */
  passing?: number[];
}

/** Requests of one call, within its time. */
export interface AcpAsking {
  idempotencyKey: string;
  request(request: AcpRequest): Promise<AnswerReader | null>;
  /** Where every answer but a success is a fault. */
  send(request: AcpRequest): Promise<AnswerReader>;
}

/**
 * HTTP as ACP has it: version, bearer, idempotency key, and what an answer's status means. What the store does not answer is
 * asked again within the call's time where that can do no harm; a token that it refuses is renewed once. Throws StoreFault.
 */
@Injectable()
export class AcpClient {
  constructor(
    private readonly http: StoreHttp,
    private readonly clock: Clock,
  ) {}

  asking(call: StoreCall): AcpAsking {
    const until = Date.now() + call.timeoutMs;
    const request = (one: AcpRequest) => this.request(call, until, one);
    const { idempotencyKey } = call;
    return { idempotencyKey, request, send: async (one) => (await request({ ...one, passing: [] }))! };
  }

  /** Whether this store's links may be http. */
  mayLeadToHttp({ baseUrl }: Pick<ConnectedStore, 'baseUrl'>): boolean {
    return this.http.mayLeadToHttp(baseUrl);
  }

  private async request(call: StoreCall, until: number, request: AcpRequest): Promise<AnswerReader | null> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.once(call, until, request);
      } catch (error) {
        if (!(error instanceof StoreFault) || request.hasEffect || tried >= TRIES || !mayBeOver(error)) throw error;
        const waitMs = Math.max(error.retryAfterMs ?? 0, AGAIN_MS * tried);
        if (Date.now() + waitMs >= until) throw error;
        await sleep(waitMs);
      }
    }
  }

  private async once(call: StoreCall, until: number, request: AcpRequest): Promise<AnswerReader | null> {
    const { hasEffect, lines = null, passing = [] } = request;
    let answer = await this.ask(call, until, request);
    // Revoked a moment ago, or a clock is wrong: with another token the same may be done.
    if (answer.status === 401 && call.accessToken) {
      call.tokenRefused?.();
      answer = await this.ask(call, until, request);
    }
    const { status, body } = answer;
    if (passing.includes(status)) return null;
    if (status < 200 || status >= 300)
      throw faultOf(answer, { hasEffect, lines, isLinked: call.accessToken !== null, now: this.clock.now().getTime() });
    return acpReading(hasEffect, () => AnswerReader.parse(body));
  }

  private async ask(call: StoreCall, until: number, request: AcpRequest): Promise<IncomingAnswer> {
    const { method, path, body, key, hasEffect } = request;
    const headers = await this.headersOf(call);
    const timeoutMs = until - Date.now();
    if (timeoutMs <= 0) throw new StoreFault('unavailable', 'timed_out', 'The store took too long.');
    return this.http.send(`${call.store.baseUrl}${path}`, {
      ...{ method, timeoutMs, hasEffect },
      headers: {
        ...headers,
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  private async headersOf({ store, accessToken }: StoreCall): Promise<Record<string, string>> {
    const { shopperTokenHeader } = acpOptions(store);
    const { apiKey } = store.secrets;
    const token = accessToken ? await accessToken() : null;
    const bearer = token !== null && shopperTokenHeader === null ? token : apiKey;
    if (!bearer) throw new StoreFault('unavailable', 'no_credentials', 'The store is not set up for its API.');
    return {
      ...{ accept: 'application/json', 'api-version': ACP_VERSION, 'request-id': randomUUID() },
      ...{ timestamp: this.clock.now().toISOString(), authorization: `Bearer ${bearer}` },
      ...(token !== null && shopperTokenHeader !== null && { [shopperTokenHeader]: token }),
    };
  }
}

/** What `read` makes of an answer; `bad_answer` where it is not as the protocol says. */
export function acpReading<T>(hasEffect: boolean, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadAnswer) throw badAnswer(hasEffect);
    throw error;
  }
}

/** Faults that did nothing and may be over in a moment. */
function mayBeOver({ kind, code }: StoreFault): boolean {
  if (kind === 'conflict') return code !== 'idempotency_conflict';
  if (kind !== 'unavailable') return false;
  return /^(connection_lost|connect_failed|http_5\d\d|processing_error|service_unavailable)$/.test(code);
}
