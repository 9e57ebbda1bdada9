import { formOf, type Call, type Reply, type Route } from '../http/call';
import { htmlReply } from '../oauth/oauth';
import { html, NOTHING, page } from '../oauth/pages';
import type { SandboxStore } from '../store';
import type { Checkout } from './checkout';

/** Where a shopper goes on at the store itself: the checkout that a platform began, and the order that came of it. */
export function storePages(store: SandboxStore): Route[] {
  return [
    { method: 'GET', path: '/', step: 'page', run: () => text(store, 'Welcome', 'Everything for everybody.') },
    { method: 'GET', path: '/legal/:which', step: 'page', run: () => text(store, 'Terms', 'There are none.') },
    { method: 'GET', path: '/checkout/:id', step: 'page', run: (call, [id]) => show(store, call, id!) },
    { method: 'POST', path: '/checkout/:id', step: 'page', run: (call, [id]) => buy(store, call, id!) },
    { method: 'GET', path: '/orders/:number', step: 'page', run: (_call, [number]) => orderPage(store, number!) },
  ];
}

export function continueUrlOf(store: SandboxStore, checkout: Checkout): string {
  return `${store.baseUrl}/checkout/${checkout.id}?key=${checkout.pageKey}`;
}

function show(store: SandboxStore, { url }: Call, id: string): Reply {
  const key = url.searchParams.get('key') ?? '';
  const checkout = store.shop.onPage(id, key);
  if (!checkout) return { ...text(store, 'Not here', 'There is no such checkout.'), status: 404 };
  if (checkout.state !== 'open') return text(store, 'Checkout', `This checkout is ${checkout.state}.`);
  const quote = store.shop.quote(checkout);
  const lines = quote.lines.map(({ quantity, good }) => html`<li>${String(quantity)} × ${good.title}</li>`);
  const list = lines.reduce((whole, line) => html`${whole}${line}`, NOTHING);
  return htmlReply(
    200,
    page(
      store.name,
      'Checkout',
      html`<h2>Your order</h2>
        <ul>
          ${list}
        </ul>
        <p>Total: <strong>$${(quote.total / 100).toFixed(2)}</strong></p>
        <form method="post" action="/checkout/${id}?key=${key}" id="buy">
          <label><input type="checkbox" name="agreed" value="yes" required /> I am over 21 and agree</label>
          <button type="submit">Place order</button>
        </form>`,
    ),
  );
}

function buy(store: SandboxStore, call: Call, id: string): Reply {
  const checkout = store.shop.onPage(id, call.url.searchParams.get('key') ?? '');
  if (!checkout) return { ...text(store, 'Not here', 'There is no such checkout.'), status: 404 };
  if (formOf(call)?.get('agreed') !== 'yes') return { ...text(store, 'Please', 'You have to agree.'), status: 400 };
  const order = store.shop.completeOnPage(checkout);
  if (!order) return { ...text(store, 'Not yet', 'Something is missing still.'), status: 409 };
  return { status: 303, headers: { location: `/orders/${order.number}` } };
}

function orderPage(store: SandboxStore, number: string): Reply {
  const order = store.orders.all().find((one) => one.number === number);
  if (!order) return { ...text(store, 'Not here', 'There is no such order.'), status: 404 };
  return text(store, `Order ${number}`, order.canceled ? 'Cancelled.' : `It is ${order.move}.`);
}

function text(store: SandboxStore, title: string, words: string): Reply {
  return htmlReply(
    200,
    page(
      store.name,
      title,
      html`<h2>${title}</h2>
        <p>${words}</p>`,
    ),
  );
}
