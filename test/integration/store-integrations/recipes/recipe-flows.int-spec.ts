import type { Browser, Page } from 'puppeteer-core';
import {
  RecipeRunner,
  faultsOf,
  maskedMarkup,
  maskedPicture,
  secretsOf,
  type FlowCallbacks,
  type FlowChallenge,
  type FlowInputs,
  type FlowName,
  type Recipe,
  type RunOptions,
  type SectionName,
  type StepReport,
} from '../../../../src/store-integrations/recipes';
import { openChromium } from '../../../support/chromium';
import { openLittleShop } from '../../../support/little-shop';
import { littleRecipe } from '../../../support/recipes';

const ADDRESS = {
  name: 'Ada Lovelace',
  line1: '12 St James Square',
  city: 'London',
  postalCode: 'SW1Y 4JH',
  country: 'GB',
};
type Shop = Awaited<ReturnType<typeof openLittleShop>>;

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
}, 60_000);

function inputsAt({ origin }: Shop, more: FlowInputs = {}): FlowInputs {
  const line = { url: `${origin}/dress`, name: 'Black Dress', size: 'M', quantity: 2, unitPriceCents: 8_900 };
  return {
    ...{ credentials: { username: 'ada@example.com', password: 'a secret' }, address: ADDRESS, lines: [line] },
    ...{ agreedTotalCents: 18_400, ...more },
  };
}

interface Asked extends FlowCallbacks {
  inputs?: FlowInputs;
  more?: Partial<Recipe>;
  options?: RunOptions;
  onPage?: (page: Page) => void | Promise<void>;
}

async function run(shop: Shop, flow: FlowName, { inputs, more, options, onPage, ...callbacks }: Asked = {}) {
  const recipe = { ...littleRecipe(shop.origin), ...more };
  expect(faultsOf(recipe)).toEqual([]);
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const reports: StepReport[] = [];
  let asked = 0;
  try {
    await onPage?.(page);
    const outcome = await new RecipeRunner().run(
      ...([page, recipe, flow, inputsAt(shop, inputs)] as const),
      {
        onStep: (report) => void reports.push(report),
        ...callbacks,
        beforeLastClick: () => {
          asked += 1;
          return callbacks.beforeLastClick?.() ?? Promise.resolve(true);
        },
      },
      options,
    );
    return { outcome, reports, asked };
  } finally {
    await context.close();
  }
}

const placings = ({ hits }: Shop) => hits.filter((hit) => hit === 'POST /place').length;

describe('a whole checkout by a recipe', () => {
  it('is quoted as far as the review: what it costs, how it is delivered, what it is paid with; nothing is placed', async () => {
    const shop = await openLittleShop();
    const { outcome, asked } = await run(shop, 'quote');
    expect(outcome).toEqual({
      ...{ type: 'done', clicked: false },
      read: {
        lines: [{ name: 'Black Dress', quantity: 2, unitPrice: 8_900 }],
        deliveryOptions: [
          { name: 'Standard', price: 600 },
          { name: 'Express', price: 1_500 },
        ],
        ...{ subtotal: 17_800, shipping: 600, tax: 0, total: 18_400, instrument: 'Visa ending in 4242' },
      },
    });
    expect([placings(shop), asked]).toEqual([0, 0]);
  });

  it('is placed with one click, after the last question, and the number is read', async () => {
    const shop = await openLittleShop();
    const { outcome, asked, reports } = await run(shop, 'place', {
      inputs: { delivery: { name: 'Express' }, agreedTotalCents: 19_300 },
      beforeLastClick: () => Promise.resolve(placings(shop) === 0),
    });
    expect(outcome).toMatchObject({ type: 'done', clicked: true, read: { orderNumber: 'W-1000', total: 19_300 } });
    expect(shop.orders).toMatchObject([{ totalCents: 19_300, to: 'Ada Lovelace, 12 St James Square' }]);
    expect(asked).toBe(1);
    expect(reports.at(-1)).toMatchObject({ section: 'confirmation', step: 'read' });
    expect(reports.find(({ step }) => step === 'place order')).toMatchObject({ candidate: 0, by: 'testId' });
  });

  it('takes out what an earlier try left in the cart', async () => {
    const shop = await openLittleShop();
    shop.leaveInCart(3);
    shop.leaveInCart(1);
    const { outcome } = await run(shop, 'place');
    expect(outcome).toMatchObject({ type: 'done', read: { total: 18_400 } });
  });

  it('serves by another candidate where the button has another name, and reports it', async () => {
    const shop = await openLittleShop({ renamed: true });
    const { outcome, reports } = await run(shop, 'place');
    expect(outcome.type).toBe('done');
    expect(reports.find(({ step }) => step === 'place order')).toMatchObject({ candidate: 1, by: 'role' });
  });

  it('begins again after a session has ended, and after a page has failed, and places once', async () => {
    for (const ways of [
      { sessionEnds: true },
      { noCard: 'once' as const },
      { failsOnce: ['/checkout/payment'] },
      { failsOnce: ['/checkout/review'] },
    ]) {
      const shop = await openLittleShop(ways);
      const { outcome } = await run(shop, 'place');
      expect(outcome).toMatchObject({ type: 'done', read: { total: 18_400 } });
      expect(placings(shop)).toBe(1);
    }
  });

  it('reads the order list, follows an order and cancels it', async () => {
    const shop = await openLittleShop();
    await run(shop, 'place');
    const listed = await run(shop, 'orderList');
    const [{ number, placedAt, totalCents }] = shop.orders as [Shop['orders'][number]];
    const url = `${shop.origin}/orders/${number}`;
    expect(listed.outcome.read.orders).toEqual([{ number, total: totalCents, placedAt, url }]);
    const order = { number };
    const tracked = await run(shop, 'track', { inputs: { order } });
    expect(tracked.outcome.read).toEqual({
      status: 'shipped',
      parcels: [{ carrier: 'UPS', trackingNumber: '1Z999', trackingUrl: 'https://ups.example/1Z999' }],
    });
    const held = await run(shop, 'cancel', { inputs: { order }, beforeLastClick: () => Promise.resolve(false) });
    expect([held.outcome.type, shop.orders[0]?.cancelled]).toEqual(['held_back', false]);
    const cancelled = await run(shop, 'cancel', { inputs: { order } });
    expect(cancelled.outcome).toMatchObject({ type: 'done', clicked: true, read: { status: 'cancelled' } });
    expect(shop.orders[0]?.cancelled).toBe(true);
  });
});

describe('the last click', () => {
  it('is never made in a dry run, which looks whether it could be', async () => {
    const shop = await openLittleShop();
    const { outcome, asked } = await run(shop, 'place', { options: { dry: true } });
    expect(outcome).toMatchObject({ type: 'done', clicked: false, read: { total: 18_400 } });
    expect([placings(shop), asked]).toEqual([0, 0]);
  });

  it('is never made once the answer was no, and the run does not begin again', async () => {
    const shop = await openLittleShop();
    const { outcome, asked } = await run(shop, 'place', { beforeLastClick: () => Promise.resolve(false) });
    expect(outcome).toMatchObject({ type: 'held_back', section: 'place', step: 'place order', clicked: false });
    expect([placings(shop), asked]).toEqual([0, 1]);
  });

  it('is not made where whoever is asked fails, and the failure is theirs', async () => {
    const shop = await openLittleShop();
    const beforeLastClick = () => Promise.reject(new Error('the lease is lost'));
    await expect(run(shop, 'place', { beforeLastClick })).rejects.toThrow('the lease is lost');
    expect(placings(shop)).toBe(0);
  });

  it('is not made for more than was agreed, nobody is asked', async () => {
    const shop = await openLittleShop();
    const { outcome, asked } = await run(shop, 'place', { inputs: { agreedTotalCents: 18_399 } });
    expect(outcome).toMatchObject({ type: 'price_moved', clicked: false });
    expect([placings(shop), asked]).toEqual([0, 0]);
  });

  it('is not made where the total moves while leave is asked for', async () => {
    const shop = await openLittleShop({ priceMovesTo: 99_900 });
    let page: Page | undefined;
    const { outcome } = await run(shop, 'place', {
      onPage: (opened) => void (page = opened),
      beforeLastClick: async () => {
        await page!.reload();
        return true;
      },
    });
    expect(outcome).toMatchObject({ type: 'price_moved', clicked: false });
    expect(placings(shop)).toBe(0);
  });

  it('is told of in the moment before it, after leave was given', async () => {
    const shop = await openLittleShop();
    const told: string[] = [];
    const callbacks = (mayClick: boolean) => ({
      beforeLastClick: async () => Boolean(told.push('asked')) && mayClick,
      onLastClick: () => void told.push(`told with ${placings(shop)} made`),
    });
    await run(shop, 'place', callbacks(false));
    await run(shop, 'place', callbacks(true));
    expect([told, placings(shop)]).toEqual([['asked', 'asked', 'told with 0 made'], 1]);
  });

  it('is not made after the time for it', async () => {
    const shop = await openLittleShop();
    let page: Page | undefined;
    const { outcome } = await run(shop, 'place', {
      onPage: (opened) => void (page = opened),
      options: { limits: { lastClickMs: 500 } },
      beforeLastClick: async () => {
        await page!.evaluate(
          `document.querySelector('button').disabled = true; setTimeout(() => document.querySelector('button').disabled = false, 1500)`,
        );
        return true;
      },
    });
    expect(outcome).toMatchObject({ type: 'held_back', clicked: false });
    expect(placings(shop)).toBe(0);
  });

  it('is not made again where the answer to it was lost: what became of it is for others to find out', async () => {
    const shop = await openLittleShop({ thanksLost: true });
    const { outcome, asked } = await run(shop, 'place');
    expect(outcome).toMatchObject({ type: 'fault', clicked: true, detail: 'the store answered 500' });
    expect([placings(shop), asked]).toEqual([1, 1]);
  });

  it.each(['not reached', 'not so'])(
    'is refused by what the page says, and not by what is %s after it',
    async (what) => {
      const shop = await openLittleShop();
      const { sections } = littleRecipe(shop.origin);
      const [place] = sections.place!;
      const [read] = sections.confirmation!;
      const never = { path: '/never' };
      const more = {
        sections: {
          ...sections,
          ...(what === 'not reached'
            ? { place: [{ ...place!, otherwise: 'no_instrument' as const, timeoutMs: 2_000, waitFor: [never] }] }
            : { confirmation: [{ ...read!, check: [{ state: never, otherwise: 'price_moved' as const }] }] }),
        },
      };
      const { outcome } = await run(shop, 'place', { more });
      expect(outcome).toMatchObject({ type: 'unknown_page', clicked: true });
      expect(placings(shop)).toBe(1);
    },
  );

  it('is refused by a sign that names the section, and not by one of any page', async () => {
    const sections = ['place', 'confirmation'] as SectionName[];
    for (const [named, type] of [
      [{ sections }, 'out_of_stock'],
      [{}, 'unknown_page'],
    ] as const) {
      const shop = await openLittleShop();
      const sign = { name: 'sold out', seen: { path: '/thanks' }, means: 'out_of_stock' as const, ...named };
      const { outcome } = await run(shop, 'place', { more: { signs: [sign] } });
      expect(outcome).toMatchObject({ type, clicked: true });
    }
  });

  it('counts as made where the browser dies while it is made', async () => {
    const shop = await openLittleShop();
    let page: Page | undefined;
    const { outcome } = await run(shop, 'place', {
      onPage: (opened) => void (page = opened),
      beforeLastClick: async () => {
        const { mouse } = page!;
        jest.spyOn(mouse, 'click').mockImplementation(() => page!.close());
        return Promise.resolve(true);
      },
    });
    expect(outcome).toMatchObject({ type: 'fault', clicked: true });
  });
});

describe('what only the shopper can answer', () => {
  async function challenged(shop: Shop, answers: (Record<string, string> | 'unanswered')[], options?: RunOptions) {
    const challenges: FlowChallenge[] = [];
    const onChallenge = (challenge: FlowChallenge) => {
      challenges.push(challenge);
      return Promise.resolve(answers.shift() ?? 'unanswered');
    };
    return { ...(await run(shop, 'place', { onChallenge, ...(options ? { options } : {}) })), challenges };
  }

  it('is asked with a picture, its fields and its prompt, put in, and the run goes on', async () => {
    const shop = await openLittleShop({ code: '246810' });
    const { outcome, challenges } = await challenged(shop, [{ code: '246810' }]);
    expect(outcome).toMatchObject({ type: 'done', clicked: true });
    expect(challenges).toMatchObject([
      {
        ...{ kind: 'one_time_code', round: 1, prompt: 'We sent a code to your phone.' },
        fields: [{ name: 'code', label: 'The code that was sent to you', type: 'code' }],
      },
    ]);
    // On a busy machine the page comes when the step that led to it is over.
    expect(['payment: go on', 'review: read']).toContain(`${challenges[0]!.section}: ${challenges[0]!.step}`);
    expect(challenges[0]!.picture.subarray(1, 4).toString()).toBe('PNG');
  });

  it('is asked again where the answer was not right', async () => {
    const shop = await openLittleShop({ code: '246810' });
    const { outcome, challenges } = await challenged(shop, [{ code: '1' }, { code: '246810' }]);
    expect(outcome.type).toBe('done');
    expect(challenges.map(({ round }) => round)).toEqual([1, 2]);
  });

  it('ticks what the shopper agrees to', async () => {
    const shop = await openLittleShop({ newTerms: true });
    const { outcome, challenges } = await challenged(shop, [{ agree: 'true' }]);
    expect(outcome.type).toBe('done');
    expect(challenges[0]).toMatchObject({ kind: 'terms_changed', prompt: 'Our terms have changed.' });
  });

  it('ends the run where nobody answers, and nothing is placed', async () => {
    const shop = await openLittleShop({ code: '246810' });
    const { outcome, asked } = await challenged(shop, ['unanswered']);
    expect(outcome).toMatchObject({ type: 'challenge', kind: 'one_time_code', clicked: false });
    expect([placings(shop), asked]).toEqual([0, 0]);
  });

  it('does not take the shopper’s time for the run’s', async () => {
    const shop = await openLittleShop({ code: '246810' });
    const onChallenge = async () => {
      await new Promise((resolve) => setTimeout(resolve, 9_000));
      return { code: '246810' };
    };
    const { outcome } = await run(shop, 'place', { onChallenge, options: { limits: { runMs: 8_000 } } });
    expect(outcome.type).toBe('done');
  });
});

describe('how a checkout ends otherwise', () => {
  it.each([
    ['login_wall', 'signIn', {}, { credentials: { username: 'ada@example.com', password: 'wrong' } }],
    ['out_of_stock', 'findProduct', { soldOut: true }, {}],
    ['no_instrument', 'payment', { noCard: true }, {}],
  ] as const)('%s', async (type, section, ways, inputs) => {
    const shop = await openLittleShop(ways);
    const { outcome } = await run(shop, 'quote', { inputs });
    expect(outcome).toMatchObject({ type, section, clicked: false });
  });

  it('a size that there is not is out of stock', async () => {
    const shop = await openLittleShop();
    const lines = [{ url: `${shop.origin}/dress`, name: 'Black Dress', size: 'XXL', quantity: 1 }];
    const { sections } = littleRecipe(shop.origin);
    const chooseVariant = sections.chooseVariant!.map((step) => ({ ...step, timeoutMs: 300 }));
    const { outcome } = await run(shop, 'quote', {
      inputs: { lines },
      more: { sections: { ...sections, chooseVariant } },
    });
    expect(outcome).toMatchObject({ type: 'out_of_stock', section: 'chooseVariant', step: 'size' });
  });
});

describe('what is shown of a page', () => {
  it('covers fields and the shopper’s texts in pictures, and leaves them out of copies', async () => {
    const shop = await openLittleShop({ code: '246810' });
    const inputs = inputsAt(shop);
    let [marked, colours] = ['', new Set<string>()];
    let page: Page | undefined;
    await run(shop, 'place', {
      onPage: (opened) => void (page = opened),
      onChallenge: async ({ picture }) => {
        await page!.evaluate(`document.body.insertAdjacentHTML('beforeend',
          '<p id="who" style="background:#fff;color:#f00;font-size:40px">To ${ADDRESS.name}, ${ADDRESS.line1}</p><input value="${ADDRESS.line1}">')`);
        marked = await maskedMarkup(page!, secretsOf(inputs));
        colours = await coloursOf(picture);
        return 'unanswered';
      },
    });
    expect(marked).toContain('id="who"');
    expect(marked).not.toMatch(/lovelace|james/i);
    expect(colours.size).toBeGreaterThan(0);
  });

  it('shows nothing red of a page whose red texts and fields are the shopper’s', async () => {
    const page = await browser.newPage();
    const red = 'style="color:#f00;background:#f00;font-size:30px"';
    await page.setContent(`<p><span ${red}>Ada Lovelace</span></p><input ${red} value="12345"><dialog id="d"><b ${red}>12 St James Square</b></dialog>
      <div id="host"></div><script>d.showModal(); host.attachShadow({ mode: 'open' }).innerHTML = '<i style="color:#f00;background:#f00">ada@example.com</i>'</script>`);
    const secrets = ['Ada Lovelace', '12 St James Square', 'ada@example.com'];
    const plain = Buffer.from(await page.screenshot({ type: 'png' }));
    expect(await coloursOf(plain)).toContain('255,0,0');
    expect(await coloursOf((await maskedPicture(page, secrets)) as Buffer)).not.toContain('255,0,0');
    expect(await page.$('[data-muse-cover]')).toBeNull();
    await page.close();
  });
});

/** Which colours a picture holds; drawn by the browser, which knows how to read one. */
async function coloursOf(png: Buffer): Promise<Set<string>> {
  const page = await browser.newPage();
  try {
    const found = await page.evaluate(`(async () => {
      const image = new Image();
      image.src = 'data:image/png;base64,${png.toString('base64')}';
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
      canvas.drawImage(image, 0, 0);
      const { data } = canvas.getImageData(0, 0, image.width, image.height);
      const colours = new Set();
      for (let at = 0; at < data.length; at += 4) colours.add(data[at] + ',' + data[at + 1] + ',' + data[at + 2]);
      return [...colours];
    })()`);
    return new Set(found as string[]);
  } finally {
    await page.close();
  }
}
