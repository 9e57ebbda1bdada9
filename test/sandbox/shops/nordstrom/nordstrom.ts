import { page, goTo, type Ask, type Reply, type Route } from '../http/ask';
import { html, usd, type Markup } from '../http/html';
import { challengeRoutes, inTheWay } from '../pages/challenges';
import { addressLines, addressOf, fieldsOf, formOf, STATES, type Field } from '../pages/fields';
import type { Manners, Shop } from '../shop';
import { cardName, No } from '../world/buying';
import type { Good } from '../world/goods';
import type { Order } from '../world/orders';
import type { Point } from '../world/switches';

const GOODS: readonly Good[] = [
  good('nd-101', 'Black Dress', 'Mirabel', 8900, ['S', 'M', 'L', 'XL'], ['Black']),
  good('nd-102', 'Leather Boots', 'Northfield', 15900, ['7', '8', '9', '10'], ['Brown', 'Black']),
  good('nd-103', 'Cashmere Scarf', 'Mirabel', 7900, [], ['Camel', 'Grey']),
  good('nd-104', 'Silk Blouse', 'Mirabel', 9800, ['S', 'M', 'L', 'XL'], ['Ivory', 'Navy']),
  good('nd-105', 'Leather Tote', 'Aldana', 18900, [], []),
];

export function good(id: string, title: string, brand: string, cents: number, sizes: string[], colors: string[]): Good {
  return { id, title, brand, cents, sizes, colors };
}

/** Every page comes from the server, one after the other: the department store of the old school. */
export const nordstrom: Manners = {
  name: 'Nordstrom (sandbox)',
  goods: GOODS,
  delivery: [
    { id: 'standard', name: 'Standard', cents: 0, freeOver: null, minDays: 3, maxDays: 6 },
    { id: 'two-day', name: 'Two-day', cents: 1500, freeOver: null, minDays: 2, maxDays: 2 },
  ],
  cartPath: '/bag',
  orderNumber: (random) => `9${random}${random % 97}`,
  routes: (shop) => new Pages(shop).routes(),
  frame: (title, body) =>
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <title>${title} | Nordstrom</title>
        </head>
        <body>
          <header>
            <nav aria-label="Main">
              <a href="/" id="logo">Nordstrom</a>
              <a href="/account/orders" id="nav-orders">Purchases</a>
              <a href="/bag" id="nav-bag">Shopping bag</a>
            </nav>
          </header>
          <main id="content">${body}</main>
          <footer>A sandbox: nothing is sold.</footer>
        </body>
      </html>`,
};

class Pages {
  constructor(private readonly shop: Shop) {}

  routes(): Route[] {
    return [
      { method: 'GET', path: '/', step: 'home', run: () => this.home() },
      { method: 'GET', path: '/signin', step: 'signInPage', run: (ask) => this.signInPage(ask) },
      { method: 'POST', path: '/signin', step: 'signInPage', run: (ask) => this.passwordPage(ask, null) },
      { method: 'POST', path: '/signin/password', step: 'signIn', run: (ask) => this.signIn(ask) },
      { method: 'GET', path: '/s/:slug/:id', step: 'product', run: (ask, [, id]) => this.product(ask, id!, null) },
      { method: 'POST', path: '/bag/add', step: 'add', run: (ask) => this.add(ask) },
      { method: 'GET', path: '/bag', step: 'cart', run: (ask) => this.bag(ask) },
      { method: 'POST', path: '/bag/remove', step: 'removeLine', run: (ask) => this.remove(ask) },
      { method: 'GET', path: '/checkout', step: 'checkout', run: (ask) => this.checkout(ask) },
      { method: 'GET', path: '/checkout/shipping', step: 'checkout', run: (ask) => this.shipping(ask, null) },
      { method: 'POST', path: '/checkout/shipping', step: 'address', run: (ask) => this.setShipping(ask) },
      { method: 'GET', path: '/checkout/delivery', step: 'delivery', run: (ask) => this.delivery(ask) },
      { method: 'POST', path: '/checkout/delivery', step: 'delivery', run: (ask) => this.setDelivery(ask) },
      { method: 'GET', path: '/checkout/payment', step: 'payment', run: (ask) => this.payment(ask) },
      { method: 'POST', path: '/checkout/payment', step: 'payment', run: (ask) => this.setPayment(ask) },
      { method: 'GET', path: '/checkout/review', step: 'review', run: (ask) => this.review(ask, null) },
      { method: 'POST', path: '/checkout/place', step: 'place', run: (ask) => this.place(ask) },
      { method: 'GET', path: '/checkout/thanks/:no', step: 'confirmation', run: (ask, [no]) => this.thanks(ask, no!) },
      { method: 'GET', path: '/account/orders', step: 'orders', run: (ask) => this.orders(ask) },
      { method: 'GET', path: '/account/orders/:no', step: 'order', run: (ask, [no]) => this.order(ask, no!) },
      {
        method: 'GET',
        path: '/account/orders/:no/cancel',
        step: 'order',
        run: (ask, [no]) => this.askCancel(ask, no!),
      },
      { method: 'POST', path: '/account/orders/:no/cancel', step: 'cancel', run: (ask, [no]) => this.cancel(ask, no!) },
      { method: 'POST', path: '/signout', step: 'signOut', run: (ask) => this.signOut(ask) },
      ...challengeRoutes(this.shop, (ask, point, next) => this.resume(ask, point, next)),
    ];
  }

  private show(title: string, body: Markup, status = 200): Reply {
    return page(this.shop.manners.frame(title, body), status);
  }

  private resume(ask: Ask, point: Point, next: string): Reply {
    if (point === 'signIn') this.shop.buying.enter(ask.visit);
    return point === 'place' ? this.placed(ask, ask.visit.checkout) : goTo(next);
  }

  private home(): Reply {
    const list = this.shop.goods
      .list()
      .map(({ id, title }) => html`<li><a href="/s/${slug(title)}/${id}">${title}</a></li>`);
    return this.show(
      'Home',
      html`<h1>New arrivals</h1>
        <ul>
          ${list}
        </ul>`,
    );
  }

  private signInPage(ask: Ask): Reply {
    const next = nextOf(ask.url.searchParams.get('next'));
    if (ask.visit.accountId !== null) return goTo(next);
    const email = input({
      name: 'email',
      id: 'account-email',
      label: 'Email',
      autocomplete: 'username',
      type: 'email',
    });
    const body = html`<h1>Sign in or create account</h1>
      ${this.form('signin-form', '/signin', html`<input type="hidden" name="next" value="${next}" />${email}`, 'Next', 'signin-next')}`;
    return this.show('Sign in', body);
  }

  private passwordPage(ask: Ask, wrong: string | null): Reply {
    const [email, next] = [ask.form.get('email') ?? '', nextOf(ask.form.get('next'))];
    const password = input({
      ...{
        name: 'password',
        id: 'account-password',
        label: 'Password',
        type: 'password',
        autocomplete: 'current-password',
      },
    });
    const body = html`<h1>Welcome back</h1>
      ${wrong !== null && html`<p role="alert" id="signin-error" data-testid="signin-error">${wrong}</p>`}
      ${this.form(
        'password-form',
        '/signin/password',
        html`<input type="hidden" name="next" value="${next}" /><input type="hidden" name="email" value="${email}" />
          <p>${email}</p>
          ${password}`,
        'Sign in',
        'signin-go',
      )}`;
    return this.show('Sign in', body);
  }

  private signIn(ask: Ask): Reply {
    const { visit, form } = ask;
    if (!this.shop.buying.knock(visit, form.get('email') ?? '', form.get('password') ?? ''))
      return this.passwordPage(ask, 'Your email or password was not recognized.');
    const next = nextOf(form.get('next'));
    const challenge = inTheWay(this.shop, ask, 'signIn', next);
    if (challenge) return challenge;
    this.shop.buying.enter(visit);
    return goTo(next);
  }

  private signOut({ visit }: Ask): Reply {
    this.shop.visits.end(visit.id);
    return goTo('/');
  }

  private product(ask: Ask, id: string, wrong: string | null): Reply {
    const found = this.shop.goods.good(id);
    if (!found) return this.show('Not here', html`<h1>We could not find that item</h1>`, 404);
    const variants = this.shop.goods.all().filter((variant) => variant.good.id === id);
    const isLeft = variants.some(({ sku }) => this.shop.buying.isLeft(sku, 1, 'product'));
    const cents = this.shop.buying.priceOf(variants[0]!.sku, ask.visit);
    const choice = (name: string, label: string, choices: string[]) =>
      choices.length > 0 &&
      html`<p>
        <label for="${name}-select">${label}</label>
        <select id="${name}-select" name="${name}">
          <option value="">Select ${name}</option>
          ${choices.map((one) => html`<option value="${one}">${one}</option>`)}
        </select>
      </p>`;
    const amounts = ['1', '2', '3', '4', '5', '6'].map((one) => html`<option value="${one}">${one}</option>`);
    const body = html`<h1 id="product-title">${found.title}</h1>
      <p>${found.brand}</p>
      <p>Price: <strong id="product-price" data-testid="product-price">${usd(cents)}</strong></p>
      ${wrong !== null && html`<p role="alert" id="product-error">${wrong}</p>`}
      ${!isLeft && html`<p id="sold-out" data-testid="sold-out">Sold out</p>`}
      ${
        isLeft &&
        this.form(
          'add-form',
          '/bag/add',
          html`<input type="hidden" name="id" value="${id}" /><input
              type="hidden"
              name="slug"
              value="${slug(found.title)}"
            />
            ${choice('size', 'Size', found.sizes)} ${choice('color', 'Color', found.colors)}
            <p>
              <label for="qty-select">Quantity</label>
              <select id="qty-select" name="quantity">
                ${amounts}
              </select>
            </p>`,
          'Add to Bag',
          'add-to-bag',
        )
      }`;
    return this.show(found.title, body);
  }

  private add(ask: Ask): Reply {
    const { form, visit } = ask;
    const id = form.get('id') ?? '';
    try {
      this.shop.buying.add(
        visit,
        id,
        form.get('size') || null,
        form.get('color') || null,
        Number(form.get('quantity')) || 1,
      );
    } catch (error) {
      if (error instanceof No) return this.product(ask, id, error.message);
      throw error;
    }
    return goTo('/bag');
  }

  private remove({ form, visit }: Ask): Reply {
    this.shop.buying.remove(visit, form.get('sku') ?? '');
    return goTo('/bag');
  }

  private bag({ visit }: Ask): Reply {
    const totals = this.shop.buying.totals(visit);
    if (totals.lines.length === 0)
      return this.show(
        'Bag',
        html`<h1>Shopping Bag</h1>
          <p id="empty-bag">Your bag is empty.</p>`,
      );
    const gone = this.shop.buying.missing(visit, 'cart');
    const rows = totals.lines.map(
      ({ sku, title, size, color, quantity, cents }) =>
        html`<tr class="bag-item" data-testid="bag-item">
          <td class="item-name">${title}</td>
          <td class="item-choice">${[size, color].filter(Boolean).join(' / ')}</td>
          <td class="item-quantity">${quantity}</td>
          <td class="item-price">${usd(cents)}</td>
          <td>
            <form method="post" action="/bag/remove">
              <input type="hidden" name="sku" value="${sku}" /><button
                type="submit"
                class="item-remove"
                aria-label="Remove ${title}"
              >
                Remove
              </button>
            </form>
          </td>
        </tr>`,
    );
    const body = html`<h1>Shopping Bag</h1>
      ${gone.length > 0 && html`<p role="alert" id="bag-error" data-testid="bag-sold-out">An item in your bag is sold out</p>`}
      <table aria-label="Items" id="bag-items">
        <tbody>
          ${rows}
        </tbody>
      </table>
      <p>Subtotal: <strong id="bag-subtotal" data-testid="bag-subtotal">${usd(totals.subtotal)}</strong></p>
      ${gone.length === 0 && html`<p><a href="/checkout" id="checkout-link" role="button">Check Out</a></p>`}`;
    return this.show('Shopping Bag', body);
  }

  /** What has to be so before any page of the checkout is shown; null: it is. */
  private gate(ask: Ask): Reply | null {
    if (ask.visit.accountId === null) return goTo(`/signin?next=${encodeURIComponent('/checkout')}`);
    if (this.shop.buying.cart(ask.visit).length === 0) return goTo('/bag');
    return inTheWay(this.shop, ask, 'checkout', '/checkout/shipping');
  }

  private checkout(ask: Ask): Reply {
    return this.gate(ask) ?? goTo('/checkout/shipping');
  }

  private shipping(ask: Ask, wrong: string | null): Reply {
    const stopped = this.gate(ask);
    if (stopped) return stopped;
    const saved = this.shop.buying.account(ask.visit)?.address;
    const [first = '', ...last] = (saved?.name ?? '').split(' ');
    const fields: Field[] = [
      { name: 'firstName', id: 'ship-first', label: 'First name', autocomplete: 'shipping given-name', value: first },
      {
        name: 'lastName',
        id: 'ship-last',
        label: 'Last name',
        autocomplete: 'shipping family-name',
        value: last.join(' '),
      },
      {
        name: 'line1',
        id: 'ship-line1',
        label: 'Street address',
        autocomplete: 'shipping address-line1',
        value: saved?.line1 ?? '',
      },
      {
        name: 'line2',
        id: 'ship-line2',
        label: 'Apt, suite (optional)',
        autocomplete: 'shipping address-line2',
        value: saved?.line2 ?? '',
      },
      {
        name: 'city',
        id: 'ship-city',
        label: 'City',
        autocomplete: 'shipping address-level2',
        value: saved?.city ?? '',
      },
      {
        name: 'region',
        id: 'ship-state',
        label: 'State',
        autocomplete: 'shipping address-level1',
        value: saved?.region ?? '',
        options: STATES,
      },
      {
        name: 'postalCode',
        id: 'ship-zip',
        label: 'ZIP code',
        autocomplete: 'shipping postal-code',
        value: saved?.postalCode ?? '',
      },
      {
        name: 'phone',
        id: 'ship-phone',
        label: 'Mobile phone',
        autocomplete: 'shipping tel',
        type: 'tel',
        value: saved?.phone ?? '',
      },
    ];
    const body = html`<h1>Shipping address</h1>
      ${wrong !== null && html`<p role="alert">${wrong}</p>`}
      ${this.form('shipping-form', '/checkout/shipping', fieldsOf(this.shop, fields, input), 'Continue to delivery', 'shipping-go')}`;
    return this.show('Shipping', body);
  }

  private setShipping(ask: Ask): Reply {
    const stopped = this.gate(ask);
    if (stopped) return stopped;
    try {
      this.shop.buying.setAddress(ask.visit, addressOf(ask.form));
    } catch (error) {
      if (error instanceof No) return this.shipping(ask, error.message);
      throw error;
    }
    return goTo('/checkout/delivery');
  }

  private delivery(ask: Ask): Reply {
    const stopped = this.gate(ask);
    if (stopped) return stopped;
    const { buying, manners } = this.shop;
    const { subtotal } = buying.totals(ask.visit);
    const options = manners.delivery.map(
      (option, place) =>
        html`<li class="delivery-option" data-testid="delivery-option">
          <label
            ><input type="radio" name="delivery" value="${option.id}" ${place === 0 && html`checked`} />
            <span class="delivery-name">${option.name}</span></label
          >
          <span class="delivery-fee"
            >${buying.feeOf(option, subtotal) === 0 ? 'Free' : usd(buying.feeOf(option, subtotal))}</span
          >
          <span class="delivery-days">${option.minDays} to ${option.maxDays} business days</span>
        </li>`,
    );
    const body = html`<h1>Delivery</h1>
      ${this.form(
        'delivery-form',
        '/checkout/delivery',
        html`<ul>
          ${options}
        </ul>`,
        'Continue to payment',
        'delivery-go',
      )}`;
    return this.show('Delivery', body);
  }

  private setDelivery(ask: Ask): Reply {
    ask.visit.deliveryId = ask.form.get('delivery');
    return this.gate(ask) ?? goTo('/checkout/payment');
  }

  private payment(ask: Ask): Reply {
    const stopped = this.gate(ask);
    if (stopped) return stopped;
    const cards = this.shop.buying.account(ask.visit)?.cards ?? [];
    const list = cards.map(
      (card) =>
        html`<li class="saved-card" data-testid="saved-card">
          <label
            ><input type="radio" name="card" value="${card.id}" ${card.isDefault && html`checked`} />
            ${cardName(card)}</label
          >
          <span>expires ${card.expires}</span>
        </li>`,
    );
    const body =
      cards.length === 0
        ? html`<h1>Payment</h1>
            <p id="no-cards" data-testid="no-cards">You have no saved cards.</p>
            <form id="new-card" method="post" action="/checkout/payment">
              ${input({ name: 'cardnumber', id: 'card-number', label: 'Card number', autocomplete: 'cc-number' })}
              ${input({ name: 'cvc', id: 'card-cvc', label: 'Security code', autocomplete: 'cc-csc' })}
              <button type="submit" id="save-card">Save card</button>
            </form>`
        : html`<h1>Payment</h1>
            ${this.form(
              'payment-form',
              '/checkout/payment',
              html`<ul aria-label="Saved cards">
                ${list}
              </ul>`,
              'Review order',
              'payment-go',
            )}`;
    return this.show('Payment', body);
  }

  private setPayment(ask: Ask): Reply {
    ask.visit.cardId = ask.form.get('card');
    return this.gate(ask) ?? goTo(this.shop.buying.card(ask.visit) ? '/checkout/review' : '/checkout/payment');
  }

  private review(ask: Ask, wrong: string | null): Reply {
    const { buying } = this.shop;
    const { visit } = ask;
    const stopped = this.gate(ask);
    if (stopped) return stopped;
    const card = buying.card(visit);
    if (!visit.address) return goTo('/checkout/shipping');
    if (!card) return goTo('/checkout/payment');
    const totals = buying.totals(visit);
    const row = (id: string, label: string, cents: number) =>
      html`<dt>${label}</dt>
        <dd id="${id}" data-testid="${id}">${usd(cents)}</dd>`;
    const items = totals.lines.map(({ title, quantity }) => html`<li class="review-item">${quantity} × ${title}</li>`);
    const body = html`<h1>Review your order</h1>
      ${wrong !== null && html`<p role="alert" id="place-error" data-testid="place-error">${wrong}</p>`}
      <ul aria-label="Items">
        ${items}
      </ul>
      <section aria-label="Ship to" id="review-address" data-testid="review-address">
        <p>${visit.address.name}</p>
        ${addressLines(visit.address).map((line) => html`<p>${line}</p>`)}
      </section>
      <p id="review-delivery">${buying.option(visit).name}</p>
      <p>Paying with <span id="review-card" data-testid="review-card">${cardName(card)}</span></p>
      <dl>
        ${row('order-subtotal', 'Subtotal', totals.subtotal)} ${row('order-shipping', 'Shipping', totals.shipping)}
        ${row('order-tax', 'Estimated tax', totals.tax)} ${row('order-total', 'Order total', totals.total)}
      </dl>
      ${this.form(
        'place-form',
        '/checkout/place',
        html`<input type="hidden" name="checkout" value="${buying.newCheckout(visit)}" />`,
        'Place order',
        'place-order',
      )}`;
    return this.show('Review', body);
  }

  private place(ask: Ask): Reply {
    const checkout = ask.form.get('checkout') ?? '';
    if (ask.visit.accountId === null) return goTo(`/signin?next=${encodeURIComponent('/checkout')}`);
    const challenge = inTheWay(this.shop, ask, 'place', '/checkout/review');
    if (challenge) {
      ask.visit.checkout = checkout;
      return challenge;
    }
    return this.placed(ask, checkout);
  }

  private placed(ask: Ask, checkout: string): Reply {
    try {
      return goTo(`/checkout/thanks/${this.shop.buying.place(ask.visit, checkout).number}`);
    } catch (error) {
      if (error instanceof No) return error.why === 'empty' ? goTo('/bag') : this.review(ask, error.message);
      throw error;
    }
  }

  private thanks(ask: Ask, number: string): Reply {
    const order = this.shop.orders.byNumber(ask.visit.accountId ?? '', number);
    if (!order) return goTo('/account/orders');
    const body = html`<h1>Thank you for your order</h1>
      <p>Order number: <strong id="order-number" data-testid="order-number">${order.number}</strong></p>
      <p>Total <span id="thanks-total">${usd(order.total)}</span></p>`;
    return this.show('Thank you', body);
  }

  private orders(ask: Ask): Reply {
    if (ask.visit.accountId === null) return goTo(`/signin?next=${encodeURIComponent('/account/orders')}`);
    const rows = this.shop.orders.of(ask.visit.accountId).map(
      (order) =>
        html`<tr class="order-row" data-testid="order-row">
          <td class="order-no"><a href="/account/orders/${order.number}">${order.number}</a></td>
          <td class="order-date"><time datetime="${order.placedAt}">${order.placedAt.slice(0, 10)}</time></td>
          <td class="order-status">${STATUS[order.status]}</td>
          <td class="order-sum">${usd(order.total)}</td>
        </tr>`,
    );
    const body = html`<h1>Purchases</h1>
      <table aria-label="Orders" id="order-list" data-testid="order-list">
        <thead>
          <tr>
            <th>Number</th>
            <th>Date</th>
            <th>Status</th>
            <th>Total</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`;
    return this.show('Purchases', body);
  }

  private order(ask: Ask, number: string): Reply {
    const order = this.ofShopper(ask, number);
    if (!order)
      return ask.visit.accountId === null
        ? goTo(`/signin?next=${encodeURIComponent(ask.url.pathname)}`)
        : this.noOrder();
    const { parcel } = order;
    const body = html`<h1>Order <span id="order-no">${order.number}</span></h1>
      <p>Status: <strong id="order-state" data-testid="order-state">${STATUS[order.status]}</strong></p>
      <p>
        Arrives <time id="arrives-from" datetime="${order.estimatedFrom}">${order.estimatedFrom}</time> to
        <time id="arrives-to" datetime="${order.estimatedTo}">${order.estimatedTo}</time>
      </p>
      ${
        parcel &&
        html`<div class="parcel" data-testid="parcel">
          <span class="carrier">${parcel.carrier}</span>
          <a class="tracking" href="${parcel.trackingUrl}">${parcel.trackingNumber}</a>
        </div>`
      }
      <p>Total <span id="order-sum">${usd(order.total)}</span></p>
      ${order.status === 'processing' && html`<p><a href="/account/orders/${number}/cancel" id="cancel-link">Cancel order</a></p>`}`;
    return this.show(`Order ${number}`, body);
  }

  private askCancel(ask: Ask, number: string): Reply {
    if (!this.ofShopper(ask, number)) return this.noOrder();
    const body = html`<h1>Cancel order ${number}?</h1>
      ${this.form('cancel-form', `/account/orders/${number}/cancel`, html``, 'Yes, cancel order', 'cancel-go')}`;
    return this.show('Cancel order', body);
  }

  private cancel(ask: Ask, number: string): Reply {
    this.shop.buying.cancel(ask.visit, number);
    return goTo(`/account/orders/${number}`);
  }

  private ofShopper({ visit }: Ask, number: string): Order | undefined {
    return this.shop.orders.byNumber(visit.accountId ?? '', number);
  }

  private noOrder(): Reply {
    return this.show('Not here', html`<h1>We could not find that order</h1>`, 404);
  }

  private form(id: string, action: string, body: Markup, button: string, buttonId: string): Markup {
    return formOf(this.shop, {
      ...{ id, action, body },
      button: html`<p><button type="submit" id="${buttonId}" class="primary">${button}</button></p>`,
      buttonFor: (form) =>
        html`<button type="submit" id="${buttonId}" class="primary" form="${form}">${button}</button>`,
    });
  }
}

export const STATUS: Record<Order['status'], string> = {
  ...{ processing: 'Processing', shipped: 'Shipped', delivered: 'Delivered', cancelled: 'Cancelled' },
};

export function slug(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/** Only within the shop. */
export function nextOf(next: string | null): string {
  return next !== null && /^\/[a-z]/i.test(next) ? next : '/';
}

function input({ name, id, label, autocomplete = 'off', type = 'text', value = '', options }: Field): Markup {
  if (options) {
    const choices = options.map(
      ([code, text]) => html`<option value="${code}" ${code === value && html`selected`}>${text}</option>`,
    );
    return html`<p>
      <label for="${id}">${label}</label>
      <select id="${id}" name="${name}" autocomplete="${autocomplete}">
        <option value="">Select</option>
        ${choices}
      </select>
    </p>`;
  }
  return html`<p>
    <label for="${id}">${label}</label>
    <input id="${id}" name="${name}" type="${type}" value="${value}" autocomplete="${autocomplete}" />
  </p>`;
}
