import { randomUUID } from 'node:crypto';
import { StoreLinks } from '../../src/messaging';
import { OrderAccessTokens } from '../../src/orders';
import { Database } from '../../src/platform/database';
import { MailFindings, type IncomingMail } from '../../src/store-integrations';
import { MAILBOX_CONSENT } from '../../src/store-integrations/mailboxes/mailbox-consents';
import { Trails } from '../../src/store-integrations/automation/trails';
import type { RunningApp } from './app';
import { confirmationMail } from './order-mail';
import { changeMailbox } from './mailboxes';
import { openPartner, openShop, type Shop } from './market';
import { PUBLIC_KEY } from './routes';
import { RECIPE } from './recipes';
import { makeUser, signIn, usd } from './sellers';
import {
  ADDRESS,
  addDescribed,
  addVariant,
  begin,
  cartOf,
  checkoutToPlaced,
  customer,
  eventually,
  guest,
  linesOf,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from './shopper';
import { ask, byLink, openUnclaimedShop, say, selling } from './talking';

/** One of everything that belongs to somebody, and everybody it does not belong to. */
export interface World {
  /** Owns a cart, a pending session, orders and a hand-off. */
  buyer: Shopper;
  shop: Shop;
  /** Of the same merchant, with nothing of the buyer's. */
  secondShop: Shop;
  partner: { id: string; hosts: string[] };
  /** A connected store at which the buyer has an account, that must be linked again. */
  linkedStoreId: string;
  /** There, of a run that failed and left a trail. */
  automationRunId: string;
  itemId: string;
  session: Body;
  /** What a store asks in the middle of it. */
  challengeId: string;
  orderId: string;
  orderItemId: string;
  orderTokenId: string;
  /** Of the order: proposed, and asked for. */
  changeId: string;
  returnId: string;
  orderNoteId: string;
  /** Of the buyer, about that order. */
  reportId: string;
  handoffId: string;
  /** What a mail tells of. */
  foundOrderId: string;
  /** Of the buyer; nobody reads it. */
  mailboxId: string;
  addressId: string;
  notificationId: string;
  apiKeyId: string;
  /** Of the buyer's saved method, and of a setup that waits for its client. */
  paymentMethodId: string;
  paymentSetupId: string;
  productId: string;
  placementId: string;
  paymentId: string;
  /** One that needs attention, of that payment. */
  paymentStepId: string;
  /** Of `shop`. */
  couponId: string;
  platformCoupon: { id: string; code: string };
  /** Between the buyer and `shop`, with a message of each. */
  conversationId: string;
  questionId: string;
  answerId: string;
  messageReportId: string;
  unclaimedStoreId: string;
  /** Whoever holds a link to a conversation of that store, and the message in it. */
  contact: Shopper;
  linkedId: string;
  otherShop: Shop;
  otherProductId: string;
  guest: Shopper;
  user: Shopper;
  admin: Shopper;
  support: Shopper;
}

export async function makeWorld(muse: RunningApp): Promise<World> {
  const member = async (role: 'admin' | 'support') => {
    const account = await makeUser(muse, role);
    return shopperOf(muse, account.id, await signIn(muse, account));
  };
  const [shop, otherShop, partner] = [await openShop(muse), await openShop(muse), await openPartner(muse)];
  const secondShop = await openShop(muse, { of: shop.merchant });
  const productOf = async ({ merchant, storeId }: Shop): Promise<string> =>
    (await merchant.get(`/merchant/stores/${storeId}/products`).expect(200)).body.data[0].id;
  const buyer = await customer(muse);
  const addressId = (await buyer.post('/me/addresses', ADDRESS).expect(201)).body.id;
  const apiKeyId = (await buyer.post('/me/api-keys', { name: 'K', scopes: ['cart'] }).expect(201)).body.id;
  await addVariant(buyer, shop.variantIds[0], 2);
  await addDescribed(buyer, partner);
  const { stores } = await checkoutToPlaced(buyer);
  const { body: order } = await buyer.get(`/orders/${stores[0].order.id}`).expect(200);
  await addVariant(buyer, shop.variantIds[1]);
  const session = await begin(buyer);
  const [admin, support] = [await member('admin'), await member('support')];
  const { body: placements } = await support.get('/admin/placements').expect(200);
  const coupon = { kind: 'percent', percent: '10' };
  const { body: own } = await shop.merchant
    .post(`/merchant/stores/${shop.storeId}/coupons`, { code: 'SHOP10', ...coupon })
    .expect(201);
  // A code of the platform is one in all of it, and a spec may make several worlds.
  const code = `MUSE-${randomUUID().slice(0, 8)}`;
  const { body: platformCoupon } = await admin.post('/admin/coupons', { code, ...coupon }).expect(201);
  return {
    ...{ couponId: own.id, platformCoupon },
    ...(await methodOf(muse, buyer)),
    ...(await paymentOf(muse, buyer)),
    ...(await talkOf(muse, buyer, shop)),
    ...(await automatedOf(muse, await linkedOf(muse, buyer))),
    ...{ buyer, shop, secondShop, partner, otherShop, addressId, apiKeyId, session, admin, support },
    challengeId: await challengeOf(muse, buyer, session),
    itemId: linesOf(await cartOf(buyer))[0].id,
    orderId: order.id,
    orderItemId: order.items[0].id,
    changeId: await changeOf(shop, order.id),
    returnId: await returnOf(muse, shop.storeId, order.id),
    orderTokenId: await orderTokenOf(muse, buyer, order.id),
    orderNoteId: await orderNoteOf(shop, order.id),
    reportId: await reportOf(buyer, order.id),
    handoffId: stores[1].handoffId,
    foundOrderId: await foundOf(muse, buyer),
    mailboxId: await mailboxOf(muse, buyer),
    productId: await productOf(shop),
    otherProductId: await productOf(otherShop),
    placementId: placements.data[0].id,
    notificationId: await notificationOf(muse, buyer),
    guest: await guest(muse),
    user: await customer(muse),
  };
}

/** An order that no hand-off explains. */
async function foundOf(muse: RunningApp, buyer: Shopper): Promise<string> {
  const mail = { store: 'Tienda Aurora', domain: 'tienda-aurora.example', number: 'TA-1029384' };
  const source = confirmationMail(mail, [{ name: 'Linen shirt', quantity: 1, cents: 3999 }], 5298);
  const came: IncomingMail = { userId: buyer.id, via: 'imap', source, authenticated: 'pass', ownAddresses: [] };
  await muse.app.get(MailFindings, { strict: false }).take(came);
  return eventually(async () => (await buyer.get('/found-orders').expect(200)).body.data[0]?.id as string | undefined);
}

/** A mailbox at a server that is nowhere, paused. */
async function mailboxOf(muse: RunningApp, buyer: Shopper): Promise<string> {
  const mailbox = { address: 'ana@mail.example', host: 'imap.mail.example', password: 'app-password-of-ana' };
  const { body } = await buyer.post('/mailboxes', { ...mailbox, consent: MAILBOX_CONSENT.version }).expect(202);
  await changeMailbox(muse, buyer, body.id, { paused: true }).expect(200);
  return body.id;
}

/** A conversation with a store, one with an unclaimed one, and a report of a message. */
async function talkOf(muse: RunningApp, buyer: Shopper, shop: Shop) {
  const { id: conversationId, lastMessage } = await ask(buyer, shop.storeId);
  const { id: answerId } = await say(selling(shop), conversationId, 'In red and blue.');
  const { id: wrongId } = await say(selling(shop), conversationId, 'Pay me elsewhere.');
  const { body: report } = await buyer
    .post(`/conversations/${conversationId}/messages/${wrongId}/report`, { reason: 'fraud' })
    .expect(201);
  const reached = { email: `${conversationId.slice(-12)}@shop.example`, key: { jwk: PUBLIC_KEY } };
  const { storeId: unclaimedStoreId } = await openUnclaimedShop(muse, reached);
  const linked = await ask(buyer, unclaimedStoreId);
  const links = muse.app.get(StoreLinks, { strict: false });
  const token = await muse.app.get(Database, { strict: false }).transaction((tx) => links.issue(tx, linked.id));
  return {
    ...{ conversationId, questionId: lastMessage.id as string, answerId, messageReportId: report.id as string },
    ...{ unclaimedStoreId, contact: byLink(muse, token), linkedId: linked.lastMessage.id as string },
  };
}

/** A store that is checked out at by API, with an account of the buyer's. */
async function linkedOf(muse: RunningApp, { id }: Shopper): Promise<string> {
  const store = await openPartner(muse);
  await sql(
    muse,
    `INSERT INTO store_connections (store_id, protocol, base_url, issuer, client_id) VALUES ($1, 'ucp', 'https://shop.example', 'https://shop.example', 'muse')`,
    [store.id],
  );
  await sql(muse, `INSERT INTO store_recipes (store_id, version, recipe) VALUES ($1, 1, $2)`, [
    store.id,
    JSON.stringify({ ...RECIPE, origin: `https://${store.hosts[0]}` }),
  ]);
  await sql(
    muse,
    `INSERT INTO store_accounts (user_id, store_id, kind, status, issuer, client_id) VALUES ($1, $2, 'oauth', 'relink', 'https://shop.example', 'muse')`,
    [id, store.id],
  );
  return store.id;
}

/** A run at that store that failed. */
async function automatedOf(
  muse: RunningApp,
  linkedStoreId: string,
): Promise<Pick<World, 'linkedStoreId' | 'automationRunId'>> {
  const [{ id: automationRunId }] = await sql(
    muse,
    `INSERT INTO automation_runs (store_id, cause, flow, recipe_version, policy_version, agreement, outcome, ended_at)
     VALUES ($1, 'check', 'place', 1, 1, 'Contract', 'fault', now()) RETURNING id`,
    [linkedStoreId],
  );
  const trail = { picture: null, markup: '<html></html>', path: '/', steps: [] };
  const trails = muse.app.get(Trails, { strict: false });
  await muse.app
    .get(Database, { strict: false })
    .transaction((tx) => trails.keep(tx, automationRunId, { storeId: linkedStoreId, userId: null }, trail));
  return { linkedStoreId, automationRunId };
}

/** A saved method, and a setup, as the payment provider would have let them be made. */
async function methodOf(muse: RunningApp, { id }: Shopper): Promise<Pick<World, 'paymentMethodId' | 'paymentSetupId'>> {
  const token = `pm_${randomUUID().replaceAll('-', '')}`;
  await sql(muse, `INSERT INTO payment_customers (user_id, provider) VALUES ($1, 'stripe')`, [id]);
  const [method] = await sql(
    muse,
    `INSERT INTO payment_methods (shopper_id, provider, provider_method_id, kind, brand, last4, exp_month, exp_year, single_use, is_default)
     VALUES ($1, 'stripe', $2, 'card', 'visa', '4242', 12, 2030, false, true) RETURNING id`,
    [id, token],
  );
  const [setup] = await sql(muse, `INSERT INTO payment_setups (user_id, provider) VALUES ($1, 'stripe') RETURNING id`, [
    id,
  ]);
  return { paymentMethodId: method.id, paymentSetupId: setup.id };
}

/** A payment that came to nothing, and nobody knows whether it was let go of at the provider. */
async function paymentOf(muse: RunningApp, { id }: Shopper): Promise<{ paymentId: string; paymentStepId: string }> {
  const [payment] = await sql(
    muse,
    `WITH payment AS (
       INSERT INTO payments (id, provider, purchase_id, shopper_id, method_kind, return_url, currency, amount_cents, undecided, status, voided_at, next_look_at)
       VALUES (uuidv7(), 'stripe', uuidv7(), $1, 'card', 'https://shop.example', 'USD', 1000, '{}', 'declined', now(), NULL) RETURNING id
     ), share AS (
       INSERT INTO payment_shares (payment_id, store_id, amount_cents, fee_cents, fee_ppm, status)
       SELECT payment.id, store.id, 1000, 50, 50000, 'dropped' FROM payment, (SELECT id FROM stores LIMIT 1) store
     )
     SELECT id FROM payment`,
    [id],
  );
  const [step] = await sql(
    muse,
    `INSERT INTO payment_steps (kind, payment_id, amount_cents, status) VALUES ('cancel', $1, 0, 'needs_attention') RETURNING id`,
    [payment.id],
  );
  return { paymentId: payment.id, paymentStepId: step.id };
}

/** A change that waits for its answer. */
async function changeOf({ merchant, storeId }: Shop, orderId: string): Promise<string> {
  const body = { delivery: { price: usd(400) }, reason: 'Nearer than we thought' };
  return (await merchant.post(`/merchant/stores/${storeId}/orders/${orderId}/changes`, body).expect(201)).body.id;
}

/** A return of nothing, which the order's state would not let be asked for. */
async function returnOf(muse: RunningApp, storeId: string, orderId: string): Promise<string> {
  const [row] = await sql(muse, 'INSERT INTO returns (order_id, store_id) VALUES ($1, $2) RETURNING id', [
    orderId,
    storeId,
  ]);
  return row.id;
}

/** The id of a private note of the merchant. */
async function orderNoteOf({ merchant, storeId }: Shop, orderId: string): Promise<string> {
  const notes = `/merchant/stores/${storeId}/orders/${orderId}/notes`;
  return (await merchant.post(notes, { body: 'Wrap it well' }).expect(201)).body.id;
}

/** As if a run at a store had asked for a code, and waited. */
async function challengeOf(muse: RunningApp, { id }: Shopper, session: Body): Promise<string> {
  const [challenge] = await sql(
    muse,
    `INSERT INTO checkout_challenges (user_id, store_id, about, subject_id, session_id, kind, round, fields, alive_until, expires_at)
     VALUES ($1, $2, 'quote', $3, $3, 'one_time_code', 1, $4, now() + interval '1 day', now() + interval '1 day') RETURNING id`,
    [id, session.stores[0].storeId, session.id, JSON.stringify([{ name: 'code', label: 'The code', type: 'code' }])],
  );
  return challenge.id;
}

/** One of the buyer's, as if something had happened. */
async function notificationOf(muse: RunningApp, { id }: Shopper): Promise<string> {
  const [notification] = await sql(
    muse,
    `WITH inbox AS (
       INSERT INTO inboxes (recipient_id, last_sequence) VALUES ($1, 1000) ON CONFLICT (recipient_id) DO UPDATE SET last_sequence = 1000 RETURNING recipient_id
     )
     INSERT INTO notifications (recipient_id, sequence, event_id, kind, as_merchant, target_kind, target_id, params)
     SELECT recipient_id, 1000, uuidv7(), 'order_shipped', false, 'order', uuidv7(), '{}' FROM inbox RETURNING id`,
    [id],
  );
  return notification.id;
}

async function reportOf(buyer: Shopper, orderId: string): Promise<string> {
  const report = { reason: 'other', words: 'Nobody answers.' };
  return (await buyer.post(`/orders/${orderId}/reports`, report).expect(201)).body.id;
}

/** The id of a link to the order, as in a mail. */
async function orderTokenOf(muse: RunningApp, buyer: Shopper, orderId: string): Promise<string> {
  await orderToken(muse, orderId);
  return (await buyer.get(`/orders/${orderId}/access-tokens`).expect(200)).body.data[0].id;
}

/** A token that opens an order, as the links in mails carry it. */
export function orderToken(muse: RunningApp, orderId: string): Promise<string> {
  const links = muse.app.get(OrderAccessTokens, { strict: false });
  return muse.app.get(Database, { strict: false }).transaction((tx) => links.issue(tx, orderId));
}
