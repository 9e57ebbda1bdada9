// The single-page shop, as it runs in the browser: routes of its own, components with shadow roots, everything fetched.
(() => {
  const { renamed, moved } = window.boot;
  const root = document.querySelector('[data-root]');

  const hash = (name) =>
    'z' + [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 4294967291, 7).toString(36);
  const rename = (name) => (renamed ? name.split(' ').map(hash).join(' ') : name);

  /** An element; ids, classes and names are what they are today. */
  function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === false || value === null || value === undefined) continue;
      if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
      else if (['id', 'class', 'name', 'for'].includes(name)) element.setAttribute(name, rename(value));
      else if (name === 'data-testid') element.setAttribute(name, renamed === 'all' ? hash(value) : value);
      else element.setAttribute(name, value === true ? '' : value);
    }
    element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }
  /** A component: what it shows lies in a shadow root. */
  function shadow(tag, ...children) {
    const host = document.createElement(tag);
    host.attachShadow({ mode: 'open' }).append(...children.flat(3).filter(Boolean));
    return host;
  }
  const usd = (cents) => (cents / 100).toLocaleString('en-US', { style: 'currency', currency: 'USD' });
  const slug = (title) => title.toLowerCase().replace(/[^a-z0-9]+/g, '-');

  const refusal = (said) => Object.assign(new Error(), said);
  /** What the server says; throws what it refuses. */
  async function ask(method, path, body) {
    const more = body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {};
    const answer = await fetch(`/api${path}`, { method, ...more });
    const isJson = (answer.headers.get('content-type') ?? '').startsWith('application/json');
    if (!isJson && answer.ok) throw refusal({ why: 'lost' });
    const said = isJson ? await answer.json() : { why: 'broken' };
    if (!answer.ok) throw refusal(said);
    return said;
  }

  let current = 0;
  function go(path) {
    history.pushState(null, '', path);
    void show();
  }
  addEventListener('popstate', () => void show());

  function frame(content) {
    const link = (href, text, id) => h('a', { href, id, onclick: (event) => (event.preventDefault(), go(href)) }, text);
    const head = h(
      'header',
      {},
      h(
        'nav',
        { 'aria-label': 'Site' },
        link('/', "macy's", 'logo'),
        ' ',
        link('/account/orders', 'My orders', 'head-orders'),
        ' ',
        link('/bag', 'My bag', 'head-bag'),
      ),
    );
    root.replaceChildren(head, shadow('mc-page', h('main', {}, content)));
  }

  const alertOf = (message, id = 'notice') => h('p', { role: 'alert', id, 'data-testid': id }, message);
  const button = (text, id, onclick, more = {}) =>
    h('button', { type: 'button', id, 'data-testid': id, class: 'mc-button', onclick, ...more }, text);

  /** A field in a component of its own. */
  function field({ name, label, autocomplete = 'off', type = 'text', value = '', options }) {
    const id = `f-${name}`;
    const control = options
      ? h(
          'select',
          { id, name, autocomplete },
          h('option', { value: '' }, 'Choose'),
          options.map(([code, text]) => h('option', { value: code, selected: code === value }, text)),
        )
      : h('input', { id, name, type, autocomplete });
    if (!options) control.value = value;
    const host = shadow('mc-field', h('label', { for: id }, label), control);
    return { name, control, host };
  }

  /** Fields and what sends them; the shop may have moved them. */
  function form(fields, send) {
    const hosts = fields.map(({ host }) => host);
    if (!moved) return h('div', { class: 'mc-form' }, hosts, send);
    return h(
      'div',
      { class: 'mc-grid' },
      h('aside', {}, send),
      h(
        'div',
        {},
        hosts.toReversed().map((host) => h('div', { class: 'cell' }, host)),
      ),
    );
  }
  const valuesOf = (fields) => Object.fromEntries(fields.map(({ name, control }) => [name, control.value]));

  const LABELS = {
    captcha: 'Letters in the picture',
    oneTimeCode: 'Verification code',
    securityQuestion: 'Your answer',
  };
  /** What stands in the way; `then` is told what the server said once it is answered. */
  function challenge({ kind, prompt, image }, then) {
    const picture = h('div', {});
    picture.innerHTML = image;
    const answer =
      kind === 'termsChanged'
        ? h('input', { type: 'checkbox', id: 'terms', name: 'terms' })
        : h('input', {
            id: 'challenge-answer',
            name: 'answer',
            autocomplete: kind === 'oneTimeCode' ? 'one-time-code' : 'off',
          });
    const label = h(
      'label',
      { for: kind === 'termsChanged' ? 'terms' : 'challenge-answer' },
      LABELS[kind] ?? 'I accept the new terms',
    );
    const place = h('div', {});
    const send = async () => {
      const value = kind === 'termsChanged' ? (answer.checked ? 'yes' : '') : answer.value;
      try {
        await then(await ask('POST', `/challenge/${kind}`, { answer: value }));
      } catch (refusal) {
        if (refusal.why === 'challenge') frame(challenge(refusal, then));
        else if (refusal.why === 'wrong') place.replaceChildren(alertOf(refusal.message));
        else await otherwise(refusal);
      }
    };
    return shadow(
      'mc-challenge',
      h('h1', {}, 'One more step'),
      h('p', { id: 'challenge-prompt', 'data-testid': 'challenge-prompt' }, prompt),
      picture,
      place,
      h('div', { 'data-testid': `challenge-${kind}` }, label, answer, button('Continue', 'challenge-go', send)),
    );
  }

  /** What every refusal comes to, unless the page itself knows better. */
  async function otherwise(refusal) {
    if (refusal.why === 'sign_in')
      return go(
        `/account/signin?next=${encodeURIComponent(location.pathname.startsWith('/checkout') ? '/checkout/shipping' : location.pathname)}`,
      );
    if (refusal.why === 'challenge') return frame(challenge(refusal, () => show()));
    if (refusal.why === 'empty') return go('/bag');
    if (refusal.why === 'no_address') return go('/checkout/shipping');
    if (refusal.why === 'no_card') return go('/checkout/payment');
    if (refusal.why === 'lost') return go('/');
    if (refusal.message) return frame(alertOf(refusal.message));
    return frame([
      h('h1', {}, 'Something went wrong'),
      alertOf('We are having trouble. Please try again later.', 'broken'),
    ]);
  }

  const VIEWS = [
    [/^\/$/, home],
    [/^\/account\/signin$/, signIn],
    [/^\/shop\/product\/[^/]+$/, product],
    [/^\/bag$/, bag],
    [/^\/checkout(?:\/shipping)?$/, shipping],
    [/^\/checkout\/delivery$/, delivery],
    [/^\/checkout\/payment$/, payment],
    [/^\/checkout\/review$/, review],
    [/^\/order-confirmation\/([^/]+)$/, confirmation],
    [/^\/account\/orders$/, orders],
    [/^\/account\/orders\/([^/]+)$/, order],
  ];

  async function show() {
    const turn = ++current;
    frame(h('p', { role: 'status', id: 'spinner' }, 'Loading'));
    for (const [pattern, view] of VIEWS) {
      const found = pattern.exec(location.pathname);
      if (!found) continue;
      try {
        const content = await view(...found.slice(1));
        // Somebody has gone on meanwhile.
        if (turn === current && content) frame(content);
      } catch (refusal) {
        if (turn === current) await otherwise(refusal);
      }
      return;
    }
    frame(h('h1', {}, 'Page not found'));
  }

  async function home() {
    const goods = await ask('GET', '/goods');
    return [
      h('h1', {}, 'Welcome'),
      h(
        'ul',
        {},
        goods.map(({ id, title }) => h('li', {}, h('a', { href: `/shop/product/${slug(title)}?ID=${id}` }, title))),
      ),
    ];
  }

  async function signIn() {
    const next = new URLSearchParams(location.search).get('next') ?? '/';
    const inside = /^\/[a-z]/i.test(next) ? next : '/';
    if ((await ask('GET', '/me')).name !== null) return go(inside);
    const fields = [
      field({ name: 'email', label: 'Email address', type: 'email', autocomplete: 'username' }),
      field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' }),
    ];
    const place = h('div', {});
    const send = async () => {
      try {
        await ask('POST', '/session', valuesOf(fields));
        go(inside);
      } catch (refusal) {
        if (refusal.why === 'challenge') frame(challenge(refusal, () => go(inside)));
        else if (refusal.why === 'wrong') place.replaceChildren(alertOf(refusal.message, 'signin-error'));
        else await otherwise(refusal);
      }
    };
    return shadow(
      'mc-sign-in',
      h('h1', {}, 'Sign in to your account'),
      place,
      form(fields, button('Sign in', 'sign-in', send)),
    );
  }

  async function product() {
    const good = await ask('GET', `/goods/${new URLSearchParams(location.search).get('ID')}`);
    const chosen = { size: null, color: null };
    const chips = (name, choices) =>
      choices.length > 0 &&
      shadow(
        'mc-chips',
        h(
          'div',
          { role: 'radiogroup', 'aria-label': name === 'size' ? 'Size' : 'Color' },
          choices.map((one) =>
            h(
              'button',
              {
                ...{ type: 'button', role: 'radio', 'aria-checked': 'false', class: `chip-${name}`, 'aria-label': one },
                onclick: (event) => {
                  chosen[name] = one;
                  for (const chip of event.currentTarget.parentElement.children)
                    chip.setAttribute('aria-checked', String(chip === event.currentTarget));
                },
              },
              one,
            ),
          ),
        ),
      );
    const quantity = field({
      name: 'quantity',
      label: 'Quantity',
      options: ['1', '2', '3', '4', '5', '6'].map((one) => [one, one]),
      value: '1',
    });
    const place = h('div', {});
    const add = async () => {
      try {
        await ask('POST', '/bag', { id: good.id, ...chosen, quantity: quantity.control.value });
        place.replaceChildren(
          h(
            'div',
            { role: 'dialog', 'aria-label': 'Added', 'data-testid': 'added' },
            h('p', {}, 'Added to your bag'),
            button('Go to bag', 'go-to-bag', () => go('/bag')),
          ),
        );
      } catch (refusal) {
        if (refusal.message) place.replaceChildren(alertOf(refusal.message, 'product-error'));
        else await otherwise(refusal);
      }
    };
    return shadow(
      'mc-product',
      h('h1', { 'data-testid': 'product-name' }, good.title),
      h('p', { class: 'price', 'data-testid': 'product-price' }, usd(good.cents)),
      good.isLeft
        ? [
            chips('size', good.sizes),
            chips('color', good.colors),
            quantity.host,
            button('Add to bag', 'add-to-bag', add),
          ]
        : h('p', { 'data-testid': 'unavailable', id: 'unavailable' }, 'This item is currently unavailable'),
      place,
    );
  }

  async function bag() {
    const { lines, subtotal, gone } = await ask('GET', '/bag');
    if (lines.length === 0)
      return [h('h1', {}, 'Your bag'), h('p', { 'data-testid': 'bag-empty', id: 'bag-empty' }, 'Your bag is empty')];
    const items = lines.map(({ sku, title, size, color, quantity, cents }) =>
      shadow(
        'mc-bag-item',
        h(
          'div',
          { class: 'item', 'data-testid': 'bag-item', role: 'group', 'aria-label': title },
          h('span', { class: 'item-title' }, title),
          h('span', { class: 'item-options' }, [color, size].filter(Boolean).join(' ')),
          h('span', { class: 'item-qty' }, String(quantity)),
          h('span', { class: 'item-price' }, usd(cents)),
          button('Remove', 'remove-item', async () => {
            await ask('POST', '/bag/remove', { sku }).catch(otherwise);
            await show();
          }),
        ),
      ),
    );
    return [
      h('h1', {}, 'Your bag'),
      gone > 0 && alertOf('An item in your bag is no longer available', 'bag-gone'),
      items,
      h('p', {}, 'Subtotal ', h('b', { 'data-testid': 'bag-subtotal', id: 'bag-subtotal' }, usd(subtotal))),
      gone === 0 && button('Proceed to checkout', 'checkout', () => go('/checkout/shipping')),
    ];
  }

  const STATES = [
    ['CA', 'California'],
    ['FL', 'Florida'],
    ['IL', 'Illinois'],
    ['NY', 'New York'],
    ['OR', 'Oregon'],
    ['TX', 'Texas'],
    ['UT', 'Utah'],
    ['WA', 'Washington'],
  ];

  async function shipping() {
    const { address } = await ask('GET', '/checkout');
    const [first = '', ...last] = (address?.name ?? '').split(' ');
    const of = (name) => address?.[name] ?? '';
    const line1 = field({ name: 'line1', label: 'Street address', autocomplete: 'address-line1', value: of('line1') });
    const fields = [
      field({ name: 'firstName', label: 'First name', autocomplete: 'given-name', value: first }),
      field({ name: 'lastName', label: 'Last name', autocomplete: 'family-name', value: last.join(' ') }),
      line1,
      field({ name: 'line2', label: 'Apartment, floor', autocomplete: 'address-line2', value: of('line2') }),
      field({ name: 'city', label: 'City', autocomplete: 'address-level2', value: of('city') }),
      field({ name: 'region', label: 'State', autocomplete: 'address-level1', options: STATES, value: of('region') }),
      field({ name: 'postalCode', label: 'ZIP Code', autocomplete: 'postal-code', value: of('postalCode') }),
      field({ name: 'phone', label: 'Phone number', type: 'tel', autocomplete: 'tel', value: of('phone') }),
    ];
    suggesting(line1, fields);
    const place = h('div', {});
    const send = async () => {
      try {
        await ask('POST', '/checkout/address', valuesOf(fields));
        go('/checkout/delivery');
      } catch (refusal) {
        if (refusal.why === 'no_address') place.replaceChildren(alertOf(refusal.message));
        else await otherwise(refusal);
      }
    };
    return shadow('mc-address', h('h1', {}, 'Shipping'), place, form(fields, button('Continue', 'to-delivery', send)));
  }

  /** Offers addresses below the field, over what comes next, until one is taken or the key Escape is pressed. */
  function suggesting({ control, host }, fields) {
    let list = null;
    let timer;
    const shut = () => {
      clearTimeout(timer);
      list?.remove();
      list = null;
    };
    control.setAttribute('role', 'combobox');
    control.addEventListener('keydown', (event) => event.key === 'Escape' && shut());
    control.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const found = await ask('GET', `/suggest?q=${encodeURIComponent(control.value)}`).catch(() => []);
        shut();
        if (found.length === 0 || host.shadowRoot.activeElement !== control) return;
        const option = (one) =>
          h(
            'li',
            {
              role: 'option',
              onmousedown: (event) => {
                event.preventDefault();
                for (const { name, control: other } of fields) if (one[name] !== undefined) other.value = one[name];
                shut();
              },
            },
            `${one.line1}, ${one.city}, ${one.region} ${one.postalCode}`,
          );
        list = h(
          'ul',
          {
            role: 'listbox',
            'aria-label': 'Suggested addresses',
            'data-testid': 'suggestions',
            style:
              'position:absolute;background:#fff;border:1px solid;z-index:5;margin:0;padding:8px 24px;min-height:160px',
          },
          found.map(option),
        );
        host.shadowRoot.append(list);
      }, 120);
    });
    control.addEventListener('blur', shut);
  }

  async function delivery() {
    const { delivery: options } = await ask('GET', '/checkout');
    const group = h(
      'div',
      { role: 'radiogroup', 'aria-label': 'Delivery' },
      options.map(({ id, name, cents, minDays, maxDays }, place) =>
        h(
          'label',
          { class: 'option', 'data-testid': 'delivery-option' },
          h('input', { type: 'radio', name: 'delivery', value: id, checked: place === 0 }),
          h('span', { class: 'option-name' }, name),
          ' ',
          h('span', { class: 'option-fee' }, cents === 0 ? 'Free' : usd(cents)),
          ' ',
          h('span', { class: 'option-days' }, `${minDays}-${maxDays} days`),
        ),
      ),
    );
    const send = async () => {
      const chosen = group.querySelector('input:checked');
      await ask('POST', '/checkout/delivery', { delivery: chosen.value }).then(
        () => go('/checkout/payment'),
        otherwise,
      );
    };
    return shadow(
      'mc-delivery',
      h('h1', {}, 'Delivery method'),
      form([{ host: group }], button('Continue', 'to-payment', send)),
    );
  }

  async function payment() {
    const { cards } = await ask('GET', '/checkout');
    if (cards.length === 0)
      return shadow(
        'mc-payment',
        h('h1', {}, 'Payment'),
        h('p', { 'data-testid': 'no-cards', id: 'no-cards' }, 'No saved cards'),
        field({ name: 'cardNumber', label: 'Card number', autocomplete: 'cc-number' }).host,
      );
    const group = h(
      'div',
      { role: 'radiogroup', 'aria-label': 'Saved cards' },
      cards.map(({ id, name, isDefault }) =>
        h(
          'label',
          { class: 'card', 'data-testid': 'saved-card' },
          h('input', { type: 'radio', name: 'card', value: id, checked: isDefault }),
          name,
        ),
      ),
    );
    const send = async () => {
      const chosen = group.querySelector('input:checked');
      await ask('POST', '/checkout/card', { card: chosen?.value ?? '' }).then(() => go('/checkout/review'), otherwise);
    };
    return shadow('mc-payment', h('h1', {}, 'Payment'), form([{ host: group }], button('Continue', 'to-review', send)));
  }

  async function review(wrong = null) {
    const {
      lines,
      subtotal,
      shipping: fee,
      tax,
      total,
      address,
      delivery: way,
      card,
      checkout,
    } = await ask('GET', '/checkout/review');
    const row = (id, label, cents) =>
      h('p', { class: 'sum' }, `${label}: `, h('span', { id, 'data-testid': id }, usd(cents)));
    const place = h('div', {}, wrong && alertOf(wrong, 'place-error'));
    const send = async () => {
      try {
        const { number } = await ask('POST', '/orders', { checkout });
        go(`/order-confirmation/${number}`);
      } catch (refusal) {
        if (refusal.why === 'challenge') frame(challenge(refusal, ({ number }) => go(`/order-confirmation/${number}`)));
        else if (refusal.why === 'price_moved' || refusal.why === 'out_of_stock' || refusal.why === 'declined')
          frame(await review(refusal.message));
        else await otherwise(refusal);
      }
    };
    return shadow(
      'mc-review',
      h('h1', {}, 'Review order'),
      place,
      h(
        'ul',
        {},
        lines.map(({ title, quantity }) => h('li', { class: 'review-line' }, `${quantity} × ${title}`)),
      ),
      h(
        'div',
        { id: 'review-address', 'data-testid': 'review-address' },
        h('p', {}, address.name),
        h('p', {}, address.line1),
        address.line2 && h('p', {}, address.line2),
        h('p', {}, `${address.city}, ${address.region} ${address.postalCode}`),
      ),
      h('p', { id: 'review-delivery' }, way),
      h('p', { id: 'review-card', 'data-testid': 'review-card' }, card),
      row('sum-subtotal', 'Subtotal', subtotal),
      row('sum-shipping', 'Shipping', fee),
      row('sum-tax', 'Tax', tax),
      row('sum-total', 'Order total', total),
      form([], button('Place order', 'place-order', send)),
    );
  }

  async function confirmation(number) {
    const { total } = await ask('GET', `/orders/${number}`);
    return shadow(
      'mc-thanks',
      h('h1', {}, 'Thank you!'),
      h(
        'p',
        {},
        'Your order number is ',
        h('strong', { id: 'confirmation-number', 'data-testid': 'confirmation-number' }, number),
      ),
      h('p', {}, usd(total)),
    );
  }

  const WORDS = { processing: 'Processing', shipped: 'Shipped', delivered: 'Delivered', cancelled: 'Cancelled' };

  async function orders() {
    const all = await ask('GET', '/orders');
    const rows = all.map(({ number, placedAt, status, total }) =>
      h(
        'div',
        { class: 'order', role: 'listitem', 'data-testid': 'order' },
        h('a', { class: 'order-number', href: `/account/orders/${number}` }, number),
        ' ',
        h('time', { class: 'order-date', datetime: placedAt }, new Date(placedAt).toLocaleDateString('en-US')),
        ' ',
        h('span', { class: 'order-status' }, WORDS[status]),
        ' ',
        h('span', { class: 'order-total' }, usd(total)),
      ),
    );
    return shadow(
      'mc-orders',
      h('h1', {}, 'My orders'),
      h(
        'div',
        { role: 'list', 'aria-label': 'Orders', id: 'orders', 'data-testid': 'orders' },
        rows.length === 0 ? 'No orders yet' : rows,
      ),
    );
  }

  async function order(number) {
    const { status, estimatedFrom, estimatedTo, parcel } = await ask('GET', `/orders/${number}`);
    const cancel = async () => {
      await ask('POST', `/orders/${number}/cancel`).then(show, otherwise);
    };
    return shadow(
      'mc-order',
      h('h1', {}, `Order ${number}`),
      h('p', { id: 'order-status', 'data-testid': 'order-status' }, WORDS[status]),
      h(
        'p',
        {},
        'Arriving ',
        h('time', { id: 'from', datetime: estimatedFrom }, estimatedFrom),
        ' to ',
        h('time', { id: 'to', datetime: estimatedTo }, estimatedTo),
      ),
      parcel &&
        h(
          'div',
          { class: 'parcel', 'data-testid': 'parcel' },
          h('span', { class: 'carrier' }, parcel.carrier),
          ' ',
          h('a', { class: 'tracking', href: parcel.trackingUrl }, parcel.trackingNumber),
        ),
      status === 'processing' && button('Cancel order', 'cancel-order', cancel),
    );
  }

  void show();
})();
