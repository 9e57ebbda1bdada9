import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { json, page, type Ask, type Reply, type Route } from '../http/ask';
import { html, raw } from '../http/html';
import { good } from '../nordstrom/nordstrom';
import { picture } from '../pages/challenges';
import type { Manners, Shop } from '../shop';
import { cardName, No } from '../world/buying';
import type { Good } from '../world/goods';
import type { Order } from '../world/orders';
import { ANSWERS, PROMPTS, type ChallengeKind, type Point } from '../world/switches';

const GOODS: readonly Good[] = [
  good('4501', 'Gold Necklace', 'Aurea', 4500, [], []),
  good('4502', 'Pearl Earrings', 'Aurea', 3200, [], []),
  good('4503', 'Black Dress', 'Mirabel', 9200, ['S', 'M', 'L', 'XL'], ['Black']),
  good('4504', 'Cashmere Scarf', 'Mirabel', 7400, [], ['Camel', 'Grey']),
  good('4505', 'Linen Shirt', 'Costa', 4900, ['S', 'M', 'L', 'XL'], ['White', 'Sky']),
];
const APP = readFileSync(join(__dirname, 'app.client.js'), 'utf8');

/** One page that makes all others in the browser, in components with shadow roots; the server only answers questions. */
export const macys: Manners = {
  name: "Macy's (sandbox)",
  goods: GOODS,
  delivery: [
    { id: 'standard', name: 'Standard', cents: 595, freeOver: 9900, minDays: 3, maxDays: 6 },
    { id: 'express', name: 'Express', cents: 1695, freeOver: null, minDays: 1, maxDays: 2 },
  ],
  cartPath: '/bag',
  orderNumber: (random) => `30${random}${String(random % 89).padStart(2, '0')}`,
  routes: (shop) => routesOf(shop),
  frame: (title, body) =>
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <title>${title} - Macy's</title>
        </head>
        <body>
          ${body}
        </body>
      </html>`,
};

type Answer = (ask: Ask, ids: string[]) => Reply;

function routesOf(shop: Shop): Route[] {
  const { buying } = shop;
  const questions: [method: string, path: string, step: Route['step'], answer: Answer][] = [
    ['GET', '/api/me', 'signInPage', ({ visit }) => json({ name: buying.account(visit)?.name ?? null })],
    ['POST', '/api/session', 'signIn', (ask) => signIn(shop, ask)],
    ['POST', '/api/challenge/:kind', 'challenge', (ask, [kind]) => answer(shop, ask, kind as ChallengeKind)],
    ['GET', '/api/goods', 'home', () => json(shop.goods.list().map(({ id, title }) => ({ id, title })))],
    ['GET', '/api/goods/:id', 'product', ({ visit }, [id]) => goodOf(shop, visit, id!)],
    ['POST', '/api/bag', 'add', (ask) => add(shop, ask)],
    [
      'GET',
      '/api/bag',
      'cart',
      ({ visit }) => json({ ...buying.totals(visit), gone: buying.missing(visit, 'cart').length }),
    ],
    [
      'POST',
      '/api/bag/remove',
      'removeLine',
      ({ visit, json: body }) => json({ done: buying.remove(visit, body['sku'] ?? '') ?? true }),
    ],
    ['GET', '/api/checkout', 'checkout', (ask) => inCheckout(shop, ask, () => json(detailsOf(shop, ask)))],
    ['GET', '/api/suggest', 'suggest', ({ url }) => json(suggestions(url.searchParams.get('q') ?? ''))],
    ['POST', '/api/checkout/address', 'address', (ask) => inCheckout(shop, ask, () => setAddress(shop, ask))],
    ['POST', '/api/checkout/delivery', 'delivery', (ask) => inCheckout(shop, ask, () => setDelivery(shop, ask))],
    ['POST', '/api/checkout/card', 'payment', (ask) => inCheckout(shop, ask, () => setCard(shop, ask))],
    ['GET', '/api/checkout/review', 'review', (ask) => inCheckout(shop, ask, () => review(shop, ask))],
    ['POST', '/api/orders', 'place', (ask) => place(shop, ask)],
    ['GET', '/api/orders', 'orders', (ask) => signedIn(ask, (id) => json(shop.orders.of(id).map(shown)))],
    ['GET', '/api/orders/:no', 'order', (ask, [no]) => signedIn(ask, (id) => orderOf(shop.orders.byNumber(id, no!)))],
    [
      'POST',
      '/api/orders/:no/cancel',
      'cancel',
      (ask, [no]) => signedIn(ask, () => json({ done: buying.cancel(ask.visit, no!) })),
    ],
  ];
  return [
    ...questions.map(([method, path, step, run]) => ({ method, path, step, run })),
    {
      ...{ method: 'GET', path: '/app.js', step: 'app' as const },
      run: () => ({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' }, body: APP }),
    },
    { method: 'GET', path: '/*', step: 'app', run: () => shell(shop) },
  ];
}

/** The one document there is. The app renames and moves what it makes itself: `boot` says how. */
function shell(shop: Shop): Reply {
  const { renamed, moved } = shop.switches;
  const boot = JSON.stringify({ renamed, moved });
  return page(
    shop.manners.frame(
      'Shop',
      html`<div data-root="1"></div>
        ${raw(`<script>window.boot = ${boot};</script><script src="/app.js"></script>`)}`,
    ),
  );
}

function refused(error: unknown): Reply {
  if (error instanceof No) return json({ why: error.why, message: error.message }, 409);
  throw error;
}

function signedIn({ visit }: Ask, run: (accountId: string) => Reply): Reply {
  return visit.accountId === null ? json({ why: 'sign_in' }, 401) : run(visit.accountId);
}

function challenged(shop: Shop, { visit }: Ask, point: Point): Reply | null {
  const kind = shop.buying.challenge(visit, point);
  if (kind === null) return null;
  visit.resume = { point, next: '' };
  const image = kind === 'captcha' ? picture(ANSWERS.captcha).text : '';
  return json({ why: 'challenge', kind, prompt: PROMPTS[kind], image }, 403);
}

function inCheckout(shop: Shop, ask: Ask, run: () => Reply): Reply {
  return signedIn(ask, () => {
    if (shop.buying.cart(ask.visit).length === 0) return json({ why: 'empty' }, 409);
    return challenged(shop, ask, 'checkout') ?? run();
  });
}

function signIn(shop: Shop, ask: Ask): Reply {
  const { email, password } = ask.json;
  if (!shop.buying.knock(ask.visit, email ?? '', password ?? ''))
    return json({ why: 'wrong', message: 'Your email address or password is incorrect.' }, 409);
  const challenge = challenged(shop, ask, 'signIn');
  if (challenge) return challenge;
  shop.buying.enter(ask.visit);
  return json({ done: true });
}

function answer(shop: Shop, ask: Ask, kind: ChallengeKind): Reply {
  const { visit } = ask;
  if (!(kind in ANSWERS) || !visit.resume) return json({ why: 'wrong', message: 'There is nothing to answer.' }, 409);
  if (!shop.buying.answer(visit, kind, ask.json['answer'] ?? ''))
    return json({ why: 'wrong', message: 'That is not right. Please try again.' }, 409);
  const { point } = visit.resume;
  const more = challenged(shop, ask, point);
  if (more) return more;
  visit.resume = null;
  if (point === 'signIn') shop.buying.enter(visit);
  return point === 'place' ? placed(shop, ask, visit.checkout) : json({ done: true });
}

function goodOf(shop: Shop, visit: Ask['visit'], id: string): Reply {
  const found = shop.goods.good(id);
  if (!found) return json({ why: 'gone' }, 404);
  const variants = shop.goods.all().filter((variant) => variant.good.id === id);
  const isLeft = variants.some(({ sku }) => shop.buying.isLeft(sku, 1, 'product'));
  return json({ ...found, cents: shop.buying.priceOf(variants[0]!.sku, visit), isLeft });
}

function add(shop: Shop, { visit, json: body }: Ask): Reply {
  const { id, size, color, quantity } = body;
  try {
    shop.buying.add(visit, id ?? '', size || null, color || null, Number(quantity) || 1);
    return json({ done: true }, 201);
  } catch (error) {
    return refused(error);
  }
}

function detailsOf(shop: Shop, { visit }: Ask): object {
  const { buying, manners } = shop;
  const { subtotal } = buying.totals(visit);
  return {
    address: visit.address ?? buying.account(visit)?.address ?? null,
    delivery: manners.delivery.map((option) => ({ ...option, cents: buying.feeOf(option, subtotal) })),
    cards: (buying.account(visit)?.cards ?? []).map((card) => ({
      id: card.id,
      name: cardName(card),
      isDefault: card.isDefault,
    })),
  };
}

/** Streets that sound alike, one of them at the other end of the country: whoever takes the first may send it there. */
function suggestions(q: string): object[] {
  if (q.trim().length < 4) return [];
  return [
    { line1: `${q.trim()} N`, city: 'Portland', region: 'OR', postalCode: '97204' },
    { line1: q.trim(), city: 'Miami', region: 'FL', postalCode: '33101' },
  ];
}

function setAddress(shop: Shop, { visit, json: body }: Ask): Reply {
  const of = (name: string) => (body[name] ?? '').trim();
  try {
    shop.buying.setAddress(visit, {
      ...{
        name: `${of('firstName')} ${of('lastName')}`.trim(),
        line1: of('line1'),
        line2: of('line2'),
        city: of('city'),
      },
      ...{ region: of('region'), postalCode: of('postalCode'), country: 'US', phone: of('phone') },
    });
    return json({ done: true });
  } catch (error) {
    return refused(error);
  }
}

function setDelivery(_shop: Shop, { visit, json: body }: Ask): Reply {
  visit.deliveryId = body['delivery'] ?? '';
  return json({ done: true });
}

function setCard(shop: Shop, { visit, json: body }: Ask): Reply {
  visit.cardId = body['card'] ?? '';
  return shop.buying.card(visit) ? json({ done: true }) : json({ why: 'no_card' }, 409);
}

function review(shop: Shop, { visit }: Ask): Reply {
  const { buying } = shop;
  const card = buying.card(visit);
  if (!visit.address) return json({ why: 'no_address' }, 409);
  if (!card) return json({ why: 'no_card' }, 409);
  const { address } = visit;
  const delivery = buying.option(visit).name;
  return json({
    ...buying.totals(visit),
    address,
    delivery,
    card: cardName(card),
    checkout: buying.newCheckout(visit),
  });
}

function place(shop: Shop, ask: Ask): Reply {
  return signedIn(ask, () => {
    const checkout = ask.json['checkout'] ?? '';
    ask.visit.checkout = checkout;
    return challenged(shop, ask, 'place') ?? placed(shop, ask, checkout);
  });
}

function placed(shop: Shop, ask: Ask, checkout: string): Reply {
  try {
    return json({ number: shop.buying.place(ask.visit, checkout).number }, 201);
  } catch (error) {
    return refused(error);
  }
}

function orderOf(order: Order | undefined): Reply {
  return order ? json(shown(order)) : json({ why: 'gone' }, 404);
}

function shown({ number, placedAt, status, total, lines, estimatedFrom, estimatedTo, parcel }: Order): object {
  return { number, placedAt, status, total, lines, estimatedFrom, estimatedTo, parcel };
}
