import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import type { Test } from 'supertest';
import { PaymentAccounts } from '../../src/payments';
import type { RunningApp } from './app';
import { openShop, type Shop } from './market';
import { startPaying } from './paying';
import type { StripeDouble } from './stripe-double';
import { eventually, place, readySession, sql, type Body, type Shopper } from './shopper';

/** Muse with a Stripe double behind it, whose webhooks come in. */
export async function startWithWebhooks(
  overrides: Record<string, string> = {},
): Promise<{ muse: RunningApp; stripe: StripeDouble }> {
  const { muse, stripe } = await startPaying(overrides);
  await stripe.configure({ webhookUrl: `${muse.url}/api/v1/webhooks/stripe` });
  return { muse, stripe };
}

/** A shop whose merchant has handed in everything that Stripe asks for. */
export async function openPayableShop(
  muse: RunningApp,
  stripe: StripeDouble,
  options: Parameters<typeof openShop>[1] = {},
): Promise<Shop & { accountId: string }> {
  const shop = await openShop(muse, options);
  return { ...shop, accountId: await onboard(muse, stripe, shop) };
}

/** The account of a shop, once it can be paid. */
export async function onboard(muse: RunningApp, stripe: StripeDouble, shop: Shop): Promise<string> {
  await shop.merchant.post(`/merchant/stores/${shop.storeId}/payment-account`).expect(201);
  const [row] = await sql(muse, 'SELECT provider_account_id AS id FROM payment_accounts WHERE store_id = $1', [
    shop.storeId,
  ]);
  await stripe.onboard(row.id);
  await lookAtAccount(muse, row.id);
  return row.id;
}

/** As the webhook would have it done. */
export function lookAtAccount(muse: RunningApp, accountId: string): Promise<boolean> {
  return muse.app.get(PaymentAccounts, { strict: false }).sync(accountId);
}

/** Stripe's test methods by name, as a one-time token. */
export function pay(shopper: Shopper, sessionId: string, providerToken = 'pm_card_visa'): Test {
  return shopper.put(`/checkout/sessions/${sessionId}/payment`, { providerToken });
}

/** A session of everything in the cart that lacks nothing, a card included. */
export async function payableSession(shopper: Shopper, providerToken?: string): Promise<Body> {
  const session = await readySession(shopper);
  return (await pay(shopper, session.id, providerToken).expect(200)).body;
}

/** Checks out everything in the cart by a card; gives the session. */
export async function placeByCard(shopper: Shopper, providerToken?: string): Promise<Body> {
  const session = await payableSession(shopper, providerToken);
  await place(shopper, session).expect(202);
  return session;
}

/** The status once it is this. */
export function statusIs(shopper: Shopper, sessionId: string, wanted: string): Promise<Body> {
  return eventually(async () => {
    const { body } = await shopper.get(`/checkout/sessions/${sessionId}/status`).expect(200);
    return body.status === wanted ? body : undefined;
  }, 20_000);
}

/** The order once its payment stands so. */
export function paymentIs(shopper: Shopper, orderId: string, wanted: string): Promise<Body> {
  return eventually(async () => {
    const { body } = await shopper.get(`/orders/${orderId}`).expect(200);
    return body.paymentStatus === wanted ? body : undefined;
  }, 20_000);
}

/** What Stripe knows of the payments of one purchase (a session, or an order), the oldest first. */
export async function intentsOf(
  muse: RunningApp,
  stripe: StripeDouble,
  purchaseId: string,
): Promise<Stripe.PaymentIntent[]> {
  const rows = await sql(
    muse,
    'SELECT provider_payment_id AS id FROM payments WHERE purchase_id = $1 AND provider_payment_id IS NOT NULL ORDER BY created_at, id',
    [purchaseId],
  );
  const { paymentIntents } = await stripe.objects();
  return rows.map(({ id }) => paymentIntents.find((intent) => intent.id === id)!);
}

/** The only one, once it stands so. */
export function intentIs(
  muse: RunningApp,
  stripe: StripeDouble,
  purchaseId: string,
  wanted: Stripe.PaymentIntent.Status,
): Promise<Stripe.PaymentIntent> {
  return eventually(async () => {
    const [intent, ...others] = await intentsOf(muse, stripe, purchaseId);
    if (others.length > 0) throw new Error('More than one payment was begun');
    return intent?.status === wanted ? intent : undefined;
  }, 20_000);
}

export const key = (value: string = randomUUID()) => ({ 'idempotency-key': value });
