// The pages that links in mails lead to. What a link carries stands behind its #: it is read, taken out of the address bar,
// and sent to the API in a header or body, never in an address.
const TEXTS = {
  en: {
    order: 'Your order',
    conversation: 'A conversation with your store',
    verify: 'Confirm your address',
    reset: 'Choose a new password',
    confirm: 'Confirm my address',
    confirmed: 'Thank you: your address is confirmed.',
    password: 'New password',
    save: 'Save the password',
    saved: 'Your new password holds. You can sign in with it.',
    loading: 'One moment …',
    noLink: 'This link is incomplete. Open it from the mail again.',
    over: 'This link does not work (any more).',
    guessable: 'Choose a longer password, one that nobody would guess.',
    failed: 'That did not work. Try again in a moment.',
    state: 'State',
    total: 'Total',
    arrives: 'Estimated delivery',
    parcel: 'Parcel',
    support: 'Questions',
    shopper: 'Shopper',
    you: 'You',
    muse: 'Muse',
    answer: 'Your answer',
    send: 'Send',
    sealed: '(sealed)',
    ended: 'Nobody can write in this conversation any more.',
    states: {},
  },
  es: {
    order: 'Tu pedido',
    conversation: 'Una conversación con tu tienda',
    verify: 'Confirma tu dirección de correo',
    reset: 'Elige una contraseña nueva',
    confirm: 'Confirmar mi dirección',
    confirmed: 'Gracias: tu dirección está confirmada.',
    password: 'Contraseña nueva',
    save: 'Guardar la contraseña',
    saved: 'Tu contraseña nueva ya vale. Puedes entrar con ella.',
    loading: 'Un momento…',
    noLink: 'A este enlace le falta algo. Ábrelo otra vez desde el correo.',
    over: 'Este enlace no funciona (o ya no).',
    guessable: 'Elige una contraseña más larga, que nadie adivine.',
    failed: 'No ha funcionado. Inténtalo de nuevo en un momento.',
    state: 'Estado',
    total: 'Total',
    arrives: 'Entrega estimada',
    parcel: 'Paquete',
    support: 'Preguntas',
    shopper: 'Cliente',
    you: 'Tú',
    muse: 'Muse',
    answer: 'Tu respuesta',
    send: 'Enviar',
    sealed: '(cifrado)',
    ended: 'En esta conversación ya no se puede escribir.',
    states: {
      pending: 'pendiente',
      awaiting_store: 'esperando a la tienda',
      confirmed: 'confirmado',
      processing: 'en preparación',
      shipped: 'enviado',
      delivered: 'entregado',
      completed: 'completado',
      cancelled: 'cancelado',
      returned: 'devuelto',
    },
  },
};

const language = (navigator.languages ?? []).map((tag) => tag.slice(0, 2)).find((tag) => TEXTS[tag]) ?? 'en';
const texts = TEXTS[language];
const main = document.querySelector('main');
const status = document.querySelector('[role=status]');
const say = (text) => {
  status.textContent = text;
};

const link = new URLSearchParams(location.hash.slice(1));
// Whoever looks over a shoulder, or at the history, shall not find it.
history.replaceState(null, '', location.pathname);

/** The API beside this page, wherever both are mounted. */
async function ask(method, path, { body, token } = {}) {
  const headers = { 'accept-language': language };
  if (body) headers['content-type'] = 'application/json';
  if (token) headers.authorization = `Bearer ${token}`;
  const url = new URL(`../api/v1${path}`, location.href);
  const request = { method, headers, credentials: 'omit', cache: 'no-store' };
  if (body) request.body = JSON.stringify(body);
  const response = await fetch(url, request);
  const answer = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  return { ok: response.ok, status: response.status, answer };
}

/** Text alone: nothing that a store or shopper wrote is taken for HTML. */
function add(parent, name, text) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  return parent.appendChild(element);
}

function row(table, label, value) {
  const line = add(table, 'tr');
  add(line, 'td', label);
  return add(line, 'td', value);
}

/** Why the API would not, in words. */
function refusal({ status: code, answer }) {
  if (code === 401 || code === 404 || answer?.code === 'link_invalid') return texts.over;
  if (answer?.code === 'password_refused' || code === 400) return texts.guessable;
  return texts.failed;
}

/** Decimals of currencies that have not two, as src/platform/money has them (ISO 4217; browsers follow custom instead). */
const DIGITS = Object.fromEntries([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3]),
  ...'CLF UYW'.split(' ').map((code) => [code, 4]),
]);

/** Minor units in words. */
function money({ amount, currency }) {
  const digits = DIGITS[currency] ?? 2;
  const decimals = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, { style: 'currency', currency, ...decimals }).format(amount / 10 ** digits);
}

async function order() {
  const [id, token] = [link.get('order'), link.get('token')];
  if (!id || !token) {
    say(texts.noLink);
    return;
  }
  say(texts.loading);
  const asked = await ask('GET', `/orders/${encodeURIComponent(id)}`, { token });
  if (!asked.ok) {
    say(refusal(asked));
    return;
  }
  const { number, store, items, status: state, total, estimatedDelivery, parcels } = asked.answer;
  say(`${number} · ${store.name}`);
  const table = add(main, 'table');
  row(table, texts.state, texts.states[state] ?? state.replace('_', ' '));
  for (const item of items) {
    const kind = [item.size, item.color].filter(Boolean).join(', ');
    row(table, `${item.quantity} × ${item.productName}${kind && ` (${kind})`}`, money(item.lineTotal));
  }
  row(table, texts.total, money(total));
  if (estimatedDelivery) {
    const { from, to } = estimatedDelivery;
    row(table, texts.arrives, from === to ? from : `${from} – ${to}`);
  }
  for (const parcel of parcels) {
    const cell = row(
      table,
      texts.parcel,
      parcel.trackingUrl ? undefined : `${parcel.carrier} ${parcel.trackingNumber}`,
    );
    if (/^https?:/.test(parcel.trackingUrl ?? '')) {
      const anchor = add(cell, 'a', `${parcel.carrier} ${parcel.trackingNumber}`);
      Object.assign(anchor, { href: parcel.trackingUrl, rel: 'noreferrer' });
    }
  }
  const { email, phone } = store.support;
  if (email || phone) row(table, texts.support, [email, phone].filter(Boolean).join(' · '));
}

/** Of an unclaimed store: what was said, and a place to answer. Shown is read. */
async function conversation() {
  const token = link.get('token');
  if (!token) {
    say(texts.noLink);
    return;
  }
  say(texts.loading);
  const list = add(main, 'dl');
  const show = async () => {
    const [asked, found] = await Promise.all([
      ask('GET', '/store-links/conversation', { token }),
      ask('GET', '/store-links/conversation/messages?limit=100', { token }),
    ]);
    if (!asked.ok || !found.ok) {
      list.replaceChildren();
      say(refusal(asked.ok ? found : asked));
      return undefined;
    }
    list.replaceChildren();
    const messages = found.answer.data.reverse();
    for (const { side, body, jwe, summary, createdAt } of messages) {
      const who = { buyer: texts.shopper, merchant: texts.you, system: texts.muse }[side];
      add(list, 'dt', `${who} · ${new Date(createdAt).toLocaleString(language)}`);
      const said = add(list, 'dd');
      if (body) add(said, 'p', body);
      if (jwe) add(said, 'p', texts.sealed);
      for (const item of summary?.items ?? []) {
        const kind = [item.size, item.color].filter(Boolean).join(', ');
        add(said, 'p', `${item.quantity} × ${item.productName}${kind && ` (${kind})`}: ${money(item.lineTotal)}`);
      }
    }
    const last = messages.at(-1);
    if (last) await ask('POST', '/store-links/conversation/read', { token, body: { messageId: last.id } });
    say(asked.answer.status === 'open' ? asked.answer.store.name : texts.ended);
    return asked.answer;
  };
  const shown = await show();
  if (shown?.status !== 'open' || shown.sealed) return;
  const form = add(main, 'form');
  const label = add(form, 'label', texts.answer);
  const input = Object.assign(add(label, 'textarea'), { required: true, maxLength: 4000, rows: 4 });
  const button = add(form, 'button', texts.send);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    const asked = await ask('POST', '/store-links/conversation/messages', { token, body: { body: input.value } });
    if (asked.ok) {
      input.value = '';
      await show();
    } else say(asked.status === 409 ? texts.ended : asked.status === 401 ? texts.over : texts.failed);
    button.disabled = false;
  });
}

/** A button, not the opening of the page: programs that look at links in mails must not use them up. */
function verify() {
  const token = link.get('token');
  if (!token) {
    say(texts.noLink);
    return;
  }
  const button = add(main, 'button', texts.confirm);
  button.addEventListener('click', async () => {
    button.disabled = true;
    const asked = await ask('POST', '/auth/verify-email', { body: { token } });
    if (asked.ok) button.remove();
    button.disabled = false;
    say(asked.ok ? texts.confirmed : refusal(asked));
  });
}

function reset() {
  const token = link.get('token');
  if (!token) {
    say(texts.noLink);
    return;
  }
  const form = add(main, 'form');
  const label = add(form, 'label', texts.password);
  const input = Object.assign(add(label, 'input'), { type: 'password', autocomplete: 'new-password', required: true });
  const button = add(form, 'button', texts.save);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    const asked = await ask('POST', '/auth/reset-password', { body: { token, password: input.value } });
    if (asked.ok) form.remove();
    button.disabled = false;
    say(asked.ok ? texts.saved : refusal(asked));
  });
}

const page = main.dataset.page;
document.documentElement.lang = language;
document.title = texts[page];
document.querySelector('h1').textContent = texts[page];
Promise.resolve({ order, conversation, verify, reset }[page]()).catch(() => say(texts.failed));
