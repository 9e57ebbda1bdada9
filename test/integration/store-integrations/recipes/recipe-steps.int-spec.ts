import type { Browser } from 'puppeteer-core';
import type {
  FlowCallbacks,
  FlowInputs,
  FlowOutcome,
  Recipe,
  StepReport,
} from '../../../../src/store-integrations/recipes';
import { RecipeRunner } from '../../../../src/store-integrations/recipes';
import type { Interruption, Sign, Step, Target } from '../../../../src/store-integrations/recipes/recipe';
import { faultsOf } from '../../../../src/store-integrations/recipes/recipe-rules';
import { openChromium } from '../../../support/chromium';
import { servePages, type PageOf } from '../../../support/page-server';

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
}, 60_000);

interface Case {
  html?: string;
  pages?: Record<string, PageOf>;
  steps: Step[];
  signs?: Sign[];
  inputs?: FlowInputs;
  more?: Partial<Recipe>;
  runMs?: number;
  onChallenge?: FlowCallbacks['onChallenge'];
}
type Ran = FlowOutcome & { reports: StepReport[]; hits: string[] };

const OPEN: Step = { step: 'open', do: 'goto', url: '/' };
const SAID: Step = {
  step: 'said',
  do: 'read',
  read: { status: { from: [{ by: 'css', is: '#said' }], as: 'text', optional: true } },
};

/** The steps, as the whole of a recipe's signing in, over one page. */
async function ran({
  html = '',
  pages = {},
  steps,
  signs,
  inputs,
  more,
  runMs = 20_000,
  onChallenge,
}: Case): Promise<Ran> {
  const { origin, hits } = await servePages({ '/': html, ...pages });
  const recipe: Recipe = {
    ...{ format: 1, origin, currency: 'USD' },
    ...(signs ? { signs } : {}),
    ...more,
    sections: { signIn: [OPEN, ...steps] },
  };
  expect(faultsOf(recipe)).toEqual([]);
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const reports: StepReport[] = [];
  try {
    const given = { credentials: { username: 'ada@example.com', password: 'a secret' }, ...inputs };
    const onStep = (report: StepReport) => void reports.push(report);
    const outcome = await new RecipeRunner().run(
      page,
      recipe,
      'signIn',
      given,
      { onStep, ...(onChallenge && { onChallenge }) },
      { limits: { runMs } },
    );
    return { ...outcome, reports, hits };
  } finally {
    await context.close();
  }
}

const click = (target: Target, more: object = {}): Step => ({ step: 'click', do: 'click', target, ...more });
const SAY = (what: string) => `onclick="document.querySelector('#said').textContent = '${what}'"`;
const SAID_HERE = '<p id="said"></p>';

describe('what an element is found by', () => {
  const FORM = `${SAID_HERE}
    <form autocomplete="off">
      <label for="s1">Street address *</label><input id="s1" name="street" autocomplete="shipping street-address" data-testid="street">
      <label>Town <input name="town"></label>
      <input aria-label="Postcode" name="zip">
      <input placeholder="Phone number" name="tel">
      <span id="l5">E-mail</span><input aria-labelledby="l5" name="mail">
    </form>`;

  it.each<[string, Target[number], string]>([
    ['a word of the autocomplete attribute', { by: 'autocomplete', is: 'street-address' }, 'street'],
    ['a test id', { by: 'testId', is: 'street' }, 'street'],
    ['its name', { by: 'field', is: 'street' }, 'street'],
    ['its id', { by: 'field', is: 's1' }, 'street'],
    ['the text of its label, whatever the case, without the asterisk', { by: 'label', is: 'STREET address' }, 'street'],
    ['a label that goes round it', { by: 'label', is: 'Town' }, 'town'],
    ['aria-label', { by: 'label', is: 'Postcode' }, 'zip'],
    ['its placeholder', { by: 'label', is: 'Phone', contains: true }, 'tel'],
    ['aria-labelledby', { by: 'label', is: 'E-mail' }, 'mail'],
    ['its role and name', { by: 'role', role: 'textbox', name: 'Postcode' }, 'zip'],
    ['a selector', { by: 'css', is: 'input[name=tel]' }, 'tel'],
    ['what it lies within', { by: 'field', is: 'town', within: { by: 'role', role: 'form' } }, 'town'],
    ['its place among several', { by: 'role', role: 'textbox', nth: 1 }, 'town'],
  ])('is found by %s', async (_, candidate, name) => {
    const read = { status: { from: [{ by: 'css', is: `[name=${name}]` } as const], as: 'text' as const } };
    const outcome = await ran({
      html: FORM,
      steps: [
        { step: 'fill', do: 'fill', target: [candidate], value: '12 Main St' },
        { step: 'read', do: 'read', read },
      ],
    });
    expect(outcome).toMatchObject({ type: 'done', read: { status: '12 Main St' } });
  });

  it('is found by what it says, the innermost that says it', async () => {
    const html = `<div><div ${SAY('outer')}><span ${SAY('inner')} onclickcapture>Add  to
      bag</span></div></div><script>var x = 'Add to bag'</script>${SAID_HERE}`;
    const outcome = await ran({ html, steps: [click([{ by: 'text', is: 'add to bag' }]), SAID] });
    // The click goes on to the outer one, as any click does.
    expect(outcome).toMatchObject({ type: 'done', read: { status: 'outer' } });
  });

  it('is found in a shadow root within a shadow root', async () => {
    const html = `<my-shop></my-shop>${SAID_HERE}<script>
      customElements.define('my-shop', class extends HTMLElement { connectedCallback() {
        const root = this.attachShadow({ mode: 'open' }); root.innerHTML = '<my-form></my-form>' } });
      customElements.define('my-form', class extends HTMLElement { connectedCallback() {
        const root = this.attachShadow({ mode: 'open' });
        root.innerHTML = '<label for="a">Street</label><input id="a"><button>Go</button>';
        root.querySelector('button').onclick = () => said.textContent = root.querySelector('input').value } });
    </script>`;
    const outcome = await ran({
      html,
      steps: [
        { step: 'fill', do: 'fill', target: [{ by: 'label', is: 'Street' }], value: '{credentials.username}' },
        click([{ by: 'role', role: 'button', name: 'Go' }]),
        SAID,
      ],
    });
    expect(outcome).toMatchObject({ type: 'done', read: { status: 'ada@example.com' } });
  });

  it('is found and clicked in a frame of another origin within a frame', async () => {
    const inner = await servePages({
      '/': `<h1 style="height:900px">Pay</h1><button ${SAY('paid')}>Pay now</button>${SAID_HERE}`,
    });
    const outcome = await ran({
      html: '<h1 style="height:1200px">Shop</h1><iframe src="/frame" width="400" height="300"></iframe>',
      pages: { '/frame': `<p>Card</p><iframe src="${inner.origin}/" width="300" height="200"></iframe>` },
      steps: [click([{ by: 'role', role: 'button', name: 'Pay now' }]), SAID],
      more: { hosts: [new URL(inner.origin).host] },
    });
    expect(outcome).toMatchObject({ type: 'done', read: { status: 'paid' } });
  });

  it('is found by a later candidate where the first is gone, and the report says which served', async () => {
    const outcome = await ran({
      html: `<button data-testid="new-name" ${SAY('yes')}>Add to bag</button>${SAID_HERE}`,
      steps: [
        click([
          { by: 'testId', is: 'add' },
          { by: 'field', is: 'add' },
          { by: 'role', role: 'button', name: 'Add to bag' },
        ]),
        SAID,
      ],
    });
    expect(outcome).toMatchObject({ type: 'done', read: { status: 'yes' } });
    expect(outcome.reports[1]).toMatchObject({ section: 'signIn', step: 'click', candidate: 2, by: 'role' });
  });

  it('waits a moment for an earlier candidate before a later one serves', async () => {
    const html = `<button ${SAY('late')}>Go</button>${SAID_HERE}<script>setTimeout(() => document.querySelector('button').dataset.testid = 'go', 150)</script>`;
    const outcome = await ran({
      html,
      steps: [
        click([
          { by: 'testId', is: 'go' },
          { by: 'role', role: 'button', name: 'Go' },
        ]),
        SAID,
      ],
    });
    expect(outcome.reports[1]).toMatchObject({ candidate: 0, by: 'testId' });
  });

  it('is not clicked where two are alike; a candidate that finds one serves', async () => {
    const html = `<button ${SAY('one')}>Buy</button><button id="b" ${SAY('two')}>Buy</button>${SAID_HERE}`;
    const alike: Target = [{ by: 'role', role: 'button', name: 'Buy' }];
    const outcome = await ran({ html, steps: [click(alike, { timeoutMs: 400 })] });
    expect(outcome).toMatchObject({ type: 'unknown_page', detail: 'its target is there more than once' });
    const other = await ran({ html, steps: [click([...alike, { by: 'field', is: 'b' }]), SAID] });
    expect(other).toMatchObject({ type: 'done', read: { status: 'two' } });
  });

  it('is not found while it is not to be seen', async () => {
    const hidden = [
      'display:none',
      'visibility:hidden',
      'opacity:0',
      'width:0;height:0;overflow:hidden;padding:0;border:0',
    ];
    for (const style of hidden) {
      const html = `<button style="${style}" ${SAY('trap')}>Buy</button>${SAID_HERE}`;
      const outcome = await ran({ html, steps: [click([{ by: 'text', is: 'Buy' }], { timeoutMs: 300 })] });
      expect([style, outcome.type]).toEqual([style, 'unknown_page']);
    }
  });
});

describe('what a step does', () => {
  it('clicks once what becomes usable late, is moving, and was covered', async () => {
    const html = `<style>@keyframes in { from { margin-left: 400px } to { margin-left: 0 } }</style>
      <button disabled style="animation: in .4s linear" onclick="n = (window.n || 0) + 1; said.textContent = n; window.n = n">Go</button>${SAID_HERE}
      <div id="veil" style="position:fixed;inset:0;background:#fff8"></div>
      <script>var n = 0; setTimeout(() => document.querySelector('button').disabled = false, 300); setTimeout(() => veil.remove(), 700)</script>`;
    const outcome = await ran({ html, steps: [click([{ by: 'role', role: 'button', name: 'Go' }]), SAID] });
    expect(outcome).toMatchObject({ type: 'done', read: { status: '1' } });
  });

  it('never clicks through what lies over a frame', async () => {
    const outcome = await ran({
      html: '<iframe src="/frame"></iframe><div style="position:fixed;inset:0;background:#fff8"></div>',
      pages: { '/frame': '<button>Pay</button>' },
      steps: [click([{ by: 'text', is: 'Pay' }], { timeoutMs: 500 })],
    });
    expect(outcome).toMatchObject({ type: 'unknown_page', detail: 'its target is covered' });
  });

  it('clicks again, where that does no harm, what went unheard', async () => {
    const html = `<button>Next</button>${SAID_HERE}<script>
      setTimeout(() => document.querySelector('button').onclick = () => said.textContent = 'heard', 600)</script>`;
    const waitFor = [{ present: [{ by: 'text' as const, is: 'heard' }] }];
    const outcome = await ran({
      html,
      steps: [click([{ by: 'text', is: 'Next' }], { repeatable: true, waitFor, timeoutMs: 3_000 })],
    });
    expect(outcome.type).toBe('done');
    const once = await ran({ html, steps: [click([{ by: 'text', is: 'Next' }], { waitFor, timeoutMs: 1_500 })] });
    expect(once).toMatchObject({ type: 'unknown_page', detail: 'what it waited for did not come' });
  });

  it('fills over what stands there, and a page hears of it', async () => {
    const html = `<input id="a" value="old" oninput="said.textContent = 'in:' + this.value" onchange="said.textContent += ' changed'">
      <input id="b">${SAID_HERE}`;
    const outcome = await ran({
      html,
      steps: [
        { step: 'a', do: 'fill', target: [{ by: 'field', is: 'a' }], value: 'Ünï 12' },
        { step: 'b', do: 'fill', target: [{ by: 'field', is: 'b' }], value: 'x' },
        SAID,
      ],
    });
    expect(outcome).toMatchObject({ read: { status: 'in:Ünï 12 changed' } });
  });

  it('fills a date, and a field that groups what is typed', async () => {
    const html = `<input id="d" type="date"><input id="p" oninput="this.value = this.value.replace(/[^0-9]/g, '').replace(/(...)(?=.)/g, '$1 ')">`;
    const field = (is: string) => [{ by: 'field' as const, is }];
    const outcome = await ran({
      html,
      steps: [
        { step: 'd', do: 'fill', target: field('d'), value: '2026-12-24' },
        { step: 'p', do: 'fill', target: field('p'), value: '5551234567' },
        {
          ...{ step: 'read', do: 'read' },
          read: {
            estimatedFrom: { from: field('d'), as: 'date', attribute: 'value' },
            status: { from: field('p'), as: 'text', attribute: 'value' },
          },
        },
      ],
    });
    expect(outcome).toMatchObject({ read: { estimatedFrom: '2026-12-24', status: '555 123 456 7' } });
  });

  it('clears what stands in a field', async () => {
    const html = `<input id="a" value="Apt 12" oninput="said.textContent = '[' + this.value + ']'">${SAID_HERE}`;
    const outcome = await ran({ html, steps: [{ step: 'a', do: 'clear', target: [{ by: 'field', is: 'a' }] }, SAID] });
    expect(outcome).toMatchObject({ type: 'done', read: { status: '[]' } });
  });

  it('types key by key into a field that suggests', async () => {
    const html = `<input id="a" onkeyup="keys.textContent = Number(keys.textContent) + 1"><p id="keys">0</p>`;
    const outcome = await ran({
      html,
      steps: [
        { step: 'a', do: 'fill', target: [{ by: 'field', is: 'a' }], value: 'abc', typed: true },
        { step: 'read', do: 'read', read: { total: { from: [{ by: 'css', is: '#keys' }], as: 'integer' } } },
      ],
    });
    expect(outcome.read.total).toBeGreaterThanOrEqual(3);
  });

  it('does not go on where a field does not take its value', async () => {
    const html = '<input id="a" oninput="this.value = 0">';
    const outcome = await ran({
      html,
      steps: [{ step: 'a', do: 'fill', target: [{ by: 'field', is: 'a' }], value: 'abc' }],
      runMs: 6_000,
    });
    expect(outcome).toMatchObject({ type: 'unknown_page', detail: 'the field did not take its value' });
  });

  it('selects the first option that there is, by value or text, once the options have come', async () => {
    const html = `<select id="r" onchange="said.textContent = this.value"><option>…</option></select>${SAID_HERE}
      <script>setTimeout(() => r.innerHTML = '<option value="CA">California</option><option value="NY">New  York</option>', 300)</script>`;
    const select = (...options: string[]): Step => ({
      step: 'select',
      do: 'select',
      target: [{ by: 'field', is: 'r' }],
      options,
      timeoutMs: 1_500,
    });
    expect(await ran({ html, steps: [select('nowhere', 'new york'), SAID] })).toMatchObject({ read: { status: 'NY' } });
    const none = await ran({ html, steps: [select('nowhere')], runMs: 8_000 });
    expect(none).toMatchObject({ type: 'unknown_page', detail: 'there is no such option' });
  });

  it('ticks and unticks, a box that its label draws too', async () => {
    const html = `<label><input type="checkbox" id="a" style="opacity:0;position:absolute;width:0;height:0"> <b>Gift</b></label>
      <input type="checkbox" id="b" checked>`;
    const tick = (is: string, on: boolean): Step => ({ step: is, do: 'check', target: [{ by: 'field', is }], on });
    const state = (is: string, on: boolean) => ({
      state: { present: [{ by: 'css' as const, is: `#${is}${on ? ':checked' : ':not(:checked)'}` }] },
    });
    const check = [state('a', true), state('b', false)];
    const outcome = await ran({ html, steps: [tick('a', true), tick('b', false), { step: 'is', do: 'wait', check }] });
    expect(outcome.type).toBe('done');
  });

  it('presses a key', async () => {
    const html = `<input id="a" onkeydown="said.textContent = event.key">${SAID_HERE}`;
    const outcome = await ran({
      html,
      steps: [{ step: 'a', do: 'press', target: [{ by: 'field', is: 'a' }], key: 'Enter' }, SAID],
    });
    expect(outcome).toMatchObject({ read: { status: 'Enter' } });
  });

  it('repeats while a state holds, and no oftener than it may', async () => {
    const html = `<ul>${'<li>Dress <button onclick="this.parentNode.remove()">Remove</button></li>'.repeat(3)}</ul>`;
    const present: Target = [{ by: 'text', is: 'Remove' }];
    const repeat = (atMost: number): Step => ({
      ...{ step: 'empty', do: 'repeat', while: { present }, atMost },
      steps: [{ step: 'remove', do: 'click', target: [{ by: 'role', role: 'button', name: 'Remove', nth: 0 }] }],
    });
    const check = [{ count: [{ by: 'css' as const, is: 'li' }], is: '0' }];
    expect((await ran({ html, steps: [repeat(5), { step: 'is', do: 'wait', check }] })).type).toBe('done');
    const outcome = await ran({ html, steps: [repeat(2)] });
    expect(outcome).toMatchObject({ type: 'unknown_page', detail: 'it did not come to an end' });
  });

  it('leaves out a step whose condition does not hold', async () => {
    const steps: Step[] = [
      click([{ by: 'text', is: 'Accept' }], { when: { present: [{ by: 'text', is: 'Accept' }] } }),
      {
        step: 'phone',
        do: 'fill',
        target: [{ by: 'field', is: 'phone' }],
        value: '{contact.phone}',
        when: { given: 'contact.phone' },
      },
      { step: 'here', do: 'click', target: [{ by: 'text', is: 'Here' }], when: { path: '/elsewhere' } },
    ];
    const outcome = await ran({ html: '<p>Here</p>', steps });
    expect(outcome.reports.map(({ step }) => step)).toEqual(['open']);
  });

  it('waits for any of several states, and for what has to go', async () => {
    const html = `<p id="w">Loading…</p><script>setTimeout(() => { w.remove(); history.pushState({}, '', '/cart/7?x=1') }, 300)</script>`;
    const waitFor = [
      { absent: [{ by: 'text' as const, is: 'loading', contains: true }] },
      { any: [{ present: [{ by: 'text' as const, is: 'never' }] }, { path: '/cart/*' }] },
    ];
    expect((await ran({ html, steps: [{ step: 'wait', do: 'wait', waitFor }] })).type).toBe('done');
  });

  it('shuts what is in the way, wherever it comes up', async () => {
    const html = `<button ${SAY('clicked')}>Go</button>${SAID_HERE}
      <script>setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<div id="pop" style="position:fixed;inset:0;background:#fff8">We use cookies <button onclick="pop.remove()">No thanks</button></div>'), 50)</script>`;
    const interruptions = [
      {
        name: 'cookies',
        seen: [{ by: 'field' as const, is: 'pop' }],
        shut: [{ by: 'text' as const, is: 'No thanks' }],
      },
    ];
    const waits: Step = { step: 'waits', do: 'wait', waitFor: [{ present: [{ by: 'text', is: 'Go' }] }] };
    const outcome = await ran({
      html,
      more: { interruptions },
      steps: [waits, click([{ by: 'text', is: 'Go' }]), SAID],
    });
    expect(outcome).toMatchObject({ type: 'done', read: { status: 'clicked' } });
  });

  const COVERING = 'style="position:fixed;inset:0;background:#fff"';
  const OVER_EACH_OTHER = `<div id="bar" ${COVERING}>We use cookies <button onclick="bar.remove()">No thanks</button></div>
    <div id="offer" ${COVERING}>10% off <button onclick="offer.remove()">Close</button></div>`;
  const interruption = (name: string, says: string): Interruption => ({
    ...{ name, seen: [{ by: 'field', is: name }], shut: [{ by: 'text', is: says }] },
  });
  const interruptions = [interruption('bar', 'No thanks'), interruption('offer', 'Close')];

  it('shuts first what lies uppermost, in whatever order the recipe names them', async () => {
    const outcome = await ran({
      html: `<button ${SAY('clicked')}>Go</button>${SAID_HERE}${OVER_EACH_OTHER}`,
      more: { interruptions },
      steps: [click([{ by: 'text', is: 'Go' }]), SAID],
    });
    expect(outcome).toMatchObject({ type: 'done', read: { status: 'clicked' } });
  });

  it('shuts what has come up over a challenge while its answer was thought of', async () => {
    const html = `<div id="box"><label>I agree <input type="checkbox" id="yes"></label>
      <button onclick="said.textContent = yes.checked ? 'agreed' : 'no'; box.remove()">Continue</button></div>${SAID_HERE}`;
    const asked: number[] = [];
    const outcome = await ran({
      html:
        html +
        `<script>setTimeout(() => document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(OVER_EACH_OTHER)}), 400)</script>`,
      more: { interruptions },
      signs: [
        {
          ...{
            name: 'terms',
            seen: { present: [{ by: 'field', is: 'yes' }] },
            means: 'challenge',
            kind: 'terms_changed',
          },
          fields: [{ name: 'agree', label: 'I agree', type: 'confirm', target: [{ by: 'field', is: 'yes' }] }],
          submit: [{ by: 'text', is: 'Continue' }],
        },
      ],
      onChallenge: async ({ round }) => {
        asked.push(round);
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return { agree: 'true' };
      },
      steps: [{ step: 'wait', do: 'wait', waitFor: [{ absent: [{ by: 'field', is: 'yes' }] }] }, SAID],
    });
    expect([outcome.type, outcome.read.status, asked]).toEqual(['done', 'agreed', [1]]);
  });
});

describe('a frame of the store that does not come', () => {
  const frame = (status: number) => {
    let asked = 0;
    return () => ((asked += 1) === 1 ? { status, html: 'sorry' } : '<button>Pay</button>');
  };

  it('begins again at once where what is needed is in it', async () => {
    const began = performance.now();
    const outcome = await ran({
      ...{ html: '<iframe src="/frame"></iframe>', pages: { '/frame': frame(500) } },
      steps: [click([{ by: 'text', is: 'Pay' }])],
    });
    expect(outcome.type).toBe('done');
    // Not after all the time that a step has.
    expect(performance.now() - began).toBeLessThan(9_000);
  });

  it('does not matter where nothing in it is needed', async () => {
    const outcome = await ran({
      html: `<iframe src="/frame"></iframe><script>setTimeout(() => document.body.insertAdjacentHTML('beforeend', '<button>Go</button>'), 1000)</script>`,
      pages: { '/frame': frame(503) },
      steps: [click([{ by: 'text', is: 'Go' }])],
    });
    expect([outcome.type, outcome.hits.filter((hit) => hit === 'GET /')]).toEqual(['done', ['GET /']]);
  });
});

describe('what is read', () => {
  it('reads amounts, numbers, days, words and lists', async () => {
    const html = `<p id="t">Total: <b>$1,234.50</b></p><p id="s">Shipping: Free</p><p id="d">Arrives Thursday, December 3rd, 2026</p>
      <ul><li><b>Dress</b> <i>2</i> <u>$89.00</u></li><li><b>Coat</b> <i>1</i> <u>$159.00</u></li></ul>`;
    const css = (is: string) => [{ by: 'css' as const, is }];
    const outcome = await ran({
      html,
      steps: [
        {
          ...{ step: 'read', do: 'read' },
          read: {
            total: { from: css('#t'), as: 'money' },
            shipping: { from: css('#s'), as: 'money', pattern: 'shipping: (.*)', words: { free: '0' } },
            estimatedFrom: { from: css('#d'), as: 'date', pattern: 'arrives (.*)' },
            tax: { from: css('#none'), as: 'money', optional: true },
            lines: {
              each: css('li'),
              read: {
                name: { from: css('b'), as: 'text' },
                quantity: { from: css('i'), as: 'integer' },
                unitPrice: { from: css('u'), as: 'money' },
              },
            },
          },
        },
      ],
    });
    expect(outcome.read).toEqual({
      ...{ total: 123_450, shipping: 0, estimatedFrom: '2026-12-03', tax: null },
      lines: [
        { name: 'Dress', quantity: 2, unitPrice: 8_900 },
        { name: 'Coat', quantity: 1, unitPrice: 15_900 },
      ],
    });
  });

  it('takes a page for unknown where what has to be read is not there', async () => {
    const read = { total: { from: [{ by: 'css' as const, is: '#t' }], as: 'money' as const } };
    const outcome = await ran({
      html: '<p id="t">soon</p>',
      steps: [{ step: 'read', do: 'read', read, timeoutMs: 300 }],
    });
    expect(outcome).toMatchObject({
      type: 'unknown_page',
      section: 'signIn',
      step: 'read',
      detail: 'total is not to be read',
    });
  });
});

describe('how it ends otherwise', () => {
  it.each(['login_wall', 'out_of_stock', 'price_moved', 'no_instrument', 'unknown_page'] as const)(
    'a sign means %s',
    async (means) => {
      const signs: Sign[] = [
        { name: 'the sign', seen: { present: [{ by: 'text', is: 'sorry', contains: true }] }, means },
      ];
      const outcome = await ran({ html: '<p>Sorry, no.</p>', signs, steps: [click([{ by: 'text', is: 'Go' }])] });
      expect(outcome).toMatchObject({
        type: means,
        section: 'signIn',
        step: 'click',
        detail: 'sign: the sign',
        clicked: false,
      });
    },
  );

  it('a check that does not hold means what it says', async () => {
    const reading = { from: [{ by: 'css' as const, is: '#t' }], as: 'money' as const };
    const check = [{ reading, atMost: '{agreedTotal}', otherwise: 'price_moved' as const }];
    const steps: Step[] = [{ step: 'cheap', do: 'wait', check }];
    const html = '<p id="t">$50.01</p>';
    expect((await ran({ html, steps, inputs: { agreedTotalCents: 5_001 } })).type).toBe('done');
    expect((await ran({ html, steps, inputs: { agreedTotalCents: 5_000 } })).type).toBe('price_moved');
  });

  it('a page that fails once is asked again; one that goes on failing is a fault', async () => {
    let failures = 1;
    const pages = { '/shaky': () => (failures-- > 0 ? { status: 503, html: 'busy' } : 'well') };
    const steps: Step[] = [
      { step: 'shaky', do: 'goto', url: '/shaky', waitFor: [{ present: [{ by: 'text', is: 'well' }] }] },
    ];
    expect((await ran({ pages, steps })).type).toBe('done');
    const broken = await ran({ pages: { '/shaky': () => ({ status: 500, html: 'broken' }) }, steps });
    expect(broken).toMatchObject({ type: 'fault', detail: 'the store answered 500', step: 'shaky' });
  });

  it('a host that is not the recipe’s is never opened', async () => {
    const elsewhere = await servePages({ '/': 'elsewhere' });
    const steps: Step[] = [{ step: 'away', do: 'goto', url: '{order.url}' }];
    const outcome = await ran({ steps, inputs: { order: { number: '1', url: `${elsewhere.origin}/` } } });
    expect(outcome).toMatchObject({ type: 'fault', detail: 'its address is not one of the store' });
    expect(elsewhere.hits).toEqual([]);
  });

  it('is over in the time that it has, whatever the page does', async () => {
    const began = performance.now();
    const html = '<script>setTimeout(() => { for (;;); }, 200)</script>';
    const outcome = await ran({ html, steps: [click([{ by: 'text', is: 'Go' }])], runMs: 3_000 });
    expect(outcome).toMatchObject({ type: 'fault', clicked: false });
    expect(performance.now() - began).toBeLessThan(12_000);
  });
});

describe('a recipe that means harm', () => {
  const PASSWORD_FIELD = '<input id="pw" type="password" oninput="said.textContent = this.value"><p id="said"></p>';
  const type: Step = {
    step: 'password',
    do: 'fill',
    target: [{ by: 'field', is: 'pw' }],
    value: '{credentials.password}',
  };

  it('types no password at a host that is not the store’s own, whatever its pages may reach', async () => {
    const other = await servePages({ '/': PASSWORD_FIELD });
    const away: Step = { step: 'away', do: 'goto', url: `${other.origin}/` };
    const more = { hosts: [new URL(other.origin).host] };
    expect(await ran({ steps: [away, type, SAID], more })).toMatchObject({
      ...{ type: 'fault', step: 'password', detail: 'a password is for the store alone', read: {} },
    });
    expect(await ran({ html: `<iframe src="${other.origin}/"></iframe>`, steps: [type], more })).toMatchObject({
      ...{ type: 'fault', detail: 'a password is for the store alone' },
    });
    expect(await ran({ html: PASSWORD_FIELD, steps: [type, SAID], more })).toMatchObject({
      ...{ type: 'done', read: { status: 'a secret' } },
    });
  });
});
