import { goTo, page, type Ask, type Reply, type Route } from '../http/ask';
import { html, usd, type Markup } from '../http/html';
import { good, nextOf, STATUS } from '../nordstrom/nordstrom';
import { challengeRoutes, inTheWay } from '../pages/challenges';
import { addressLines, addressOf, STATES } from '../pages/fields';
import type { Manners, Shop } from '../shop';
import { cardName, No } from '../world/buying';
import type { Good } from '../world/goods';

const GOODS: readonly Good[] = [
  good('fern-pot', 'Stoneware pot', 'Fern & Finch', 2400, [], ['Moss', 'Sand']),
  good('fern-apron', 'Canvas apron', 'Fern & Finch', 3800, [], []),
];

/** A small shop with one page for the whole checkout: the one that docs/adding-a-store.md adds by a recipe. */
export const fern: Manners = {
  name: 'Fern & Finch (sandbox)',
  goods: GOODS,
  delivery: [{ id: 'post', name: 'Post', cents: 500, freeOver: null, minDays: 3, maxDays: 7 }],
  cartPath: '/cart',
  orderNumber: (random) => `FF-${random}`,
  routes: (shop) => routesOf(shop),
  frame: (title, body) =>
    html`<!doctype html>
      <html lang="en">
        <head>
          <title>${title}</title>
        </head>
        <body>
          <h1>${title}</h1>
          ${body}
          <p><a href="/account">Your account</a></p>
        </body>
      </html>`,
};

function routesOf(shop: Shop): Route[] {
  const { buying } = shop;
  const show = (title: string, body: Markup, status = 200): Reply => page(shop.manners.frame(title, body), status);
  const mustSignIn = (next: string) => goTo(`/account/login?next=${encodeURIComponent(next)}`);

  function login(ask: Ask, wrong: boolean): Reply {
    const next = nextOf(ask.url.searchParams.get('next') ?? ask.form.get('next'));
    if (ask.visit.accountId !== null) return goTo(next);
    return show(
      'Log in',
      html`${wrong && html`<p role="alert">Incorrect email or password.</p>`}
        <form method="post" action="/account/login">
          <input type="hidden" name="next" value="${next}" />
          <p>
            <label>Email <input name="email" type="email" autocomplete="email" /></label>
          </p>
          <p>
            <label>Password <input name="password" type="password" autocomplete="current-password" /></label>
          </p>
          <button type="submit">Log in</button>
        </form>`,
    );
  }

  function product(ask: Ask, id: string, wrong: string | null): Reply {
    const found = shop.goods.good(id);
    if (!found) return show('Not here', html`<p>There is no such thing.</p>`, 404);
    const [first] = shop.goods.all().filter((variant) => variant.good.id === id);
    if (!buying.isLeft(first!.sku, 1, 'product')) return show(found.title, html`<p role="status">Sold out</p>`);
    const colors = found.colors.map((one) => html`<option>${one}</option>`);
    return show(
      found.title,
      html`<p>${usd(buying.priceOf(first!.sku, ask.visit))}</p>
        ${wrong !== null && html`<p role="alert">${wrong}</p>`}
        <form method="post" action="/cart/add">
          <input type="hidden" name="id" value="${id}" />
          ${
            colors.length > 0 &&
            html`<label
              >Color
              <select name="color">
                ${colors}
              </select></label
            >`
          }
          <label>Quantity <input name="quantity" type="number" value="1" min="1" /></label>
          <button type="submit">Add to cart</button>
        </form>`,
    );
  }

  function cart({ visit }: Ask): Reply {
    const { lines, subtotal } = buying.totals(visit);
    if (lines.length === 0) return show('Cart', html`<p>Your cart is empty</p>`);
    const gone = buying.missing(visit, 'cart').length > 0;
    const rows = lines.map(
      ({ sku, title, color, quantity, cents }) =>
        html`<tr>
          <th scope="row">${title}</th>
          <td>${color}</td>
          <td>${quantity}</td>
          <td>${usd(cents)}</td>
          <td>
            <form method="post" action="/cart/remove"><button name="sku" value="${sku}">Remove</button></form>
          </td>
        </tr>`,
    );
    return show(
      'Cart',
      html`${gone && html`<p role="alert">Sold out</p>`}
        <table aria-label="Cart">
          <tbody>
            ${rows}
          </tbody>
        </table>
        <p>Subtotal <output id="subtotal">${usd(subtotal)}</output></p>
        ${!gone && html`<a href="/checkout">Check out</a>`}`,
    );
  }

  /** First the address, then, below it, what it comes to and the button: one page. */
  function checkout(ask: Ask, wrong: string | null): Reply {
    const { visit } = ask;
    if (visit.accountId === null) return mustSignIn('/checkout');
    if (buying.cart(visit).length === 0) return goTo('/cart');
    const challenge = inTheWay(shop, ask, 'checkout', '/checkout');
    if (challenge) return challenge;
    const { address } = visit;
    const field = (name: string, label: string, autocomplete: string, value = '') =>
      html`<p>
        <label>${label} <input name="${name}" autocomplete="${autocomplete}" value="${value}" /></label>
      </p>`;
    const states = STATES.map(
      ([code, text]) => html`<option value="${code}" ${address?.region === code && html`selected`}>${text}</option>`,
    );
    return show(
      'Checkout',
      html`${wrong !== null && html`<p role="alert">${wrong}</p>`}
        <form method="post" action="/checkout/address" aria-label="Address">
          ${field('name', 'Name', 'name', address?.name)} ${field('line1', 'Address', 'address-line1', address?.line1)}
          ${field('line2', 'Unit', 'address-line2', address?.line2)}
          ${field('city', 'City', 'address-level2', address?.city)}
          <p>
            <label
              >State
              <select name="region" autocomplete="address-level1">
                ${states}
              </select></label
            >
          </p>
          ${field('postalCode', 'ZIP', 'postal-code', address?.postalCode)}
          <button type="submit">Save address</button>
        </form>
        ${address && toPay(ask)}`,
    );
  }

  function toPay({ visit }: Ask): Markup {
    const { subtotal, shipping, tax, total } = buying.totals(visit);
    const cards = buying.account(visit)?.cards ?? [];
    const choices = cards.map(
      (card) =>
        html`<label
          ><input type="radio" name="card" value="${card.id}" ${card.isDefault && html`checked`} />
          ${cardName(card)}</label
        >`,
    );
    const sum = (id: string, label: string, cents: number) =>
      html`<p>${label} <output id="${id}">${usd(cents)}</output></p>`;
    return html`<section aria-label="Ship to">
        ${visit.address!.name}, ${addressLines(visit.address!).join(', ')}
      </section>
      ${sum('subtotal', 'Subtotal', subtotal)} ${sum('shipping', 'Post', shipping)} ${sum('tax', 'Tax', tax)}
      ${sum('total', 'Total', total)}
      ${
        cards.length === 0
          ? html`<p role="status">No saved card</p>`
          : html`<form method="post" action="/checkout/pay">
              <input type="hidden" name="checkout" value="${buying.newCheckout(visit)}" />
              ${choices}
              <button type="submit">Pay now</button>
            </form>`
      }`;
  }

  function pay(ask: Ask, checkoutId: string): Reply {
    if (ask.visit.accountId === null) return mustSignIn('/checkout');
    try {
      return goTo(`/thanks/${buying.place(ask.visit, checkoutId).number}`);
    } catch (error) {
      if (error instanceof No) return checkout(ask, error.message);
      throw error;
    }
  }

  function account({ visit }: Ask): Reply {
    if (visit.accountId === null) return mustSignIn('/account');
    const rows = shop.orders.of(visit.accountId).map(
      ({ number, placedAt, total, status }) =>
        html`<tr>
          <th scope="row"><a href="/orders/${number}">${number}</a></th>
          <td><time datetime="${placedAt}">${placedAt.slice(0, 10)}</time></td>
          <td class="total">${usd(total)}</td>
          <td class="status">${STATUS[status]}</td>
        </tr>`,
    );
    return show(
      'Your account',
      html`<table aria-label="Orders">
        <tbody>
          ${rows}
        </tbody>
      </table>`,
    );
  }

  function order({ visit }: Ask, number: string): Reply {
    if (visit.accountId === null) return mustSignIn(`/orders/${number}`);
    const found = shop.orders.byNumber(visit.accountId, number);
    if (!found) return show('Not here', html`<p>There is no such order.</p>`, 404);
    return show(
      `Order ${number}`,
      html`<p>Status: <output id="status">${STATUS[found.status]}</output></p>
        ${found.parcel && html`<p>Parcel <a id="parcel" href="${found.parcel.trackingUrl}">${found.parcel.trackingNumber}</a> with <span id="carrier">${found.parcel.carrier}</span></p>`}
        ${found.status === 'processing' && html`<form method="post" action="/orders/${number}/cancel"><button>Cancel order</button></form>`}`,
    );
  }

  const thanks = ({ visit }: Ask, number: string): Reply =>
    shop.orders.byNumber(visit.accountId ?? '', number)
      ? show('Thank you', html`<p>Order <output id="number">${number}</output> is on its way.</p>`)
      : goTo('/account');

  return [
    {
      ...{ method: 'GET', path: '/', step: 'home' as const },
      run: () =>
        show(
          'Fern & Finch',
          html`${GOODS.map(({ id, title }) => html`<p><a href="/products/${id}">${title}</a></p>`)}`,
        ),
    },
    { method: 'GET', path: '/account/login', step: 'signInPage', run: (ask) => login(ask, false) },
    {
      ...{ method: 'POST', path: '/account/login', step: 'signIn' as const },
      run: (ask) => {
        const { form, visit } = ask;
        if (!buying.knock(visit, form.get('email') ?? '', form.get('password') ?? '')) return login(ask, true);
        const next = nextOf(form.get('next'));
        const challenge = inTheWay(shop, ask, 'signIn', next);
        if (challenge) return challenge;
        buying.enter(visit);
        return goTo(next);
      },
    },
    { method: 'GET', path: '/products/:id', step: 'product', run: (ask, [id]) => product(ask, id!, null) },
    {
      ...{ method: 'POST', path: '/cart/add', step: 'add' as const },
      run: (ask) => {
        const id = ask.form.get('id') ?? '';
        try {
          buying.add(ask.visit, id, null, ask.form.get('color'), Number(ask.form.get('quantity')) || 1);
          return goTo('/cart');
        } catch (error) {
          if (error instanceof No) return product(ask, id, error.message);
          throw error;
        }
      },
    },
    { method: 'GET', path: '/cart', step: 'cart', run: cart },
    {
      ...{ method: 'POST', path: '/cart/remove', step: 'removeLine' as const },
      run: ({ form, visit }) => {
        buying.remove(visit, form.get('sku') ?? '');
        return goTo('/cart');
      },
    },
    { method: 'GET', path: '/checkout', step: 'checkout', run: (ask) => checkout(ask, null) },
    {
      ...{ method: 'POST', path: '/checkout/address', step: 'address' as const },
      run: (ask) => {
        try {
          buying.setAddress(ask.visit, addressOf(ask.form));
          return goTo('/checkout');
        } catch (error) {
          if (error instanceof No) return checkout(ask, error.message);
          throw error;
        }
      },
    },
    {
      ...{ method: 'POST', path: '/checkout/pay', step: 'place' as const },
      run: (ask) => {
        ask.visit.cardId = ask.form.get('card');
        const checkoutId = ask.form.get('checkout') ?? '';
        const challenge = ask.visit.accountId === null ? null : inTheWay(shop, ask, 'place', '/checkout');
        if (!challenge) return pay(ask, checkoutId);
        ask.visit.checkout = checkoutId;
        return challenge;
      },
    },
    { method: 'GET', path: '/thanks/:no', step: 'confirmation', run: (ask, [no]) => thanks(ask, no!) },
    { method: 'GET', path: '/account', step: 'orders', run: account },
    { method: 'GET', path: '/orders/:no', step: 'order', run: (ask, [no]) => order(ask, no!) },
    {
      ...{ method: 'POST', path: '/orders/:no/cancel', step: 'cancel' as const },
      run: ({ visit }, [no]) => {
        buying.cancel(visit, no!);
        return goTo(`/orders/${no}`);
      },
    },
    ...challengeRoutes(shop, (ask, point, next) => {
      if (point === 'signIn') buying.enter(ask.visit);
      return point === 'place' ? pay(ask, ask.visit.checkout) : goTo(next);
    }),
  ];
}
