import type { OwnFormats } from './platform/http';

/**
 * Fields of request bodies and queries that have a format of their own, in which long runs of digits belong: no card number
 * is looked for there. Everything else is free text. UUIDs are known by their form and need no name here.
 */
export const TYPED_FIELDS: OwnFormats = new Set([
  // Numbers of goods, parcels and orders, as those make them who number them.
  ...['gtin', 'sku', 'productSku', 'externalId', 'trackingNumber', 'storeOrderNumber'],
  // Web addresses: shops put their own ids into them. (`item` and `template` make a cart link.) Those of our own front ends
  // are not among them: they are kept and handed to the payment provider.
  ...['url', 'productUrl', 'productImageUrl', 'imageUrls', 'photoUrls', 'trackingUrl', 'returnsUrl', 'termsUrl'],
  ...['template', 'item', 'evidenceUrls'],
  // A network's report, full of its own numbers: ids and amounts are taken of it, and nothing is kept as it came.
  'csv',
  // Telephone numbers and decimal numbers, each checked by its own rule.
  ...['phone', 'rate', 'percent'],
  // Secrets are never stored as they are given, and a refusal would lock out whoever has chosen such a one.
  ...['password', 'currentPassword', 'newPassword'],
  // Sealed: letters and digits by chance, which nobody can read here. (Coordinates of keys and parts of a JWE.)
  ...['protected', 'encrypted_key', 'aad', 'iv', 'ciphertext', 'tag', 'x', 'y'],
  // Made by us.
  ...['token', 'refreshToken', 'cursor', 'state'],
  // Made by a store's authorization server, of whatever characters it likes; used once, and kept by nobody. (Coupons have a `code` too.)
  'code',
]);
