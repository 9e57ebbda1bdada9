import { servePages, type Answer, type PageOf } from './page-server';

/** What the little shop does otherwise than sell. */
export interface LittleShopWays {
  soldOut?: boolean;
  /** Asked for before the review, and taken. */
  code?: string;
  newTerms?: boolean;
  /** `once`: as a shop shows it to somebody whose session has just ended. */
  noCard?: boolean | 'once';
  /** Sessions end once, when the delivery page is asked for. */
  sessionEnds?: boolean;
  /** The total that the review shows from its second showing on, cents. */
  priceMovesTo?: number;
  /** Orders are taken, and the answer is an error. */
  thanksLost?: boolean;
  /** The button has another name. */
  renamed?: boolean;
  /** Which paths answer 500, once. */
  failsOnce?: string[];
}

export interface LittleOrder {
  number: string;
  totalCents: number;
  placedAt: string;
  cancelled: boolean;
  to: string;
}

const dollars = (cents: number) => `$${(cents / 100).toFixed(2)}`;
const DRESS_CENTS = 8_900;

/** A whole shop on one page server, with one account: ada@example.com, `a secret`. Keeps a ledger of its own. */
export async function openLittleShop(ways: LittleShopWays = {}) {
  const orders: LittleOrder[] = [];
  let [isIn, isVerified, hasAgreed, hasEnded] = [false, !ways.code, !ways.newTerms, false];
  let cart: { size: string; quantity: number }[] = [];
  let [to, shippingCents, shown] = ['', 600, 0];
  let payments = 0;
  const failing = new Set(ways.failsOnce);
  const subtotal = () => cart.reduce((sum, { quantity }) => sum + quantity * DRESS_CENTS, 0);
  const total = () => (ways.priceMovesTo !== undefined && shown > 1 ? ways.priceMovesTo : subtotal() + shippingCents);

  const signedIn =
    (page: PageOf): PageOf =>
    (request) => {
      if (failing.delete(request.url.pathname)) return { status: 500, html: 'Oops' };
      if (!isIn) return 'Please sign in again';
      return typeof page === 'function' ? page(request) : page;
    };
  const review = (): Answer | string => {
    if (!isVerified)
      return `<p id="otp-prompt">We sent a code to your phone.</p><form method="post" action="/verify"><input name="otp"><button>Verify</button></form>`;
    if (!hasAgreed)
      return `<p id="terms-text">Our terms have changed.</p><form method="post" action="/agree"><label><input type="checkbox" name="terms" required> I agree</label><button>Go on</button></form>`;
    shown += 1;
    const name = ways.renamed ? 'id="buy"' : 'data-testid="place"';
    // A double click would be two orders here.
    return `<h1>Review</h1><p id="to">${to}</p><p id="card">Visa ending in 4242</p><p id="subtotal">${dollars(subtotal())}</p>
      <p id="shipping">${dollars(shippingCents)}</p><p id="tax">$0.00</p><p>Total <b id="total">${dollars(total())}</b></p>
      <form method="post" action="/place"><button ${name}>Place order</button></form>`;
  };
  const orderPage = (order: LittleOrder): string =>
    `<h1>Order ${order.number}</h1><p id="status">${order.cancelled ? 'Cancelled' : 'On its way'}</p>
     <div class="parcel"><span class="carrier">UPS</span> <span class="tracking">1Z999</span> <a href="https://ups.example/1Z999">Track</a></div>
     <form method="post" action="/cancel"><input type="hidden" name="number" value="${order.number}"><button>Cancel order</button></form>`;

  const pages: Record<string, PageOf> = {
    '/account': ({ method, form }) => {
      if (method === 'POST') isIn = form.get('user') === 'ada@example.com' && form.get('password') === 'a secret';
      if (isIn) return '<h1>Hello Ada</h1><a href="#">Sign out</a>';
      return `${method === 'POST' ? '<p>Wrong password, try again</p>' : ''}<form method="post">
        <input name="user" autocomplete="username"><input name="password" type="password"><button>Sign in</button></form>`;
    },
    '/dress': signedIn(
      () =>
        `<h1>Black Dress</h1>${ways.soldOut ? '<p>Sold out</p>' : ''}<form method="post" action="/cart">
         <label>Size <select name="size"><option value="s">S<option value="m">M</select></label><input name="quantity" value="1"><button>Add to cart</button></form>`,
    ),
    '/cart': signedIn(({ method, form }) => {
      if (method === 'POST' && form.has('remove')) cart.splice(Number(form.get('remove')), 1);
      else if (method === 'POST') cart.push({ size: form.get('size')!, quantity: Number(form.get('quantity')) });
      if (method === 'POST') return { location: '/cart' };
      return `<h1>Cart</h1>${cart
        .map(
          ({ quantity }, place) =>
            `<div class="line"><span class="name">Black Dress</span><span class="quantity">${quantity}</span><span class="price">${dollars(DRESS_CENTS)}</span>
             <form method="post"><input type="hidden" name="remove" value="${place}"><button>Remove</button></form></div>`,
        )
        .join('')}`;
    }),
    '/checkout': signedIn(
      '<form method="post" action="/checkout/delivery"><input name="name"><input name="line1" autocomplete="shipping address-line1"><button>Continue</button></form>',
    ),
    '/checkout/delivery': signedIn(({ form }) => {
      to = `${form.get('name')}, ${form.get('line1')}`;
      if (ways.sessionEnds && !hasEnded) {
        [hasEnded, isIn] = [true, false];
        return 'Please sign in again';
      }
      return `<form method="post" action="/checkout/payment"><label class="option"><input type="radio" name="d" value="600" checked><b>Standard</b> <i>$6.00</i></label>
        <label class="option"><input type="radio" name="d" value="1500"><b>Express</b> <i>$15.00</i></label><button>Continue</button></form>`;
    }),
    '/checkout/payment': signedIn(({ form }) => {
      shippingCents = Number(form.get('d'));
      payments += 1;
      const card = (ways.noCard === 'once' ? payments === 1 : ways.noCard)
        ? '<p>Enter a card: <input name="cc"></p>'
        : '<label><input type="radio" name="card"> Visa ending in 4242</label>';
      return `<form method="post" action="/checkout/review">${card}<button>Continue</button></form>`;
    }),
    '/checkout/review': signedIn(review),
    '/verify': ({ form }) => {
      isVerified = form.get('otp') === ways.code;
      return { location: '/checkout/review' };
    },
    '/agree': ({ form }) => {
      hasAgreed = form.get('terms') === 'on';
      return { location: '/checkout/review' };
    },
    '/place': signedIn(() => {
      const number = `W-${1000 + orders.length}`;
      orders.push({ number, totalCents: total(), placedAt: new Date().toISOString(), cancelled: false, to });
      cart = [];
      return ways.thanksLost ? { status: 500, html: 'Oops' } : { location: '/thanks' };
    }),
    '/thanks': signedIn(() => {
      const { number, totalCents } = orders.at(-1)!;
      return `<h1>Thank you</h1><p id="order">Your order number is ${number}.</p><p id="total">${dollars(totalCents)}</p>`;
    }),
    '/orders': signedIn(
      () =>
        `<h1>Your orders</h1>${orders
          .toReversed()
          .map(
            ({ number, totalCents, placedAt }) =>
              `<div class="order"><span class="number">${number}</span> <span class="total">${dollars(totalCents)}</span>
               <time datetime="${placedAt}">today</time> <a href="/orders/${number}">See it</a></div>`,
          )
          .join('')}`,
    ),
    ...Object.fromEntries(
      ['W-1000', 'W-1001'].map((number) => [
        `/orders/${number}`,
        signedIn(() => orderPage(orders.find((one) => one.number === number)!)),
      ]),
    ),
    '/cancel': ({ form }) => {
      const order = orders.find(({ number }) => number === form.get('number'))!;
      order.cancelled = true;
      return { location: `/orders/${order.number}` };
    },
  };
  const { origin, hits } = await servePages(pages);
  return {
    ...{ origin, hits, orders },
    /** Whatever its session says, another tab has put this in. */
    leaveInCart: (quantity: number) => void cart.push({ size: 's', quantity }),
  };
}
