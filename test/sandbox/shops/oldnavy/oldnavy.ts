import { goTo, page, type Ask, type Reply, type Route } from '../http/ask';
import { html, raw, usd, type Markup } from '../http/html';
import { good, nextOf, slug, STATUS } from '../nordstrom/nordstrom';
import { challengeRoutes, inTheWay } from '../pages/challenges';
import { addressLines, addressOf, fieldsOf, formOf, STATES, type Field } from '../pages/fields';
import type { Manners, Shop } from '../shop';
import { cardName, No } from '../world/buying';
import type { Good } from '../world/goods';
import type { Point } from '../world/switches';

const WAISTS = ['30', '32', '34', '36'];
const CLOTHES = ['S', 'M', 'L', 'XL'];
const GOODS: readonly Good[] = [
  good('on7001', 'Jeans', 'Bluewater', 3999, WAISTS, ['Indigo']),
  good('on7002', 'T-shirt', 'Bluewater', 1299, CLOTHES, ['White', 'Black']),
  good('on7003', 'Hooded Sweatshirt', 'Bluewater', 3499, CLOTHES, ['Grey', 'Navy']),
  good('on7004', 'Denim Jacket', 'Bluewater', 4999, CLOTHES, ['Indigo']),
  good('on7005', 'Canvas Bag', 'Paso', 1999, [], []),
];

/** One form for address and delivery, and the payment in a frame from another origin, as payment providers have it. */
export const oldnavy: Manners = {
  name: 'Old Navy (sandbox)',
  goods: GOODS,
  delivery: [
    { id: 'basic', name: 'Basic', cents: 700, freeOver: 5000, minDays: 5, maxDays: 7 },
    { id: 'express', name: 'Express', cents: 1500, freeOver: null, minDays: 2, maxDays: 3 },
  ],
  cartPath: '/shopping-bag',
  orderNumber: (random) => `1B${random.toString(36).toUpperCase().padStart(5, '0')}`,
  routes: (shop) => new Pages(shop).routes(),
  frame: (title, body) =>
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <title>${title} - Old Navy</title>
        </head>
        <body>
          <div role="banner">
            <a class="on-logo" href="/">OLD NAVY</a>
            <a class="on-link" href="/my-account/order-history">Orders &amp; Returns</a>
            <a class="on-link" href="/shopping-bag" aria-label="Bag">Bag</a>
          </div>
          <div role="main">${body}</div>
        </body>
      </html>`,
};

class Pages {
  constructor(private readonly shop: Shop) {}

  routes(): Route[] {
    return [
      { method: 'GET', path: '/', step: 'home', run: () => this.home() },
      { method: 'GET', path: '/my-account/sign-in', step: 'signInPage', run: (ask) => this.signInPage(ask, null) },
      { method: 'POST', path: '/my-account/sign-in', step: 'signIn', run: (ask) => this.signIn(ask) },
      { method: 'GET', path: '/browse/product.do', step: 'product', run: (ask) => this.product(ask, null) },
      { method: 'POST', path: '/browse/add', step: 'add', run: (ask) => this.add(ask) },
      { method: 'GET', path: '/shopping-bag', step: 'cart', run: (ask) => this.bag(ask) },
      { method: 'POST', path: '/shopping-bag/remove', step: 'removeLine', run: (ask) => this.remove(ask) },
      { method: 'GET', path: '/checkout', step: 'checkout', run: (ask) => this.checkout(ask, null) },
      { method: 'POST', path: '/checkout', step: 'address', run: (ask) => this.setDetails(ask) },
      { method: 'GET', path: '/checkout/pay', step: 'payment', run: (ask) => this.payment(ask) },
      { method: 'GET', path: '/frame/cards', step: 'frame', run: (ask) => this.cards(ask) },
      { method: 'POST', path: '/checkout/pay', step: 'payment', run: (ask) => this.setPayment(ask) },
      { method: 'GET', path: '/checkout/review', step: 'review', run: (ask) => this.review(ask, null) },
      { method: 'POST', path: '/checkout/submit', step: 'place', run: (ask) => this.place(ask) },
      {
        method: 'GET',
        path: '/checkout/confirmation/:no',
        step: 'confirmation',
        run: (ask, [no]) => this.thanks(ask, no!),
      },
      { method: 'GET', path: '/my-account/order-history', step: 'orders', run: (ask) => this.orders(ask) },
      { method: 'GET', path: '/my-account/order/:no', step: 'order', run: (ask, [no]) => this.order(ask, no!) },
      {
        method: 'POST',
        path: '/my-account/order/:no/cancel',
        step: 'cancel',
        run: (ask, [no]) => this.cancel(ask, no!),
      },
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
      .map(
        ({ id, title }) =>
          html`<div class="tile"><a href="/browse/product.do?pid=${id}&amp;n=${slug(title)}">${title}</a></div>`,
      );
    return this.show(
      'Shop',
      html`<h1>Shop all</h1>
        ${list}`,
    );
  }

  private signInPage(ask: Ask, wrong: string | null): Reply {
    const next = nextOf(ask.url.searchParams.get('next') ?? ask.form.get('next'));
    if (ask.visit.accountId !== null) return goTo(next);
    const fields: Field[] = [
      { name: 'email', id: 'loginEmail', label: 'Email address', type: 'email', autocomplete: 'email' },
      { name: 'password', id: 'loginPassword', label: 'Password', type: 'password', autocomplete: 'current-password' },
    ];
    const body = html`<h1>Sign in</h1>
      ${wrong !== null && html`<div role="alert" data-testid="login-error" class="error">${wrong}</div>`}
      ${this.form('loginForm', '/my-account/sign-in', html`<input type="hidden" name="next" value="${next}" />${fieldsOf(this.shop, fields, input)}`, 'Sign in', 'loginSubmit')}`;
    return this.show('Sign in', body);
  }

  private signIn(ask: Ask): Reply {
    const { visit, form } = ask;
    if (!this.shop.buying.knock(visit, form.get('email') ?? '', form.get('password') ?? ''))
      return this.signInPage(ask, 'That email and password do not match.');
    const next = nextOf(form.get('next'));
    const challenge = inTheWay(this.shop, ask, 'signIn', next);
    if (challenge) return challenge;
    this.shop.buying.enter(visit);
    return goTo(next);
  }

  private product(ask: Ask, wrong: string | null): Reply {
    const id = ask.url.searchParams.get('pid') ?? ask.form.get('pid') ?? '';
    const found = this.shop.goods.good(id);
    if (!found) return this.show('Not here', html`<h1>This product is no longer available</h1>`, 404);
    const variants = this.shop.goods.all().filter((variant) => variant.good.id === id);
    const isLeft = variants.some(({ sku }) => this.shop.buying.isLeft(sku, 1, 'product'));
    // Drawn by its label; the radio itself is nowhere to be seen.
    const swatches = (name: string, label: string, choices: string[]) =>
      choices.length > 0 &&
      html`<fieldset class="swatches">
        <legend>${label}</legend>
        ${choices.map(
          (one) =>
            html`<input
                type="radio"
                id="${name}-${one}"
                name="${name}"
                value="${one}"
                style="position:absolute;opacity:0;width:0;height:0"
              /><label for="${name}-${one}" style="border:1px solid;padding:.4em;margin:.2em;display:inline-block"
                >${one}</label
              >`,
        )}
      </fieldset>`;
    const body = html`<h1 data-testid="pdp-title">${found.title}</h1>
      <span class="pdp-price" data-testid="pdp-price"
        >${usd(this.shop.buying.priceOf(variants[0]!.sku, ask.visit))}</span
      >
      ${wrong !== null && html`<div role="alert" class="error" data-testid="pdp-error">${wrong}</div>`}
      ${
        isLeft
          ? this.form(
              'buyForm',
              '/browse/add',
              html`<input
                  type="hidden"
                  name="pid"
                  value="${id}"
                />${swatches('size', 'Size', found.sizes)}${swatches('color', 'Color', found.colors)}
                <div>
                  <label for="pdpQty">Qty</label
                  ><input id="pdpQty" name="quantity" type="number" min="1" max="10" value="1" />
                </div>`,
              'ADD TO BAG',
              'addToBag',
            )
          : html`<div data-testid="oos" class="oos">Out of stock</div>`
      }`;
    return this.show(found.title, body);
  }

  private add(ask: Ask): Reply {
    const { form, visit } = ask;
    try {
      this.shop.buying.add(
        visit,
        form.get('pid') ?? '',
        form.get('size'),
        form.get('color'),
        Number(form.get('quantity')) || 1,
      );
    } catch (error) {
      if (error instanceof No) return this.product(ask, error.message);
      throw error;
    }
    const added = html`<h1>Added to bag</h1>
      <div role="dialog" aria-label="Added to bag" data-testid="added">
        <a class="on-button" href="/shopping-bag">View bag</a> <a href="/">Keep shopping</a>
      </div>`;
    return this.show('Added', added);
  }

  private remove({ form, visit }: Ask): Reply {
    this.shop.buying.remove(visit, form.get('sku') ?? '');
    return goTo('/shopping-bag');
  }

  private bag({ visit }: Ask): Reply {
    const { lines, subtotal } = this.shop.buying.totals(visit);
    if (lines.length === 0)
      return this.show(
        'Bag',
        html`<h1>Your bag</h1>
          <div data-testid="bag-empty">There is nothing in your bag</div>`,
      );
    const gone = this.shop.buying.missing(visit, 'cart');
    const rows = lines.map(
      ({ sku, title, size, color, quantity, cents }) =>
        html`<article class="bag-line" data-testid="bag-line" aria-label="${title}">
          <h2 class="bag-name">${title}</h2>
          <p class="bag-options">${[color, size].filter(Boolean).join(', ')}</p>
          <p>Qty <output class="bag-qty">${quantity}</output></p>
          <p class="bag-price">${usd(cents)}</p>
          <form method="post" action="/shopping-bag/remove">
            <input type="hidden" name="sku" value="${sku}" /><button class="bag-remove" data-testid="bag-remove">
              Remove
            </button>
          </form>
        </article>`,
    );
    const body = html`<h1>Your bag</h1>
      ${gone.length > 0 && html`<div role="alert" data-testid="bag-oos">Some of your items just sold out</div>`} ${rows}
      <div class="sum">Merchandise subtotal <b data-testid="bag-subtotal">${usd(subtotal)}</b></div>
      ${gone.length === 0 && html`<form method="get" action="/checkout"><button data-testid="bag-checkout" id="bagCheckout">CHECKOUT</button></form>`}`;
    return this.show('Bag', body);
  }

  private gate(ask: Ask): Reply | null {
    if (ask.visit.accountId === null) return goTo(`/my-account/sign-in?next=${encodeURIComponent('/checkout')}`);
    if (this.shop.buying.cart(ask.visit).length === 0) return goTo('/shopping-bag');
    return inTheWay(this.shop, ask, 'checkout', '/checkout');
  }

  private checkout(ask: Ask, wrong: string | null): Reply {
    const stopped = this.gate(ask);
    if (stopped) return stopped;
    const { buying, manners } = this.shop;
    const saved = buying.account(ask.visit)?.address;
    const { subtotal } = buying.totals(ask.visit);
    const fields: Field[] = [
      { name: 'name', id: 'fullName', label: 'Full name', autocomplete: 'name', value: saved?.name ?? '' },
      { name: 'line1', id: 'addr1', label: 'Address', autocomplete: 'address-line1', value: saved?.line1 ?? '' },
      { name: 'line2', id: 'addr2', label: 'Apartment', autocomplete: 'address-line2', value: saved?.line2 ?? '' },
      { name: 'postalCode', id: 'zip', label: 'Zip', autocomplete: 'postal-code', value: saved?.postalCode ?? '' },
      { name: 'city', id: 'town', label: 'City', autocomplete: 'address-level2', value: saved?.city ?? '' },
      {
        name: 'region',
        id: 'state',
        label: 'State',
        autocomplete: 'address-level1',
        value: saved?.region ?? '',
        options: STATES,
      },
      { name: 'phone', id: 'phone', label: 'Phone', autocomplete: 'tel', type: 'tel', value: saved?.phone ?? '' },
    ];
    const methods = manners.delivery.map((option, place) => {
      const fee = buying.feeOf(option, subtotal);
      return html`<div class="ship-method" data-testid="ship-method">
        <label
          ><input type="radio" name="delivery" value="${option.id}" ${place === 0 && html`checked`} /><b
            class="ship-name"
            >${option.name}</b
          ></label
        >
        <i class="ship-fee">${fee === 0 ? 'FREE' : usd(fee)}</i>
        <small class="ship-days">${option.minDays}-${option.maxDays} days</small>
      </div>`;
    });
    const body = html`<h1>Checkout</h1>
      ${wrong !== null && html`<div role="alert" class="error">${wrong}</div>`}
      ${this.form(
        'detailsForm',
        '/checkout',
        html`<h2>Where to?</h2>
          ${fieldsOf(this.shop, fields, input)}
          <h2>Shipping method</h2>
          ${methods}`,
        'Continue to payment',
        'toPayment',
      )}`;
    return this.show('Checkout', body);
  }

  private setDetails(ask: Ask): Reply {
    const stopped = this.gate(ask);
    if (stopped) return stopped;
    try {
      this.shop.buying.setAddress(ask.visit, addressOf(ask.form));
    } catch (error) {
      if (error instanceof No) return this.checkout(ask, error.message);
      throw error;
    }
    ask.visit.deliveryId = ask.form.get('delivery');
    return goTo('/checkout/pay');
  }

  private payment(ask: Ask): Reply {
    const stopped = this.gate(ask);
    if (stopped) return stopped;
    const frame = `${this.shop.frameUrl}/frame/cards`;
    const body = html`<h1>Payment</h1>
      <iframe title="Payment" id="pay-frame" src="${frame}" style="width:100%;height:320px;border:1px solid"></iframe>
      <form id="payForm" method="post" action="/checkout/pay">
        <input type="hidden" name="card" id="chosen-card" value="" />
        <p id="chosen" role="status" data-testid="chosen"></p>
        <button type="submit" id="toReview" data-testid="to-review" disabled>Review order</button>
      </form>
      ${raw(`<script>
        addEventListener('message', (event) => {
          if (event.origin !== ${JSON.stringify(this.shop.frameUrl)}) return;
          const form = document.forms[document.forms.length - 1];
          form.elements.card.value = event.data.card;
          form.querySelector('[role=status]').textContent = 'Paying with ' + event.data.name;
          form.querySelector('button').disabled = false;
        });
      </script>`)}`;
    return this.show('Payment', body);
  }

  /** What a payment provider shows in the frame: the cards that it keeps for the shop. */
  private cards(ask: Ask): Reply {
    const cards = this.shop.buying.account(ask.visit)?.cards ?? [];
    const list = cards.map(
      (card) =>
        html`<li class="pm" data-testid="pm">
          <label
            ><input
              type="radio"
              name="pm"
              value="${card.id}"
              data-name="${cardName(card)}"
              ${card.isDefault && html`checked`}
            />
            ${cardName(card)}</label
          >
        </li>`,
    );
    const body =
      cards.length === 0
        ? html`<p data-testid="pm-none" id="pm-none">No saved payment methods</p>
            <label for="pan">Card number</label
            ><input id="pan" name="cardnumber" autocomplete="cc-number" inputmode="numeric" />`
        : html`<ul aria-label="Saved payment methods">
              ${list}
            </ul>
            <button type="button" id="pm-use" data-testid="pm-use" data-use="1">Use this card</button>
            ${raw(`<script>
              document.querySelector('[data-use]').addEventListener('click', () => {
                const chosen = document.querySelector('input[type=radio]:checked');
                if (chosen) parent.postMessage({ card: chosen.value, name: chosen.dataset.name }, ${JSON.stringify(this.shop.url)});
              });
            </script>`)}`;
    return page(
      html`<!doctype html>
        <html lang="en">
          <head>
            <title>Pay</title>
          </head>
          <body>
            ${body}
          </body>
        </html>`,
    );
  }

  private setPayment(ask: Ask): Reply {
    ask.visit.cardId = ask.form.get('card');
    return this.gate(ask) ?? goTo(this.shop.buying.card(ask.visit) ? '/checkout/review' : '/checkout/pay');
  }

  private review(ask: Ask, wrong: string | null): Reply {
    const stopped = this.gate(ask);
    if (stopped) return stopped;
    const { buying } = this.shop;
    const { visit } = ask;
    const card = buying.card(visit);
    if (!visit.address) return goTo('/checkout');
    if (!card) return goTo('/checkout/pay');
    const totals = buying.totals(visit);
    const row = (key: string, label: string, cents: number) =>
      html`<tr>
        <th scope="row">${label}</th>
        <td data-testid="sum-${key}" class="sum-${key}">${usd(cents)}</td>
      </tr>`;
    const body = html`<h1>Almost done</h1>
      ${wrong !== null && html`<div role="alert" class="error" data-testid="submit-error">${wrong}</div>`}
      <address data-testid="ship-to" aria-label="Shipping to">
        ${visit.address.name}<br />${addressLines(visit.address).map((line) => html`${line}<br />`)}
      </address>
      <p>${buying.option(visit).name} shipping</p>
      <p data-testid="paying-with">${cardName(card)}</p>
      <ol>
        ${totals.lines.map(({ title, quantity }) => html`<li class="sum-line">${title} (${quantity})</li>`)}
      </ol>
      <table aria-label="Summary">
        ${row('subtotal', 'Merchandise', totals.subtotal)}${row('shipping', 'Shipping', totals.shipping)}${row('tax', 'Tax', totals.tax)}${row('total', 'Total', totals.total)}
      </table>
      ${this.form('submitForm', '/checkout/submit', html`<input type="hidden" name="checkout" value="${buying.newCheckout(visit)}" />`, 'Submit order', 'submitOrder')}`;
    return this.show('Review', body);
  }

  private place(ask: Ask): Reply {
    const checkout = ask.form.get('checkout') ?? '';
    if (ask.visit.accountId === null) return goTo(`/my-account/sign-in?next=${encodeURIComponent('/checkout')}`);
    const challenge = inTheWay(this.shop, ask, 'place', '/checkout/review');
    if (!challenge) return this.placed(ask, checkout);
    ask.visit.checkout = checkout;
    return challenge;
  }

  private placed(ask: Ask, checkout: string): Reply {
    try {
      return goTo(`/checkout/confirmation/${this.shop.buying.place(ask.visit, checkout).number}`);
    } catch (error) {
      if (error instanceof No) return error.why === 'empty' ? goTo('/shopping-bag') : this.review(ask, error.message);
      throw error;
    }
  }

  private thanks(ask: Ask, number: string): Reply {
    const order = this.shop.orders.byNumber(ask.visit.accountId ?? '', number);
    if (!order) return goTo('/my-account/order-history');
    const body = html`<h1>Thanks, we got your order!</h1>
      <p>
        Your order number is <span data-testid="confirmation-number" class="confirmation-number">${order.number}</span>
      </p>`;
    return this.show('Confirmation', body);
  }

  private orders(ask: Ask): Reply {
    if (ask.visit.accountId === null)
      return goTo(`/my-account/sign-in?next=${encodeURIComponent('/my-account/order-history')}`);
    const cards = this.shop.orders.of(ask.visit.accountId).map(
      (order) =>
        html`<article class="past-order" data-testid="past-order">
          <h2>Order <a class="past-number" href="/my-account/order/${order.number}">${order.number}</a></h2>
          <time class="past-date" datetime="${order.placedAt}">${new Date(order.placedAt).toDateString()}</time>
          <span class="past-status">${STATUS[order.status]}</span>
          <span class="past-total">${usd(order.total)}</span>
        </article>`,
    );
    return this.show(
      'Orders',
      html`<h1>Order history</h1>
        <div data-testid="past-orders" role="list" aria-label="Order history">
          ${cards.length === 0 ? html`<p>You have no orders</p>` : cards}
        </div>`,
    );
  }

  private order(ask: Ask, number: string): Reply {
    if (ask.visit.accountId === null) return goTo(`/my-account/sign-in?next=${encodeURIComponent(ask.url.pathname)}`);
    const order = this.shop.orders.byNumber(ask.visit.accountId, number);
    if (!order) return this.show('Not here', html`<h1>No such order</h1>`, 404);
    const { parcel } = order;
    const body = html`<h1>Order details</h1>
      <p>Number <span data-testid="detail-number" class="detail-number">${order.number}</span></p>
      <p>It is <em data-testid="detail-status" class="detail-status">${STATUS[order.status]}</em></p>
      <p>
        Expected <time class="expected-from" datetime="${order.estimatedFrom}">${order.estimatedFrom}</time> –
        <time class="expected-to" datetime="${order.estimatedTo}">${order.estimatedTo}</time>
      </p>
      ${parcel && html`<div class="package" data-testid="package">${parcel.carrier}: <a class="package-number" href="${parcel.trackingUrl}">${parcel.trackingNumber}</a></div>`}
      ${order.status === 'processing' && this.form('cancelForm', `/my-account/order/${number}/cancel`, html``, 'Cancel this order', 'cancelOrder')}`;
    return this.show('Order', body);
  }

  private cancel(ask: Ask, number: string): Reply {
    this.shop.buying.cancel(ask.visit, number);
    return goTo(`/my-account/order/${number}`);
  }

  private form(id: string, action: string, body: Markup, button: string, buttonId: string): Markup {
    return formOf(this.shop, {
      ...{ id, action, body },
      button: html`<div><button type="submit" data-testid="${buttonId}" class="on-button">${button}</button></div>`,
      buttonFor: (form) =>
        html`<button type="submit" data-testid="${buttonId}" class="on-button" form="${form}">${button}</button>`,
    });
  }
}

/** Told by placeholder and aria-label: there is no label element. */
function input({ name, id, label, autocomplete = 'off', type = 'text', value = '', options }: Field): Markup {
  if (options) {
    const choices = options.map(
      ([code, text]) => html`<option value="${code}" ${code === value && html`selected`}>${text}</option>`,
    );
    return html`<div class="field">
      <select id="${id}" name="${name}" aria-label="${label}" autocomplete="${autocomplete}">
        <option value="">${label}</option>
        ${choices}
      </select>
    </div>`;
  }
  return html`<div class="field">
    <input
      id="${id}"
      name="${name}"
      type="${type}"
      value="${value}"
      placeholder="${label}"
      aria-label="${label}"
      autocomplete="${autocomplete}"
    />
  </div>`;
}
