import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AnswerReader, BadAnswer } from '../answer-reader';
import type { ConnectedStore, RemoteOrder } from '../store-api';
import { WebhookRefused } from '../webhook-refused';
import { orderOf } from './acp-order';

const TOLERANCE_SECONDS = 300;

/** Which event it is, and the order as the store saw it then. */
export interface AcpEvent {
  /** Of what was signed: the same for the same bytes, however often and by whomever they are sent. */
  eventId: string;
  type: string;
  order: RemoteOrder;
}

/**
 * An order event of an ACP store: verified on the raw bytes (`Merchant-Signature: t=…,v1=HMAC-SHA256(t.body)`, at most
 * 300 seconds old or early), then read. The store's `webhookSecret` signs, and while it is rotated `webhookSecretOlder` too.
 * ACP gives events no id. Throws WebhookRefused.
 */
export function verifyAcpWebhook(
  rawBody: Buffer,
  headers: Record<string, string | string[] | undefined>,
  store: Pick<ConnectedStore, 'secrets' | 'currency'>,
  { now = Date.now(), mayBeHttp = false }: { now?: number; mayBeHttp?: boolean } = {},
): AcpEvent {
  const { webhookSecret, webhookSecretOlder } = store.secrets;
  const secrets = [webhookSecret, webhookSecretOlder].filter((secret) => secret !== undefined && secret !== '');
  if (secrets.length === 0) throw new WebhookRefused('the store has no secret to sign with');
  const header = headers['merchant-signature'];
  if (header === undefined) throw new WebhookRefused('no signature');
  const [, seconds, signature] = /^t=(\d{1,12}),v1=([0-9a-fA-F]{64})$/.exec(String(header)) ?? [];
  if (seconds === undefined || signature === undefined) throw new WebhookRefused('no signature of this kind');
  const given = Buffer.from(signature, 'hex');
  // Each secret is tried to the end: how long it takes tells nothing of which one fits, or how far.
  const fitting = secrets.filter((secret) => timingSafeEqual(given, hmac(secret!, seconds, rawBody)));
  if (fitting.length === 0) throw new WebhookRefused('signature of somebody else');
  // Only now: what time it is said to be is the store's word because the signature is.
  if (Math.abs(now / 1_000 - Number(seconds)) > TOLERANCE_SECONDS) throw new WebhookRefused('too old, or early');
  try {
    const event = AnswerReader.parse(rawBody);
    const order = orderOf(event.at('data'), { currency: store.currency, mayBeHttp });
    return { eventId: eventIdOf(seconds, rawBody), type: event.at('type').id(), order };
  } catch (error) {
    if (error instanceof BadAnswer) throw new WebhookRefused('signed, and not to be read');
    throw error;
  }
}

function hmac(secret: string, seconds: string, rawBody: Buffer): Buffer {
  return createHmac('sha256', secret).update(`${seconds}.`).update(rawBody).digest();
}

function eventIdOf(seconds: string, rawBody: Buffer): string {
  // Not in hex: one in some thousands would look like the number of a card.
  return `acp_${createHash('sha256').update(`${seconds}.`).update(rawBody).digest('base64url')}`;
}
