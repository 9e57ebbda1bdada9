import { usd } from './sellers';
import { ADDRESS, CONTACT, described, type Shopper } from './shopper';
import { RECIPE } from './recipes';
import type { World } from './world';

/** Who may use a route at all; whoever else gets 403, and 401 without a token. */
export type By = 'public' | 'anybody' | 'user' | 'users' | 'merchant' | 'parties' | 'link' | 'support' | 'admin';

/** Everybody who may call: the buyer or merchant that the ids belong to, and others. `expired` is the owner an hour ago. */
export type Who =
  | 'nobody'
  | 'expired'
  | 'owner'
  | 'guest'
  | 'user'
  | 'buyer'
  | 'shopMerchant'
  | 'merchant'
  | 'support'
  | 'admin';

/** 401 unknown, 403 never for this role, 404 as if it were not there, `in`: none of them. */
export type Expected = 401 | 403 | 404 | 'in';

const LOCKED = { nobody: 401, expired: 401, owner: 'in' } as const;
const STRANGERS = { user: 404, merchant: 404, support: 404, admin: 404 } as const;

/**
 * Who gets how far with a route whose path names a thing of the owner's; a route without ids answers `in` for 404: there
 * everybody meets what is their own. `merchant` runs another store, `shopMerchant` the one that the buyer bought from.
 */
export const ACCESS: Record<By, Record<Who, Expected>> = {
  public: {
    ...{ nobody: 'in', expired: 'in', owner: 'in', guest: 'in', user: 'in', buyer: 'in' },
    ...{ shopMerchant: 'in', merchant: 'in', support: 'in', admin: 'in' },
  },
  anybody: { ...LOCKED, ...STRANGERS, guest: 404, buyer: 'in', shopMerchant: 404 },
  user: { ...LOCKED, ...STRANGERS, guest: 403, buyer: 'in', shopMerchant: 404 },
  /** What belongs to nobody, for whoever has an account. */
  users: {
    ...{ ...LOCKED, guest: 403, user: 'in', buyer: 'in' },
    ...{ shopMerchant: 'in', merchant: 'in', support: 'in', admin: 'in' },
  },
  merchant: { ...LOCKED, ...STRANGERS, guest: 403, buyer: 404, shopMerchant: 'in' },
  /** Both sides of an order, and nobody else. */
  parties: { ...LOCKED, ...STRANGERS, guest: 404, buyer: 'in', shopMerchant: 'in' },
  link: {
    ...LOCKED,
    ...{ guest: 403, user: 403, buyer: 403, shopMerchant: 403, merchant: 403, support: 403, admin: 403 },
  },
  support: {
    ...LOCKED,
    guest: 403,
    user: 403,
    buyer: 403,
    shopMerchant: 403,
    merchant: 403,
    support: 'in',
    admin: 'in',
  },
  admin: { ...LOCKED, guest: 403, user: 403, buyer: 403, shopMerchant: 403, merchant: 403, support: 403, admin: 'in' },
};

/** A merchant at a route of a store: whose, and which store the path names beside things of `shop`. */
export interface AtStore {
  who: (world: World) => Shopper;
  storeOf: (world: World) => string;
  /** Where the path names the store alone, and where it names a thing of `shop` too. */
  store: Expected;
  thing: Expected;
}

/**
 * Who gets how far with each route of a store: a merchant with two stores, of which things belong to the first, and a merchant of
 * another store. `in` may be refused for what is asked, never for who asks.
 */
export const AT_STORES: Record<string, AtStore> = {
  'a merchant with two stores, by the store that it belongs to': {
    ...{ who: (w) => w.shop.merchant, storeOf: (w) => w.shop.storeId, store: 'in', thing: 'in' },
  },
  'a merchant with two stores, by the other of them': {
    ...{ who: (w) => w.shop.merchant, storeOf: (w) => w.secondShop.storeId, store: 'in', thing: 404 },
  },
  'a merchant of another store, by the store that it belongs to': {
    ...{ who: (w) => w.otherShop.merchant, storeOf: (w) => w.shop.storeId, store: 404, thing: 404 },
  },
  'a merchant of another store, by their own': {
    ...{ who: (w) => w.otherShop.merchant, storeOf: (w) => w.otherShop.storeId, store: 'in', thing: 404 },
  },
};

export interface Route {
  by: By;
  /** Ids of the path that belong to the buyer, or to the merchant of `shop`. */
  ids?: (world: World) => Record<string, string>;
  /** A body that the owner might send. */
  body?: (world: World) => object;
}

const NEW_PRODUCT = { title: 'Dress', variants: [{ sku: 'X-1', price: usd(100), onHand: 1 }] };
const ACCOUNT = { email: 'somebody@example.com', password: 'a long passphrase' };
const COUPON = {
  code: 'NEW-1',
  kind: 'amount',
  amount: usd(100),
  minimum: usd(500),
  maxRedemptions: 5,
  maxPerShopper: 1,
};
const TAX = { country: 'US', region: 'NY', name: 'Sales tax', percent: '8.875', inclusive: false, onDelivery: true };
export const PUBLIC_KEY = {
  ...{ kty: 'EC', crv: 'P-256' },
  x: 'j5DOwouIyoNkQKCEVR1UdJHiCpWdDvIctz1SsGKtOBQ',
  y: 'foxYlmP15qfUlXXOPthtjrDGKYzkACBCZeg9SVM8rXk',
};
const END = { endsAt: '2090-01-01T00:00:00Z' };
const DELIVERY = { name: 'Home', price: usd(100), minDays: 1, maxDays: 2 };

const ofChallenge = (w: World) => ({ id: w.session.id as string, challengeId: w.challengeId });
const ofSignInChallenge = (w: World) => ({ storeId: w.shop.storeId, challengeId: w.signInChallengeId });
const ofSession = (w: World) => ({ id: w.session.id as string });
const ofOrder = (w: World) => ({ id: w.orderId });
const ofStore = (w: World) => ({ storeId: w.shop.storeId });
const ofProduct = (w: World) => ({ ...ofStore(w), productId: w.productId });
const ofVariant = (w: World) => ({ ...ofStore(w), variantId: w.shop.variantIds[0] });
const ofOption = (w: World) => ({ ...ofStore(w), optionId: w.shop.deliveryIds[0] });
const ofStoresOrder = (w: World) => ({ ...ofStore(w), orderId: w.orderId });
const ofChange = (w: World) => ({ ...ofOrder(w), changeId: w.changeId });
const ofReturn = (w: World) => ({ ...ofOrder(w), returnId: w.returnId });
const ofStoresReturn = (w: World) => ({ ...ofStoresOrder(w), returnId: w.returnId });
const ofCoupon = (w: World) => ({ ...ofStore(w), couponId: w.couponId });
const ofMethod = (w: World) => ({ id: w.paymentMethodId });
const BACK = { returnUrl: 'http://localhost:5173/payments', refreshUrl: 'http://localhost:5173/payments/again' };
const ofReport = (w: World) => ({ id: w.reportId });
const RATING = { stars: 5, words: 'Good' };
const DECISION = { outcome: 'dismissed', words: 'No' };
const ofFound = (w: World) => ({ id: w.foundOrderId });
const ofHandoff = (w: World) => ({ id: w.handoffId });

const ofLinked = (w: World) => ({ storeId: w.linkedStoreId });
const ofConnected = ofLinked;
const ofMailbox = (w: World) => ({ mailboxId: w.mailboxId });
const ofRecipe = (w: World) => ({ ...ofLinked(w), version: '1' });
const CONNECTION = { protocol: 'ucp', baseUrl: 'https://shop.example' };
const TEST_ACCOUNT = {
  ...{ username: 'test', password: 'x', everyMinutes: 60, goods: { url: 'https://shop.example/p', name: 'Socks' } },
  address: { name: 'Test', line1: 'Street 1', city: 'Austin', country: 'US' },
};
const ofTalk = (w: World) => ({ id: w.conversationId });
const ofStoresTalk = (w: World) => ({ ...ofStore(w), conversationId: w.conversationId });
const TALK = { body: 'Do you have it in red?' };

/** Every route of the API. The access spec compares it with the OpenAPI document. */
export const ROUTES: Record<string, Route> = {
  'GET /health/live': { by: 'public' },
  'GET /health/ready': { by: 'public' },
  'GET /stores': { by: 'public' },
  'GET /stores/{storeId}': { by: 'public', ids: ofStore },
  'GET /stores/{storeId}/keys': { by: 'public', ids: ofStore },
  'GET /products': { by: 'public' },
  'GET /products/{productId}': { by: 'public', ids: (w) => ({ productId: w.productId }) },
  'GET /exchange-rates': { by: 'public' },
  'POST /guests': { by: 'public' },
  'POST /auth/register': { by: 'public', body: () => ACCOUNT },
  'POST /auth/login': { by: 'public', body: () => ACCOUNT },
  'POST /auth/refresh': { by: 'public', body: () => ({ refreshToken: 'mr_x' }) },
  'POST /auth/logout': { by: 'public', body: () => ({ refreshToken: 'mr_x' }) },
  'POST /auth/verify-email': { by: 'public', body: () => ({ token: 'mo_x' }) },
  'POST /auth/verify-email/request': { by: 'user' },
  'POST /auth/forgot-password': { by: 'public', body: () => ({ email: 'nobody@example.com' }) },
  'POST /auth/reset-password': { by: 'public', body: () => ({ token: 'mo_x', password: 'another long passphrase' }) },
  'POST /auth/logout-everywhere': { by: 'user' },

  'GET /me': { by: 'user' },
  'PATCH /me': { by: 'user', body: () => ({ displayName: 'Ana' }) },
  'PUT /me/password': {
    by: 'user',
    body: () => ({ currentPassword: 'wrong passphrase', newPassword: 'another long passphrase' }),
  },
  'DELETE /me': { by: 'user' },
  'GET /me/export': { by: 'user' },
  'GET /me/addresses': { by: 'user' },
  'POST /me/addresses': { by: 'user', body: () => ADDRESS },
  'PUT /me/addresses/{id}': { by: 'user', ids: (w) => ({ id: w.addressId }), body: () => ADDRESS },
  'DELETE /me/addresses/{id}': { by: 'user', ids: (w) => ({ id: w.addressId }) },
  'GET /me/keys': { by: 'user' },
  'PUT /me/keys': { by: 'user', body: () => ({ jwk: PUBLIC_KEY }) },
  'DELETE /me/keys': { by: 'user' },
  'GET /me/api-keys': { by: 'user' },
  'POST /me/api-keys': { by: 'user', body: () => ({ name: 'K', scopes: ['cart'] }) },
  'POST /me/api-keys/{id}/rotate': { by: 'user', ids: (w) => ({ id: w.apiKeyId }), body: () => ({ graceSeconds: 0 }) },
  'DELETE /me/api-keys/{id}': { by: 'user', ids: (w) => ({ id: w.apiKeyId }) },

  'GET /payment-methods': { by: 'user' },
  'POST /payment-methods/setup': { by: 'user' },
  'POST /payment-methods': { by: 'user', body: () => ({ providerToken: 'pm_card_visa' }) },
  'PUT /payment-methods/{id}/default': { by: 'user', ids: ofMethod },
  'DELETE /payment-methods/{id}': { by: 'user', ids: ofMethod },

  'GET /integrations': { by: 'user' },
  'DELETE /integrations': { by: 'user' },
  'GET /integrations/callback': { by: 'public' },
  'POST /integrations/link/complete': { by: 'user', body: () => ({ state: `ms_${'A'.repeat(43)}`, code: 'x' }) },
  'GET /integrations/{storeId}': { by: 'user', ids: ofLinked },
  'DELETE /integrations/{storeId}': { by: 'user', ids: ofLinked },
  // Nobody's consent, so that no store is asked.
  'POST /integrations/{storeId}/link': { by: 'users', ids: ofLinked, body: () => ({ consent: 'x' }) },
  'PUT /integrations/{storeId}/credentials': {
    ...{ by: 'users', ids: ofLinked, body: () => ({ username: 'ana', password: 'x', consentVersion: 'x' }) },
  },
  'GET /integrations/{storeId}/challenges/{challengeId}': { by: 'user', ids: ofSignInChallenge },
  'POST /integrations/{storeId}/challenges/{challengeId}/answer': {
    ...{ by: 'user', ids: ofSignInChallenge, body: () => ({ answers: { code: '482913' } }) },
  },
  'GET /integrations/{storeId}/addresses': { by: 'user', ids: ofLinked },
  'GET /integrations/{storeId}/instruments': { by: 'user', ids: ofLinked },

  'GET /mailboxes': { by: 'user' },
  // Nobody's consent, so that no server is asked.
  'POST /mailboxes': { by: 'user', body: () => ({ address: 'ana@mail.example', password: 'x', consent: 'x' }) },
  'POST /mailboxes/oauth': {
    ...{ by: 'user', body: () => ({ provider: 'nobody', address: 'ana@mail.example', consent: 'x' }) },
  },
  'POST /mailboxes/oauth/complete': { by: 'user', body: () => ({ state: `mb_${'A'.repeat(43)}`, code: 'x' }) },
  'GET /mailboxes/callback/{provider}': { by: 'public', ids: () => ({ provider: 'nobody' }) },
  'POST /mailboxes/forwarding': { by: 'user', body: () => ({ consent: 'x' }) },
  'POST /mailboxes/forwarding/rotate': { by: 'user' },
  'DELETE /mailboxes/forwarding': { by: 'user' },
  'GET /mailboxes/{mailboxId}': { by: 'user', ids: ofMailbox },
  'PATCH /mailboxes/{mailboxId}': { by: 'user', ids: ofMailbox, body: () => ({ senders: [] }) },
  'DELETE /mailboxes/{mailboxId}': { by: 'user', ids: ofMailbox },

  'GET /cart': { by: 'anybody' },
  'DELETE /cart': { by: 'anybody' },
  'GET /cart/summary': { by: 'anybody' },
  'GET /cart/events': { by: 'anybody' },
  'POST /cart/items': { by: 'anybody', body: (w) => described(w.partner) },
  'POST /cart/items/batch': { by: 'anybody', body: (w) => ({ items: [described(w.partner)] }) },
  'PUT /cart/items/{id}': { by: 'anybody', ids: (w) => ({ id: w.itemId }), body: () => ({ quantity: 7 }) },
  'DELETE /cart/items/{id}': { by: 'anybody', ids: (w) => ({ id: w.itemId }) },

  'PUT /cart/coupons': { by: 'anybody', body: (w) => ({ codes: [w.platformCoupon.code] }) },

  'POST /checkout/sessions': { by: 'anybody', body: (w) => ({ itemIds: [w.itemId] }) },
  'GET /checkout/sessions/{id}': { by: 'anybody', ids: ofSession },
  'PUT /checkout/sessions/{id}/items/{itemId}': {
    ...{ by: 'anybody', ids: (w) => ({ ...ofSession(w), itemId: w.itemId }), body: () => ({ quantity: 7 }) },
  },
  'POST /checkout/sessions/{id}/refresh': { by: 'anybody', ids: ofSession },
  'PUT /checkout/sessions/{id}/shipping': {
    by: 'anybody',
    ids: ofSession,
    body: () => ({ address: ADDRESS, contact: CONTACT }),
  },
  'PUT /checkout/sessions/{id}/stores/{storeId}': {
    ...{ by: 'anybody', ids: (w) => ({ ...ofSession(w), ...ofStore(w) }) },
    body: () => ({
      included: false,
      address: ADDRESS,
      note: 'n',
      gift: { message: 'm', wrap: true },
      deliveryNote: 'd',
    }),
  },
  'PUT /checkout/sessions/{id}/payment': {
    by: 'anybody',
    ids: ofSession,
    body: () => ({ providerToken: 'pm_123456' }),
  },
  'POST /checkout/sessions/{id}/place': {
    ...{ by: 'anybody', ids: ofSession, body: (w) => ({ expectedTotal: w.session.total, accepted: ['pay_later'] }) },
  },
  'POST /checkout/sessions/{id}/resume': { by: 'anybody', ids: ofSession },
  'GET /checkout/sessions/{id}/status': { by: 'anybody', ids: ofSession },
  'GET /checkout/sessions/{id}/events': { by: 'anybody', ids: ofSession },
  'GET /checkout/sessions/{id}/challenges/{challengeId}': { by: 'anybody', ids: ofChallenge },
  'POST /checkout/sessions/{id}/challenges/{challengeId}/answer': {
    ...{ by: 'anybody', ids: ofChallenge, body: () => ({ answers: { code: '482913' } }) },
  },
  'POST /checkout/sessions/{id}/cancel': { by: 'anybody', ids: ofSession },

  'GET /handoffs/{id}': { by: 'anybody', ids: ofHandoff },
  'PATCH /handoffs/{id}': { by: 'anybody', ids: ofHandoff, body: () => ({ affiliateLink: false }) },
  'POST /handoffs/{id}/ordered': { by: 'anybody', ids: ofHandoff, body: () => ({ storeOrderNumber: 'X-1' }) },
  'POST /handoffs/{id}/abandon': { by: 'anybody', ids: ofHandoff },

  'GET /found-orders': { by: 'user' },
  'GET /found-orders/{id}': { by: 'user', ids: ofFound },
  'POST /found-orders/{id}/follow': { by: 'user', ids: ofFound },
  'POST /found-orders/{id}/dismiss': { by: 'user', ids: ofFound },

  'GET /orders': { by: 'anybody' },
  'GET /orders/{id}': { by: 'anybody', ids: ofOrder },
  'GET /orders/{id}/tracking': { by: 'anybody', ids: ofOrder },
  'GET /orders/{id}/history': { by: 'anybody', ids: ofOrder },
  'GET /orders/{id}/events': { by: 'anybody', ids: ofOrder },
  'PUT /orders/{id}/cancel': { by: 'anybody', ids: ofOrder, body: () => ({ reason: 'r' }) },
  'PUT /orders/{id}/received': { by: 'anybody', ids: ofOrder },
  'POST /orders/{id}/complete': { by: 'anybody', ids: ofOrder },
  'POST /orders/{id}/return': {
    ...{ by: 'anybody', ids: ofOrder, body: (w) => ({ items: [{ itemId: w.orderItemId, quantity: 1, reason: 'r' }] }) },
  },
  'POST /orders/{id}/pay': { by: 'anybody', ids: ofOrder, body: () => ({ providerToken: 'pm_card_visa' }) },
  'POST /orders/{id}/pay/resume': { by: 'anybody', ids: ofOrder },
  'GET /orders/{id}/refunds': { by: 'anybody', ids: ofOrder },
  'GET /orders/{id}/returns': { by: 'anybody', ids: ofOrder },
  'GET /orders/{id}/returns/{returnId}': { by: 'anybody', ids: ofReturn },
  'POST /orders/{id}/returns/{returnId}/cancel': { by: 'anybody', ids: ofReturn },
  'POST /orders/{id}/returns/{returnId}/sent': {
    ...{ by: 'anybody', ids: ofReturn, body: () => ({ carrier: 'UPS', trackingNumber: '12345678' }) },
  },
  'GET /orders/{id}/changes': { by: 'anybody', ids: ofOrder },
  'POST /orders/{id}/changes/{changeId}/accept': { by: 'anybody', ids: ofChange },
  'POST /orders/{id}/changes/{changeId}/refuse': { by: 'anybody', ids: ofChange, body: () => ({ reason: 'r' }) },
  'POST /orders/{id}/changes/{changeId}/pay': {
    ...{ by: 'anybody', ids: ofChange, body: () => ({ providerToken: 'pm_card_visa' }) },
  },
  'POST /orders/{id}/changes/{changeId}/pay/resume': { by: 'anybody', ids: ofChange },
  'GET /orders/{id}/access-tokens': { by: 'anybody', ids: ofOrder },
  'DELETE /orders/{id}/access-tokens/{tokenId}': {
    ...{ by: 'anybody', ids: (w) => ({ ...ofOrder(w), tokenId: w.orderTokenId }) },
  },

  'GET /notifications': { by: 'anybody' },
  'GET /notifications/unread': { by: 'anybody' },
  'GET /notifications/events': { by: 'anybody' },
  'POST /notifications/read': { by: 'anybody', body: () => ({ upTo: 0 }) },
  'POST /notifications/{id}/read': { by: 'anybody', ids: (w) => ({ id: w.notificationId }) },
  'GET /stores/{storeId}/trust': { by: 'public', ids: ofStore },
  'GET /users/{id}/trust': { by: 'merchant', ids: (w) => ({ id: w.buyer.id }) },
  'GET /orders/{id}/rating': { by: 'anybody', ids: ofOrder },
  'PUT /orders/{id}/rating': { by: 'anybody', ids: ofOrder, body: () => RATING },
  'GET /orders/{id}/reports': { by: 'anybody', ids: ofOrder },
  'POST /orders/{id}/reports': { by: 'anybody', ids: ofOrder, body: () => ({ reason: 'not_received', words: 'r' }) },
  'GET /reports': { by: 'anybody' },
  'GET /reports/{id}': { by: 'parties', ids: ofReport },
  'POST /reports/{id}/answer': { by: 'parties', ids: ofReport, body: () => ({ words: 'a' }) },
  'POST /reports/{id}/withdraw': { by: 'parties', ids: ofReport },
  'POST /reports/{id}/appeal': { by: 'parties', ids: ofReport, body: () => ({ words: 'a' }) },

  'POST /merchant/stores': { by: 'user', body: () => ({ name: 'Mine', currency: 'USD', country: 'US' }) },
  'GET /merchant/stores': { by: 'user' },
  'PATCH /merchant/stores/{storeId}': { by: 'merchant', ids: ofStore, body: () => ({ name: 'Taken' }) },
  'POST /merchant/stores/{storeId}/delivery-options': { by: 'merchant', ids: ofStore, body: () => DELIVERY },
  'PATCH /merchant/stores/{storeId}/delivery-options/{optionId}': {
    by: 'merchant',
    ids: ofOption,
    body: () => ({ name: 'x' }),
  },
  'DELETE /merchant/stores/{storeId}/delivery-options/{optionId}': { by: 'merchant', ids: ofOption },
  'GET /merchant/stores/{storeId}/inventory': { by: 'merchant', ids: ofStore },
  'PUT /merchant/stores/{storeId}/variants/{variantId}/inventory': {
    by: 'merchant',
    ids: ofVariant,
    body: () => ({ onHand: 7 }),
  },
  'POST /merchant/stores/{storeId}/products': { by: 'merchant', ids: ofStore, body: () => NEW_PRODUCT },
  'GET /merchant/stores/{storeId}/products': { by: 'merchant', ids: ofStore },
  'GET /merchant/stores/{storeId}/products/{productId}': { by: 'merchant', ids: ofProduct },
  'PATCH /merchant/stores/{storeId}/products/{productId}': {
    by: 'merchant',
    ids: ofProduct,
    body: () => ({ title: 'Taken' }),
  },
  'DELETE /merchant/stores/{storeId}/products/{productId}': { by: 'merchant', ids: ofProduct },
  'POST /merchant/stores/{storeId}/products/{productId}/variants': {
    ...{ by: 'merchant', ids: ofProduct, body: () => ({ sku: 'X-2', price: usd(100), onHand: 1 }) },
  },
  'PATCH /merchant/stores/{storeId}/variants/{variantId}': {
    by: 'merchant',
    ids: ofVariant,
    body: () => ({ price: usd(1) }),
  },
  'DELETE /merchant/stores/{storeId}/variants/{variantId}': { by: 'merchant', ids: ofVariant },
  'GET /merchant/stores/{storeId}/variants/{variantId}/prices': { by: 'merchant', ids: ofVariant },
  'POST /merchant/stores/{storeId}/coupons': { by: 'merchant', ids: ofStore, body: () => COUPON },
  'GET /merchant/stores/{storeId}/coupons': { by: 'merchant', ids: ofStore },
  'PATCH /merchant/stores/{storeId}/coupons/{couponId}': { by: 'merchant', ids: ofCoupon, body: () => END },
  'GET /merchant/stores/{storeId}/keys': { by: 'merchant', ids: ofStore },
  'PUT /merchant/stores/{storeId}/keys': { by: 'merchant', ids: ofStore, body: () => ({ jwk: PUBLIC_KEY }) },
  'DELETE /merchant/stores/{storeId}/keys': { by: 'merchant', ids: ofStore },
  'GET /merchant/stores/{storeId}/orders': { by: 'merchant', ids: ofStore },
  'GET /merchant/stores/{storeId}/orders/counts': { by: 'merchant', ids: ofStore },
  'GET /merchant/stores/{storeId}/orders/{orderId}/history': { by: 'merchant', ids: ofStoresOrder },
  'POST /merchant/stores/{storeId}/orders/{orderId}/cancel': {
    ...{ by: 'merchant', ids: ofStoresOrder, body: () => ({ reason: 'r' }) },
  },
  'POST /merchant/stores/{storeId}/orders/{orderId}/delivered': { by: 'merchant', ids: ofStoresOrder },
  'POST /merchant/stores/{storeId}/orders/{orderId}/complete': { by: 'merchant', ids: ofStoresOrder },
  'GET /merchant/stores/{storeId}/orders/{orderId}/notes': { by: 'merchant', ids: ofStoresOrder },
  'POST /merchant/stores/{storeId}/orders/{orderId}/notes': {
    ...{ by: 'merchant', ids: ofStoresOrder, body: () => ({ body: 'n' }) },
  },
  'DELETE /merchant/stores/{storeId}/orders/{orderId}/notes/{noteId}': {
    ...{ by: 'merchant', ids: (w) => ({ ...ofStoresOrder(w), noteId: w.orderNoteId }) },
  },
  'GET /merchant/stores/{storeId}/orders/{orderId}': { by: 'merchant', ids: ofStoresOrder },
  'GET /merchant/stores/{storeId}/orders/{orderId}/buyer-keys': { by: 'merchant', ids: ofStoresOrder },
  'POST /merchant/stores/{storeId}/orders/{orderId}/confirm': { by: 'merchant', ids: ofStoresOrder },
  'POST /merchant/stores/{storeId}/orders/{orderId}/mark-paid': {
    ...{ by: 'merchant', ids: ofStoresOrder, body: () => ({ method: 'cash', reference: 'R-1' }) },
  },
  'POST /merchant/stores/{storeId}/orders/{orderId}/refunds': {
    ...{ by: 'merchant', ids: ofStoresOrder, body: () => ({ amount: usd(100), reason: 'r' }) },
  },
  'GET /merchant/stores/{storeId}/orders/{orderId}/refunds': { by: 'merchant', ids: ofStoresOrder },
  'POST /merchant/stores/{storeId}/orders/{orderId}/ship': {
    ...{ by: 'merchant', ids: ofStoresOrder, body: () => ({ carrier: 'UPS', trackingNumber: '12345678' }) },
  },

  'GET /merchant/stores/{storeId}/orders/{orderId}/changes': { by: 'merchant', ids: ofStoresOrder },
  'POST /merchant/stores/{storeId}/orders/{orderId}/changes': {
    ...{ by: 'merchant', ids: ofStoresOrder, body: () => ({ delivery: { price: usd(100) }, reason: 'r' }) },
  },
  'POST /merchant/stores/{storeId}/orders/{orderId}/changes/{changeId}/withdraw': {
    ...{ by: 'merchant', ids: (w) => ({ ...ofStoresOrder(w), changeId: w.changeId }) },
  },
  'GET /merchant/stores/{storeId}/returns': { by: 'merchant', ids: ofStore },
  'GET /merchant/stores/{storeId}/orders/{orderId}/returns': { by: 'merchant', ids: ofStoresOrder },
  'POST /merchant/stores/{storeId}/orders/{orderId}/returns/{returnId}/approve': {
    ...{ by: 'merchant', ids: ofStoresReturn, body: () => ({ note: 'n' }) },
  },
  'POST /merchant/stores/{storeId}/orders/{orderId}/returns/{returnId}/refuse': {
    ...{ by: 'merchant', ids: ofStoresReturn, body: () => ({ reason: 'r' }) },
  },
  'POST /merchant/stores/{storeId}/orders/{orderId}/returns/{returnId}/receive': {
    ...{ by: 'merchant', ids: ofStoresReturn },
    body: (w) => ({ items: [{ itemId: w.orderItemId, quantity: 1, condition: 'as_new' }] }),
  },

  'GET /merchant/stores/{storeId}/orders/{orderId}/buyer-trust': { by: 'merchant', ids: ofStoresOrder },
  'GET /merchant/stores/{storeId}/orders/{orderId}/rating': { by: 'merchant', ids: ofStoresOrder },
  'PUT /merchant/stores/{storeId}/orders/{orderId}/rating': {
    ...{ by: 'merchant', ids: ofStoresOrder, body: () => RATING },
  },
  'POST /merchant/stores/{storeId}/orders/{orderId}/reports': {
    ...{ by: 'merchant', ids: ofStoresOrder, body: () => ({ reason: 'false_claim', words: 'r' }) },
  },

  'POST /merchant/stores/{storeId}/payment-account': { by: 'merchant', ids: ofStore },
  'GET /merchant/stores/{storeId}/payment-account': { by: 'merchant', ids: ofStore },
  'POST /merchant/stores/{storeId}/payment-account/link': { by: 'merchant', ids: ofStore, body: () => BACK },

  'GET /merchant/stores/{storeId}/balance': { by: 'merchant', ids: ofStore },
  'GET /merchant/stores/{storeId}/statements': { by: 'merchant', ids: ofStore },

  'GET /conversations': { by: 'anybody' },
  'POST /conversations': { by: 'anybody', body: (w) => ({ ...ofStore(w), ...TALK }) },
  'GET /conversations/unread': { by: 'anybody' },
  'GET /conversations/{id}': { by: 'anybody', ids: ofTalk },
  'GET /conversations/{id}/messages': { by: 'anybody', ids: ofTalk },
  'POST /conversations/{id}/messages': { by: 'anybody', ids: ofTalk, body: () => TALK },
  'POST /conversations/{id}/read': { by: 'anybody', ids: ofTalk, body: (w) => ({ messageId: w.answerId }) },
  'POST /conversations/{id}/block': { by: 'anybody', ids: ofTalk },
  'POST /conversations/{id}/unblock': { by: 'anybody', ids: ofTalk },
  'POST /conversations/{id}/messages/{messageId}/report': {
    ...{ by: 'anybody', ids: (w) => ({ ...ofTalk(w), messageId: w.answerId }), body: () => ({ reason: 'spam' }) },
  },
  'GET /conversations/{id}/events': { by: 'anybody', ids: ofTalk },
  'GET /merchant/stores/{storeId}/conversations': { by: 'merchant', ids: ofStore },
  'GET /merchant/stores/{storeId}/conversations/unread': { by: 'merchant', ids: ofStore },
  'GET /merchant/stores/{storeId}/conversations/{conversationId}': { by: 'merchant', ids: ofStoresTalk },
  'GET /merchant/stores/{storeId}/conversations/{conversationId}/messages': { by: 'merchant', ids: ofStoresTalk },
  'POST /merchant/stores/{storeId}/conversations/{conversationId}/messages': {
    ...{ by: 'merchant', ids: ofStoresTalk, body: () => TALK },
  },
  'POST /merchant/stores/{storeId}/conversations/{conversationId}/read': {
    ...{ by: 'merchant', ids: ofStoresTalk, body: (w) => ({ messageId: w.questionId }) },
  },
  'POST /merchant/stores/{storeId}/conversations/{conversationId}/block': { by: 'merchant', ids: ofStoresTalk },
  'POST /merchant/stores/{storeId}/conversations/{conversationId}/unblock': { by: 'merchant', ids: ofStoresTalk },
  'POST /merchant/stores/{storeId}/conversations/{conversationId}/messages/{messageId}/report': {
    ...{
      by: 'merchant',
      ids: (w) => ({ ...ofStoresTalk(w), messageId: w.questionId }),
      body: () => ({ reason: 'spam' }),
    },
  },
  'GET /merchant/stores/{storeId}/conversations/{conversationId}/events': { by: 'merchant', ids: ofStoresTalk },
  'POST /store-links/stores/{storeId}': { by: 'public', ids: (w) => ({ storeId: w.unclaimedStoreId }) },
  'GET /store-links/conversation': { by: 'link' },
  'GET /store-links/conversation/messages': { by: 'link' },
  'POST /store-links/conversation/messages': { by: 'link', body: () => TALK },
  'POST /store-links/conversation/read': { by: 'link', body: (w) => ({ messageId: w.linkedId }) },
  'POST /store-links/conversation/block': { by: 'link' },
  'POST /store-links/conversation/unblock': { by: 'link' },
  'GET /store-links/conversation/events': { by: 'link' },
  'POST /store-links/claim': { by: 'user', body: () => ({ token: 'mct_x' }) },

  'POST /webhooks/stripe': { by: 'public', body: () => ({ id: 'evt_1', object: 'event' }) },
  'POST /webhooks/mail': { by: 'public', body: () => ({ id: 'delivery_1' }) },
  'POST /webhooks/ucp': { by: 'public', body: () => ({ id: 'order_1' }) },
  'POST /webhooks/acp/{storeId}': {
    ...{ by: 'public', ids: (w) => ({ storeId: w.shop.storeId }), body: () => ({ type: 'order_update' }) },
  },

  'PUT /admin/stores/{storeId}/platform-fee': { by: 'admin', ids: ofStore, body: () => ({ ppm: 40_000 }) },
  'POST /admin/stores': {
    by: 'admin',
    body: () => ({
      name: 'P',
      tier: 'redirect',
      currency: 'USD',
      country: 'US',
      url: 'https://p.example',
      hosts: ['p.example'],
      deliveryOptions: [DELIVERY],
    }),
  },
  'PUT /admin/stores/{storeId}/connection': { by: 'admin', ids: ofConnected, body: () => CONNECTION },
  'GET /admin/stores/{storeId}/connection': { by: 'admin', ids: ofConnected },
  'DELETE /admin/stores/{storeId}/connection': { by: 'admin', ids: ofConnected },
  'GET /admin/platforms': { by: 'admin' },
  'GET /admin/stores/{storeId}/platform': { by: 'admin', ids: ofConnected },
  'PUT /admin/stores/{storeId}/platform': { by: 'admin', ids: ofConnected, body: () => ({ apply: false }) },
  'GET /admin/stores/{storeId}/automation': { by: 'admin', ids: ofConnected },
  'PUT /admin/stores/{storeId}/automation/policy': {
    ...{ by: 'admin', ids: ofConnected, body: () => ({ policy: 'forbidden' }) },
  },
  'PUT /admin/stores/{storeId}/automation/test-account': {
    ...{ by: 'admin', ids: ofConnected, body: () => TEST_ACCOUNT },
  },
  'DELETE /admin/stores/{storeId}/automation/test-account': { by: 'admin', ids: ofConnected },
  'GET /admin/stores/{storeId}/automation/runs': { by: 'admin', ids: ofConnected },
  'GET /admin/stores/{storeId}/automation/runs/{runId}/trail': {
    ...{ by: 'admin', ids: (w: World) => ({ ...ofConnected(w), runId: w.automationRunId }) },
  },
  'POST /admin/stores/{storeId}/recipes/{version}/dry-run': { by: 'admin', ids: ofRecipe },
  'GET /admin/stores/{storeId}/recipes': { by: 'admin', ids: ofConnected },
  'POST /admin/stores/{storeId}/recipes': { by: 'admin', ids: ofConnected, body: () => ({ recipe: RECIPE }) },
  'GET /admin/stores/{storeId}/recipes/{version}': { by: 'admin', ids: ofRecipe },
  'POST /admin/stores/{storeId}/recipes/{version}/activate': { by: 'admin', ids: ofRecipe },
  'GET /admin/affiliate-networks': { by: 'admin' },
  'POST /admin/affiliate-conversions': {
    by: 'admin',
    body: () => ({ network: 'awin', csv: 'transactionId,occurredAt,commission,currency\nT-1,2026-11-20,1.00,USD\n' }),
  },
  'GET /admin/affiliate-conversions': { by: 'admin' },
  'GET /admin/affiliate-report': { by: 'admin' },
  'GET /admin/stores/{storeId}/affiliate-programmes': { by: 'admin', ids: ofConnected },
  'PUT /admin/stores/{storeId}/affiliate-programme': {
    ...{ by: 'admin', ids: ofConnected },
    body: () => ({ network: 'amazon', parameters: { tag: 'muse-20' } }),
  },
  'DELETE /admin/stores/{storeId}/affiliate-programme': { by: 'admin', ids: ofConnected },
  'GET /admin/signing-keys': { by: 'admin' },
  'POST /admin/signing-keys': { by: 'admin', body: () => ({}) },
  'POST /admin/stores/unclaimed': {
    ...{ by: 'admin', body: () => ({ name: 'U', currency: 'USD', country: 'US', contact: { email: 'u@u.example' } }) },
  },
  'PUT /admin/stores/{storeId}/contact': {
    ...{ by: 'admin', ids: (w) => ({ storeId: w.unclaimedStoreId }) },
    body: () => ({ email: 'u@u.example', key: { jwk: PUBLIC_KEY } }),
  },
  'GET /admin/message-reports': { by: 'support' },
  'POST /admin/message-reports/{reportId}/close': {
    ...{ by: 'support', ids: (w) => ({ reportId: w.messageReportId }), body: () => ({ outcome: 'upheld' }) },
  },
  'PATCH /admin/stores/{storeId}': {
    by: 'admin',
    ids: (w) => ({ storeId: w.partner.id }),
    body: () => ({ name: 'Taken' }),
  },
  'POST /admin/exchange-rates': { by: 'admin', body: () => ({ base: 'USD', quote: 'VES', rate: '1' }) },
  'POST /admin/tax-rates': { by: 'admin', body: () => TAX },
  'GET /admin/tax-rates': { by: 'admin' },
  'POST /admin/coupons': { by: 'admin', body: () => COUPON },
  'GET /admin/coupons': { by: 'admin' },
  'PATCH /admin/coupons/{couponId}': {
    by: 'admin',
    ids: (w) => ({ couponId: w.platformCoupon.id }),
    body: () => END,
  },
  'POST /admin/orders/{orderId}/refunds': {
    ...{ by: 'support', ids: (w) => ({ orderId: w.orderId }), body: () => ({ amount: usd(100), reason: 'r' }) },
  },
  'POST /admin/orders/{orderId}/override': {
    ...{ by: 'support', ids: (w) => ({ orderId: w.orderId }), body: () => ({ status: 'confirmed', reason: 'r' }) },
  },
  'GET /admin/orders/{orderId}/refunds': { by: 'support', ids: (w) => ({ orderId: w.orderId }) },
  'GET /admin/reports': { by: 'support' },
  'GET /admin/reports/{id}': { by: 'support', ids: ofReport },
  'POST /admin/reports/{id}/decide': { by: 'support', ids: ofReport, body: () => DECISION },
  'POST /admin/reports/{id}/appeal/decide': { by: 'support', ids: ofReport, body: () => DECISION },
  'GET /admin/ledger': { by: 'support' },
  'GET /admin/payments': { by: 'support' },
  'GET /admin/payments/{id}': { by: 'support', ids: (w) => ({ id: w.paymentId }) },
  'POST /admin/payment-steps/{id}/resolve': {
    by: 'support',
    ids: (w) => ({ id: w.paymentStepId }),
    body: () => ({ outcome: 'look_again', reason: 'Is it there now?' }),
  },
  'GET /admin/placements': { by: 'support' },
  'POST /admin/placements/{id}/resolve': {
    ...{
      by: 'support',
      ids: (w) => ({ id: w.placementId }),
      body: () => ({ outcome: 'placed', storeOrderNumber: 'X-1', reason: 'Called' }),
    },
  },
};

export type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The verb and path of a row, with ids in the place of their names. */
export function addressOf(route: string, ids: Record<string, string> = {}): [Verb, string] {
  const [verb, path] = route.split(' ') as [string, string];
  return [
    verb.toLowerCase() as Verb,
    path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name] ?? 'missing')),
  ];
}
