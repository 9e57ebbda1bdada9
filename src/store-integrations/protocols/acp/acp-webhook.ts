import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Unreadable, readJson } from '../json-reader';
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
  headers: IncomingHttpHeaders,
  store: Pick<ConnectedStore, 'secrets' | 'currency' | 'baseUrl'>,
  now = new Date(),
): AcpEvent {
  const { webhookSecret, webhookSecretOlder } = store.secrets;
  const secrets = [webhookSecret, webhookSecretOlder].filter((secret) => secret !== undefined && secret !== '');
  if (secrets.length === 0) throw new WebhookRefused('not_expected');
  const header = headers['merchant-signature'];
  if (header === undefined) throw new WebhookRefused('signature_missing');
  const [, seconds, signature] = /^t=(\d{1,12}),v1=([0-9a-fA-F]{64})$/.exec(String(header)) ?? [];
  if (seconds === undefined || signature === undefined) throw new WebhookRefused('signature_malformed');
  const given = Buffer.from(signature, 'hex');
  // Every secret is tried, whichever fits: how long it takes tells nothing.
  const fitting = secrets.filter((secret) => timingSafeEqual(given, hmac(secret!, seconds, rawBody)));
  if (fitting.length === 0) throw new WebhookRefused('signature_wrong');
  // After the signature: the time is the signer's word only where the signature is.
  if (Math.abs(now.getTime() / 1_000 - Number(seconds)) > TOLERANCE_SECONDS) throw new WebhookRefused('signature_old');
  return { eventId: eventId(seconds, rawBody), ...eventOf(rawBody, store) };
}

function hmac(secret: string, seconds: string, rawBody: Buffer): Buffer {
  return createHmac('sha256', secret).update(`${seconds}.`).update(rawBody).digest();
}

function eventId(seconds: string, rawBody: Buffer): string {
  return `acp_${createHash('sha256').update(`${seconds}.`).update(rawBody).digest('hex')}`;
}

function eventOf(rawBody: Buffer, store: Pick<ConnectedStore, 'currency' | 'baseUrl'>): Omit<AcpEvent, 'eventId'> {
  try {
    const event = readJson(rawBody);
    return { type: event.get('type').text(50), order: orderOf(event.get('data'), store) };
  } catch (error) {
    if (error instanceof Unreadable) throw new WebhookRefused('unreadable');
    throw error;
  }
}
