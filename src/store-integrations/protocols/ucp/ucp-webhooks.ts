import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { isInnerList, parseDictionary } from 'structured-headers';
import { Clock } from '../../../platform/clock';
import { Config } from '../../../platform/config';
import { AnswerReader, BadAnswer } from '../answer-reader';
import type { RemoteOrder } from '../store-api';
import { StoreFault } from '../store-fault';
import { StoreHttp } from '../store-http';
import { WebhookRefused } from '../webhook-refused';
import type { IncomingWebhook, VerifiedWebhook, WebhookVerifier } from '../webhook-verifier';
import { candidatesOf, faultOf, isDigestOf, type Candidate, type PublishedKey } from './message-signatures';
import { readOrder } from './order-answer';
import { PROFILE_PATH, WEBHOOK_PATH } from './platform-profile';
import { StoreProfiles, type Place } from './store-profiles';
import { isUrl } from '../../../platform/http-client';

/** How old a signature may be that says when it was made: each delivery is signed anew. */
const SIGNED_WITHIN_MS = 300_000;
/** How long ago the event may have been: a store whose deliveries failed tries them again for a while. */
const HAPPENED_WITHIN_MS = 86_400_000;
const AHEAD_MS = 300_000;
/** UCP, Identity Resolution: what a signature has to cover to say anything of a request with a body. */
const ALWAYS_COVERED = ['@method', '@authority', '@path', 'content-digest', 'content-type'];
/** To be covered where they are there. */
const COVERED_IF_THERE = ['ucp-agent', 'idempotency-key', 'signature-agent'];
const EVENT_ID = /^[\x21-\x7e]{1,200}$/;

/**
 * Order webhooks of UCP stores: Standard Webhooks' headers, signed as RFC 9421 has it. The sender says in what it signs which
 * business it is, and its profile has the keys.
 */
@Injectable()
export class UcpWebhooks implements WebhookVerifier {
  readonly protocol = 'ucp';

  constructor(
    private readonly profiles: StoreProfiles,
    private readonly http: StoreHttp,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  /**
   * Guarantees: the body is not read before its signature holds, by a key that the sender's profile names now; a sender
   * that is no store of ours is never asked for a profile. What is signed is the address that our profile names, whatever a
   * proxy made of it, with the query of the request. Of several stores at the sender's origin it is the one whose order it is.
   * Throws WebhookRefused; StoreFault `unavailable` where the sender's keys cannot be had at present, so that it sends again.
   */
  async verify({
    rawBody,
    method,
    path: url,
    headers,
  }: IncomingWebhook): Promise<VerifiedWebhook & { order: RemoteOrder }> {
    const now = this.clock.now();
    const given = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name.toLowerCase(),
        Array.isArray(value) ? value.join(', ') : value,
      ]),
    );
    const origin = senderOf(given['ucp-agent']);
    const candidates = candidatesOf({ method, url: this.target(url), headers: given });
    if (typeof candidates === 'string') throw new WebhookRefused(candidates);
    if (!isDigestOf(given['content-digest'], rawBody)) throw new WebhookRefused('digest_mismatch');
    assertOfNow(given['webhook-timestamp'], now);
    const stores = await this.profiles.storesAt(origin);
    const [sender] = stores;
    if (!sender?.isInUse) throw new WebhookRefused('unknown_sender');
    const required = [
      ...ALWAYS_COVERED,
      ...(this.target(url).search === '' ? [] : ['@query']),
      ...COVERED_IF_THERE.filter((name) => given[name] !== undefined),
    ];
    const holding = await this.oneThatHolds(candidates, sender, required, now);
    const order = this.orderIn(rawBody, origin);
    const eventId = eventIdOf(given['webhook-id'], holding, rawBody);
    const store = await this.profiles.storeOf(stores, order);
    if (!store.isInUse) throw new WebhookRefused('unknown_sender');
    return { storeId: store.id, eventId, order };
  }

  private target(url: string): URL {
    const target = new URL(`${this.config.PUBLIC_URL}${WEBHOOK_PATH}`);
    target.search = isUrl(url, target.href) ? new URL(url, target.href).search : '';
    return target;
  }

  /** Whichever holds first; a key that the profile did not name before may be new. */
  private async oneThatHolds(
    candidates: Candidate[],
    sender: Place,
    required: string[],
    now: Date,
  ): Promise<Candidate> {
    const rules = { required, withinMs: SIGNED_WITHIN_MS, now };
    const { keys } = await this.profiles.of(sender);
    const first = firstThatHolds(candidates, keys, rules);
    if (typeof first !== 'string') return first;
    if (first !== 'key_not_found') throw new WebhookRefused(first);
    const anew = await this.profiles.again(sender);
    const second = firstThatHolds(candidates, anew?.keys ?? [], rules);
    if (typeof second === 'string') throw new WebhookRefused(second);
    return second;
  }

  private orderIn(rawBody: Buffer, origin: string): RemoteOrder {
    try {
      return readOrder(AnswerReader.parse(rawBody), this.http.mayLeadToHttp(origin));
    } catch (error) {
      if (error instanceof BadAnswer || error instanceof StoreFault) throw new WebhookRefused('not_an_order');
      throw error;
    }
  }
}

function firstThatHolds(
  candidates: Candidate[],
  keys: PublishedKey[],
  rules: Parameters<typeof faultOf>[2],
): Candidate | string {
  let fault = 'key_not_found';
  for (const candidate of candidates) {
    const key = keys.find(({ kid }) => kid === candidate.keyId);
    if (!key) continue;
    const found = faultOf(candidate, key, rules);
    if (found === null) return candidate;
    fault = found;
  }
  return fault;
}

/** `profile` of UCP-Agent: a business's stands at the well-known place of its origin. */
function senderOf(header: string | undefined): string {
  if (header === undefined) throw new WebhookRefused('no_sender');
  let value: unknown;
  try {
    const member = parseDictionary(header).get('profile');
    value = member && !isInnerList(member) ? member[0] : undefined;
  } catch {
    value = undefined;
  }
  if (typeof value !== 'string' || !isUrl(value)) throw new WebhookRefused('no_sender');
  const url = new URL(value);
  if (url.pathname !== PROFILE_PATH || url.search !== '' || url.hash !== '') throw new WebhookRefused('no_sender');
  return url.origin;
}

/** Standard Webhooks: when it happened, in seconds. */
function assertOfNow(header: string | undefined, now: Date): void {
  const seconds = /^\d{1,12}$/.test(header ?? '') ? Number(header) : Number.NaN;
  const age = now.getTime() - seconds * 1_000;
  if (!(age <= HAPPENED_WITHIN_MS && age >= -AHEAD_MS)) throw new WebhookRefused('too_old');
}

/** The sender's own where that is signed too; else the digest of the body: sent again under another id it is still the same. */
function eventIdOf(header: string | undefined, { covered }: Candidate, rawBody: Buffer): string {
  if (header === undefined || !EVENT_ID.test(header)) throw new WebhookRefused('no_event_id');
  return covered.has('webhook-id') ? header : `sha-256:${createHash('sha256').update(rawBody).digest('base64url')}`;
}
