/** Parts of modules above run in the order of the locks they take, the same everywhere: what mails lead to, session, cart, order, payment, stock; account at a store, run there. */
const ORDER = [
  'found-orders',
  'checkout-session',
  'cart',
  'orders',
  'order-changes',
  'order-returns',
  'payments',
  'checkout-session.stock',
  'store-integrations',
  'store-automation',
];

/** These names in that order; whatever has no place in it comes last, as it was registered. */
export function inLockOrder(names: Iterable<string>): string[] {
  const given = [...names];
  const place = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return given.sort((a, b) => place(a) - place(b));
}
