import { createHmac } from 'node:crypto';
import { WebhookRefused } from '../webhook-refused';
import { verifyAcpWebhook } from './acp-webhook';

const NOW = Date.parse('2026-11-26T06:00:00Z');
const SECONDS = NOW / 1_000;
const SECRET = 'whsec-of-the-store';
const STORE = { currency: 'USD', secrets: { webhookSecret: SECRET } };
const EVENT = {
  type: 'order_update',
  data: { type: 'order', id: 'ord_1', checkout_session_id: 'cs_1', status: 'shipped' },
};

const bytes = (event: unknown = EVENT) => Buffer.from(JSON.stringify(event));
const sign = (body: Buffer, seconds = SECONDS, secret = SECRET) =>
  `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex')}`;
const verify = (body: Buffer, signature: string | string[] | undefined, store = STORE) =>
  verifyAcpWebhook(body, { 'merchant-signature': signature }, store, { now: NOW });
const reason = (work: () => unknown) => {
  try {
    work();
    return 'believed';
  } catch (error) {
    return error instanceof WebhookRefused ? error.reason : String(error);
  }
};

describe('a webhook of an ACP store', () => {
  it('is believed when the store signed these very bytes just now', () => {
    const told = verify(bytes(), sign(bytes()));
    expect(told).toMatchObject({ type: 'order_update', order: { id: 'ord_1', checkoutId: 'cs_1', status: 'shipped' } });
    expect(told.eventId).toMatch(/^acp_[A-Za-z0-9_-]{43}$/);
  });

  it('is one event however often the same bytes come, and another when it is signed anew', () => {
    const [first, again] = [verify(bytes(), sign(bytes())), verify(bytes(), sign(bytes()))];
    expect(again.eventId).toBe(first.eventId);
    expect(verify(bytes(), sign(bytes(), SECONDS - 1)).eventId).not.toBe(first.eventId);
  });

  it.each([
    ['without a signature', undefined, 'no signature'],
    ['with something else for one', 'sha256=abc', 'no signature of this kind'],
    ['with one that is cut', sign(bytes()).slice(0, -1), 'no signature of this kind'],
    ['with two of them', `${sign(bytes())},v1=${'0'.repeat(64)}`, 'no signature of this kind'],
    ['with a header that comes twice', [sign(bytes()), sign(bytes())], 'no signature of this kind'],
    ['signed by somebody else', sign(bytes(), SECONDS, 'another secret'), 'signature of somebody else'],
    ['signed for other bytes', sign(bytes({ ...EVENT, type: 'order_create' })), 'signature of somebody else'],
    [
      'with its time changed',
      sign(bytes(), SECONDS - 400).replace(/t=\d+/, `t=${SECONDS}`),
      'signature of somebody else',
    ],
    ['301 seconds old', sign(bytes(), SECONDS - 301), 'too old, or early'],
    ['301 seconds early', sign(bytes(), SECONDS + 301), 'too old, or early'],
  ])('%s is not', (_, signature, why) => {
    expect(reason(() => verify(bytes(), signature))).toBe(why);
  });

  it('may be 300 seconds old, or early', () => {
    for (const seconds of [SECONDS - 300, SECONDS + 300])
      expect(reason(() => verify(bytes(), sign(bytes(), seconds)))).toBe('believed');
  });

  it('signed with the secret of before is believed while that is rotated', () => {
    const store = { ...STORE, secrets: { webhookSecret: 'new', webhookSecretOlder: SECRET } };
    expect(reason(() => verify(bytes(), sign(bytes()), store))).toBe('believed');
    expect(reason(() => verify(bytes(), sign(bytes()), { ...STORE, secrets: { webhookSecret: 'new' } }))).toMatch(
      /else/,
    );
  });

  it('of a store that signs nothing is not, whatever it is signed with', () => {
    for (const secret of ['', undefined]) {
      const store = {
        currency: 'USD',
        secrets: { ...(secret !== undefined && { webhookSecret: secret }) },
      } as typeof STORE;
      expect(reason(() => verify(bytes(), sign(bytes(), SECONDS, ''), store))).toMatch(/no secret/);
    }
  });

  it('that is signed and no order is nothing', () => {
    for (const body of [Buffer.from('{'), bytes({ type: 'order_update', data: null }), bytes({ type: 'order_update' })])
      expect(reason(() => verify(body, sign(body)))).toBe('signed, and not to be read');
  });
});
