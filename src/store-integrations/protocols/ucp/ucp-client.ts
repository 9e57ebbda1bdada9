import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { v4 as uuidv4, v5 as uuidv5 } from 'uuid';
import { Config } from '../../../platform/config';
import { Clock } from '../../../platform/clock';
import type { IncomingAnswer } from '../../../platform/http-client';
import { AnswerReader, BadAnswer } from '../answer-reader';
import type { StoreCall } from '../store-api';
import { StoreFault } from '../store-fault';
import { StoreHttp, faultOfStatus, readAnswer } from '../store-http';
import { businessFault, protocolFault } from './business-error';
import type { BusinessProfile } from './business-profile';
import { contentDigest, signMessage } from './message-signatures';
import { profileUrl } from './platform-profile';
import { SigningKeys } from './signing-keys';
import { StoreProfiles } from './store-profiles';

/** Namespace of the idempotency keys that are derived of a call's. */
const KEYS = '7b0a3f6e-3f0b-5c1d-9a52-0c8f5d1e64b7';
/** Between tries of what may simply be asked again. */
const AGAIN_AFTER_MS = [100, 400];
const AGAIN = new Set(['connection_lost', 'connect_failed', 'http_500', 'http_502', 'http_504']);
/** Less than that is no time for an answer. */
const LEAST_MS = 50;

export interface UcpRequest<T> {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  body?: object;
  /**
   * What the idempotency key is of, besides the call: the same for the same request again. With `keyOfCall` alone it is
   * not of the body, so that another body under it is a conflict and not a second purchase.
   */
  step?: string;
  keyOfCall?: boolean;
  /** Whether something is bought or undone by it. */
  hasEffect: boolean;
  read: (answer: AnswerReader) => T;
}

/** One call to one store: its profile, and the time that is left. */
export class UcpSession {
  /** Of this call alone: a store that remembers answers by their keys is not to give one of before. */
  readonly nonce = uuidv4();
  private readonly until: number;

  constructor(
    readonly call: StoreCall,
    readonly profile: BusinessProfile,
    begun: number,
    readonly mayBeHttp: boolean,
    private readonly client: UcpClient,
  ) {
    this.until = begun + call.timeoutMs;
  }

  /** Milliseconds left of the call's. Throws StoreFault `unavailable` where nothing could be sent and answered any more. */
  get leftMs(): number {
    const left = this.until - Date.now();
    if (left < LEAST_MS) throw new StoreFault('unavailable', 'timed_out', 'The store took too long.');
    return left;
  }

  ask<T>(request: UcpRequest<T>): Promise<T> {
    return this.client.ask(this, request);
  }
}

/**
 * Speaks UCP over REST: signs each request, says for whom it is, and gives faults their names. What has no effect is asked
 * again when the connection breaks, within the call's time.
 */
@Injectable()
export class UcpClient {
  constructor(
    private readonly http: StoreHttp,
    private readonly profiles: StoreProfiles,
    private readonly keys: SigningKeys,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  async begin(call: StoreCall): Promise<UcpSession> {
    const begun = Date.now();
    const profile = await this.profiles.of(call.store, call.timeoutMs);
    return new UcpSession(call, profile, begun, this.http.mayLeadToHttp(call.store.baseUrl), this);
  }

  async ask<T>(session: UcpSession, request: UcpRequest<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.askOnce(session, request);
      } catch (error) {
        const pauseMs = AGAIN_AFTER_MS[attempt];
        const mayAgain = error instanceof StoreFault && error.kind === 'unavailable' && AGAIN.has(error.code);
        if (request.hasEffect || !mayAgain || pauseMs === undefined || session.leftMs < 2 * pauseMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  /** With a token that the store takes: one that it refuses is given back, once. */
  private async askOnce<T>(session: UcpSession, request: UcpRequest<T>): Promise<T> {
    try {
      return await this.send(session, request);
    } catch (error) {
      const { accessToken, tokenRefused } = session.call;
      if (!(error instanceof StoreFault) || error.kind !== 'relink') throw error;
      // Of somebody who is not signed in there is nothing to link again: the store sells to nobody without an account.
      if (!accessToken) throw new StoreFault('unavailable', error.code, error.detail);
      if (error.code === 'insufficient_scope' || !tokenRefused) throw error;
      tokenRefused();
      return this.send(session, request);
    }
  }

  private async send<T>(session: UcpSession, request: UcpRequest<T>): Promise<T> {
    const url = new URL(`${session.profile.endpoint}${request.path}`);
    const body = request.body && JSON.stringify(request.body);
    const headers = await this.headersOf(session, request, url, body);
    const { method, hasEffect } = request;
    const answer = await this.http.send(url.href, {
      ...{ method, headers, timeoutMs: session.leftMs, hasEffect },
      ...(body !== undefined && { body }),
    });
    const fault = this.faultOf(answer, hasEffect);
    if (fault) throw fault;
    return readAnswer(answer.body, hasEffect, (reader) => {
      const refusal = businessFault(reader);
      if (refusal) throw refusal;
      return request.read(reader);
    });
  }

  private async headersOf(
    session: UcpSession,
    request: UcpRequest<unknown>,
    url: URL,
    body: string | undefined,
  ): Promise<Record<string, string>> {
    const { accessToken, store } = session.call;
    const apiKey = store.secrets['apiKey'];
    const unsigned: Record<string, string> = {
      accept: 'application/json',
      'ucp-agent': `profile="${profileUrl(this.config.PUBLIC_URL, session.profile.version)}"`,
      'request-id': uuidv4(),
      ...(request.method !== 'GET' && { 'idempotency-key': keyOf(session.call, request, body) }),
      ...(body !== undefined && { 'content-type': 'application/json', 'content-digest': contentDigest(body) }),
      ...(apiKey !== undefined && { 'x-api-key': apiKey }),
      ...(accessToken && { authorization: `Bearer ${await accessToken()}` }),
    };
    const components = [
      ...['@method', '@authority', '@path', ...(url.search === '' ? [] : ['@query'])],
      ...['ucp-agent', 'idempotency-key', 'content-digest', 'content-type'].filter((name) => name in unsigned),
    ];
    const { kid, key } = await this.keys.current();
    const message = { method: request.method, url, headers: unsigned };
    return { ...unsigned, ...signMessage(message, components, { kid, key, at: this.clock.now() }) };
  }

  /** By what the body says where it says something that decides; by the status else. */
  private faultOf(answer: IncomingAnswer, hasEffect: boolean): StoreFault | null {
    const byStatus = faultOfStatus(answer, hasEffect, Date.now());
    if (!byStatus || ['conflict', 'throttled', 'unknown'].includes(byStatus.kind) || answer.status >= 500) {
      return byStatus;
    }
    if (answer.status === 403 && /insufficient_scope/.test(answer.headers['www-authenticate'] ?? '')) {
      return new StoreFault('relink', 'insufficient_scope', 'The store asks for more than it was allowed.');
    }
    const named = protocolFaultIn(answer.body);
    if (!named || (byStatus.kind === 'relink' && named.kind === 'refused')) return byStatus;
    return named;
  }
}

/** A body that says nothing is none. */
function protocolFaultIn(body: Buffer): StoreFault | null {
  try {
    return protocolFault(AnswerReader.parse(body));
  } catch (error) {
    if (error instanceof BadAnswer) return null;
    throw error;
  }
}

function keyOf(call: StoreCall, { step, keyOfCall, path }: UcpRequest<unknown>, body: string | undefined): string {
  const of = keyOfCall
    ? ''
    : createHash('sha256')
        .update(body ?? '')
        .digest('base64url');
  return uuidv5(JSON.stringify([call.idempotencyKey, step ?? '', path, of]), KEYS);
}
