import { MailFindings, StoreAccounts, type IncomingMail } from '../../src/store-integrations';
import { Trails } from '../../src/store-integrations/automation/trails';
import { CONSENT, Consents } from '../../src/store-integrations/accounts/consents';
import { Database } from '../../src/platform/database';
import type { RunningApp } from './app';
import { keepSecret } from './leaks';
import { openPartner, openShop, type Shop } from './market';
import { confirmationMail } from './order-mail';
import { linkMailbox, mailConsentOf } from './mailboxes';
import { key, openPayableShop, pay, paymentIs, statusIs } from './payments';
import { makeKeyPair } from './sealed';
import { makeUser, signIn, usd } from './sellers';
import {
  API,
  addDescribed,
  addVariant,
  begin,
  checkoutToPlaced,
  customer,
  guest,
  orderOf,
  place,
  settled,
  shopperOf,
  sql,
  type Body,
  type Shopper,
} from './shopper';
import type { StripeDouble } from './stripe-double';
import { ask, say, selling } from './talking';
import { complete } from './trust';

/** What the application needs beside, so that mail can be forwarded to it. */
export const MAIL_IN = { MAIL_IN_DOMAIN: 'in.muse.example', MAIL_IN_SECRET: 'mail-in-secret-of-the-tests-0123456789' };

/** What somebody leaves behind in words: each of these can be looked for, and means nobody else. */
export const PLANTED = {
  email: 'zenobia.quartz@planted.example',
  displayName: 'Zenobia Plantée',
  name: 'Zenobia Quartzfeld',
  line1: '77 Plantedlane',
  line2: 'Flat Hiddenword',
  phone: '+1 212 555 0177',
  contactEmail: 'contact.zq@planted.example',
  contactPhone: '+1 212 555 0188',
  billingName: 'Otto Billingsword',
  note: 'Murmurnote',
  giftMessage: 'Whispergift',
  deliveryNote: 'Hushcourier',
  cancelReason: 'Cancelbecauseword',
  guestCancelReason: 'Guestbecauseword',
  returnReason: 'Tornseamword',
  apiKeyName: 'Keynameword',
  guestName: 'Gustav Guestword',
  guestEmail: 'guest.zq@planted.example',
  reference: 'TRF-PLANTED-01',
  question: 'Askedlinenword',
  messageReport: 'Reportedbecauseword',
  guestQuestion: 'Guestaskedword',
  mailbox: 'mailbox.zq@planted.example',
  supportEmail: 'support.zq@planted.example',
  supportPhone: '+1 212 555 0199',
  rating: 'Ratedwellword',
  report: 'Nevercameword',
  evidence: 'plantedevidence.example',
  answer: 'Answeredword',
  orderNote: 'Ribbonnoteword',
  goodsInMail: 'Mailedgoodsword',
  reportOfBuyer: 'Neverpaidword',
  refundReason: 'Scratchedword',
} as const;

/** What a store gave for their account there: in no export, and in the clear nowhere. */
export const STORE_TOKENS = {
  accessToken: 'at-plantedstoretoken-0123456789',
  refreshToken: 'rt-plantedstorerefresh-0123456789',
};

/** Somebody with one of everything that Muse keeps of a person, and the shops that they bought from. */
export interface Person extends Shopper {
  /** The guest that they were. */
  guestId: string;
  /** As a guest, by card and sent back, by hand, cancelled. */
  orders: { asGuest: Body; byCard: Body; byHand: Body; cancelled: Body };
  shop: Shop;
  payable: Shop;
}

const PLACE = { city: 'New York', region: 'NY', postalCode: '10118', country: 'US' };
const PASSWORD = 'a passphrase of nobody else';

/** Buys as a guest, registers, and goes on: addresses, payments by card and by hand, a return, a cancellation, a coupon, a store. */
export async function makePerson(muse: RunningApp, stripe: StripeDouble): Promise<Person> {
  const [shop, payable, partner] = [await openShop(muse), await openPayableShop(muse, stripe), await openPartner(muse)];
  const admin = await makeUser(muse, 'admin');
  const staff = shopperOf(muse, admin.id, await signIn(muse, admin));
  const coupon = { kind: 'percent', percent: '10', code: `PERSON-${payable.storeId.slice(-6).toUpperCase()}` };
  await staff.post('/admin/coupons', coupon).expect(201);

  const before = await guest(muse);
  const asGuest = await buy(before, shop, { name: PLANTED.guestName, email: PLANTED.guestEmail });
  const unwanted = await buy(before, shop, { name: PLANTED.guestName, email: PLANTED.guestEmail });
  await before.put(`/orders/${unwanted.id}/cancel`, { reason: PLANTED.guestCancelReason }).expect(200);
  await addVariant(before, shop.variantIds[1]);
  await ask(before, payable.storeId, PLANTED.guestQuestion);

  const { body: registered } = await muse.http
    .post(`${API}/auth/register`)
    .set(before.headers)
    .send({ email: PLANTED.email, password: PASSWORD, displayName: PLANTED.displayName })
    .expect(201);
  await sql(muse, 'UPDATE users SET email_verified_at = now() WHERE id = $1', [registered.user.id]);
  const me = shopperOf(muse, registered.user.id, { authorization: `Bearer ${registered.accessToken}` });
  await me.delete('/cart').expect(200);
  const { name, line1, line2, phone } = PLANTED;
  await me.post('/me/addresses', { ...PLACE, name, line1, line2, phone }).expect(201);
  await me.post('/me/api-keys', { name: PLANTED.apiKeyName, scopes: ['cart'] }).expect(201);
  await me.put('/me/keys', { jwk: (await makeKeyPair()).jwk }).expect(200);
  await me.post('/payment-methods', { providerToken: 'pm_card_visa' }, key()).expect(201);
  await muse.http.post(`${API}/auth/forgot-password`).send({ email: PLANTED.email }).expect(202);
  const support = { email: PLANTED.supportEmail, phone: PLANTED.supportPhone };
  await me.post('/merchant/stores', { name: 'Quiet Store', currency: 'USD', country: 'US', support }).expect(201);

  const ofPayable = (order: Body, rest: string) => `/merchant/stores/${payable.storeId}/orders/${order.id}${rest}`;
  const byCard = await buy(me, payable, { couponCode: coupon.code, card: true });
  await paymentIs(me, byCard.id, 'paid');
  await payable.merchant.post(ofPayable(byCard, '/ship'), { carrier: 'UPS', trackingNumber: '1Z999AA1' }).expect(200);
  const sentBack = [{ itemId: byCard.items[0].id, quantity: 1, reason: PLANTED.returnReason }];
  await me.post(`/orders/${byCard.id}/return`, { items: sentBack }, key()).expect(201);
  const refund = { amount: usd(100), reason: PLANTED.refundReason };
  await payable.merchant.post(ofPayable(byCard, '/refunds'), refund, key()).expect(201);
  await paymentIs(me, byCard.id, 'partially_refunded');

  const byHand = await buy(me, shop);
  const ofShop = (order: Body, rest: string) => `/merchant/stores/${shop.storeId}/orders/${order.id}${rest}`;
  const marked = { method: 'bank_transfer', reference: PLANTED.reference };
  await shop.merchant.post(ofShop(byHand, '/mark-paid'), marked, key()).expect(200);

  const cancelled = await buy(me, shop);
  await me.put(`/orders/${cancelled.id}/cancel`, { reason: PLANTED.cancelReason }).expect(200);

  const { id: conversationId } = await ask(me, shop.storeId, PLANTED.question);
  const { id: answerId } = await say(selling(shop), conversationId, 'It is linen.');
  const report = { reason: 'other', detail: PLANTED.messageReport };
  await me.post(`/conversations/${conversationId}/messages/${answerId}/report`, report).expect(201);

  const linked = await openPartner(muse);
  await linkAccount(muse, me.id, linked.id);
  await automate(muse, me.id, linked.id);
  await getMail(muse, me);
  await judge(muse, me, shop);
  await sell(muse, me);

  await addDescribed(me, partner);
  await checkOut(me, {});
  await addVariant(me, shop.variantIds[0]);
  await begin(me);
  return { ...me, guestId: before.id, orders: { asGuest, byCard, byHand, cancelled }, shop, payable };
}

/** An account at a store, as a link would have left it. */
/** Mailbox and forwarding address; and a store that Muse has nothing to do with writes: what it says is found, and offered. */
async function getMail(muse: RunningApp, me: Shopper): Promise<void> {
  const consent = await mailConsentOf(me);
  const account = { address: PLANTED.mailbox, password: 'mailbox-passphrase' };
  // Nobody is there: it stays as it was given.
  await linkMailbox(me, account, { host: 'imap.planted.example', port: 993 }, { consent }).expect(202);
  await me.post('/mailboxes/forwarding', { consent }).expect(200);
  const mail = { store: 'Tienda Aurora', domain: 'tienda-aurora.example', number: 'TA-1029384', to: PLANTED.email };
  const source = confirmationMail(mail, [{ name: PLANTED.goodsInMail, quantity: 1, cents: 3999 }], 5298);
  const came: IncomingMail = {
    userId: me.id,
    via: 'imap',
    source,
    authenticated: 'pass',
    ownAddresses: [PLANTED.email],
  };
  await muse.app.get(MailFindings, { strict: false }).take(came);
}

async function linkAccount(muse: RunningApp, userId: string, storeId: string): Promise<void> {
  const [issuer, clientId] = ['https://accounts.store.example', 'muse'];
  const connection = `INSERT INTO store_connections (store_id, protocol, base_url, issuer, client_id) VALUES ($1, 'ucp', $2, $2, $3)`;
  await sql(muse, connection, [storeId, issuer, clientId]);
  const setting = {
    issuer,
    clientId,
    clientAuth: 'none' as const,
    clientSecret: null,
    scopes: ['orders:read'],
    apiOrigin: issuer,
  };
  for (const token of Object.values(STORE_TOKENS)) keepSecret(`a store's token`, token);
  const tokens = { ...STORE_TOKENS, expiresIn: 3_600, scopes: null };
  await muse.app.get(Database, { strict: false }).transaction(async (tx) => {
    await muse.app.get(StoreAccounts, { strict: false }).keep(tx, userId, storeId, setting, tokens);
    muse.app.get(Consents, { strict: false }).give(tx, userId, storeId, 'store_account', CONSENT.version, new Date());
  });
}

/** What a browser did at a store for somebody, and left where it failed. */
async function automate(muse: RunningApp, userId: string, storeId: string): Promise<void> {
  const [{ id }] = await sql(
    muse,
    `INSERT INTO automation_runs (store_id, user_id, cause, flow, recipe_version, policy_version, agreement, consent_version, outcome, ended_at)
     VALUES ($1, $2, 'shopper', 'place', 1, 1, 'Contract', '2026-11', 'fault', now()) RETURNING id`,
    [storeId, userId],
  );
  const trail = { picture: null, markup: '<html></html>', path: '/', steps: [] };
  const trails = muse.app.get(Trails, { strict: false });
  await muse.app.get(Database, { strict: false }).transaction((tx) => trails.keep(tx, id, { storeId, userId }, trail));
}

/** A sale that both sides marked complete: rated, reported with evidence, and reported by the merchant, which is answered. */
async function judge(muse: RunningApp, me: Shopper, shop: Shop): Promise<void> {
  const { id } = await buy(me, shop);
  await complete(muse, id);
  await me.put(`/orders/${id}/rating`, { stars: 4, words: PLANTED.rating }).expect(200);
  const evidenceUrls = [`https://${PLANTED.evidence}/parcel.jpg`];
  const report = { reason: 'not_received', words: PLANTED.report, evidenceUrls };
  await me.post(`/orders/${id}/reports`, report).expect(201);
  const about = { reason: 'payment_missing', words: 'Nothing has come.' };
  const { body } = await shop.merchant.post(`/merchant/stores/${shop.storeId}/orders/${id}/reports`, about).expect(201);
  await me.post(`/reports/${body.id}/answer`, { words: PLANTED.answer }).expect(200);
}

/** As a merchant: a note on the order of somebody else, and a report of its buyer. */
async function sell(muse: RunningApp, me: Shopper): Promise<void> {
  const { storeId, variantIds } = await openShop(muse, { of: me });
  const other = await customer(muse);
  await addVariant(other, variantIds[0]);
  const { id } = await orderOf(other, await checkoutToPlaced(other));
  const at = `/merchant/stores/${storeId}/orders/${id}`;
  await me.post(`${at}/notes`, { body: PLANTED.orderNote }).expect(201);
  await me.post(`${at}/reports`, { reason: 'payment_missing', words: PLANTED.reportOfBuyer }).expect(201);
  // Who still owes goods to buyers cannot close the account.
  await complete(muse, id);
}

interface How {
  name?: string;
  email?: string;
  couponCode?: string;
  card?: boolean;
}

/** One unit of a shop, ordered. */
async function buy(who: Shopper, shop: Shop, how: How = {}): Promise<Body> {
  await addVariant(who, shop.variantIds[0]);
  if (how.couponCode) await who.put('/cart/coupons', { codes: [how.couponCode] }).expect(200);
  return orderOf(who, await checkOut(who, how, shop));
}

/** Checks out what is in the cart, with every word that there is room for. */
async function checkOut(who: Shopper, { name = PLANTED.name, email = PLANTED.contactEmail, card }: How, shop?: Shop) {
  const { line1, line2, phone, note, giftMessage, deliveryNote, contactPhone, billingName } = PLANTED;
  const address = { ...PLACE, name, line1, line2, phone };
  const session = await begin(who);
  const at = `/checkout/sessions/${session.id}`;
  const shipping = {
    address,
    billingAddress: { ...address, name: billingName },
    contact: { email, phone: contactPhone },
  };
  let { body } = await who.put(`${at}/shipping`, shipping).expect(200);
  if (shop) {
    const words = { note, gift: { message: giftMessage, wrap: true }, deliveryNote };
    ({ body } = await who.put(`${at}/stores/${shop.storeId}`, words).expect(200));
  }
  if (card) ({ body } = await pay(who, session.id).expect(200));
  await place(who, body).expect(202);
  return card ? statusIs(who, session.id, 'completed') : settled(who, session.id);
}
