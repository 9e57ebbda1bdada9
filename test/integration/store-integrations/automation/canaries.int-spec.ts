import type { Page } from 'puppeteer-core';
import { Permits } from '../../../../src/store-integrations/automation/permits';
import { Runs } from '../../../../src/store-integrations/automation/runs';
import { Trails } from '../../../../src/store-integrations/automation/trails';
import type { FlowInputs, Recipe, SectionName } from '../../../../src/store-integrations/recipes';
import { startApp, type RunningApp } from '../../../support/app';
import { automate, letIn, runsAt, type AutomatedStore } from '../../../support/automation';
import { assertNone, keepSecret, leaksIn, leaksOfDatabase } from '../../../support/leaks';
import { startShop, type ShopKind, type ShopSandbox } from '../../../support/shop-sandbox';
import { customer, sql, type Body, type Shopper } from '../../../support/shopper';

jest.setTimeout(120_000);

const CANARIES = {
  'a password': 'canary-password-7Qx2',
  'a street': '4711 Canary Wharf Lane',
  'a name': 'Canarina Featherstone',
  'a telephone number': '5125550147',
  'an e-mail address': 'canary-contact@example.com',
  'an answer': 'canary-answer-88',
};
const GOODS: Partial<Record<ShopKind, { id: string; size?: string; color?: string }>> = {
  nordstrom: { id: 'nd-101', size: 'M', color: 'Black' },
  macys: { id: '4503', size: 'L', color: 'Black' },
  oldnavy: { id: 'on7001', size: '32', color: 'Indigo' },
};

/** What of the page could be read in a picture of it: texts and fields that hold a canary and that no patch covers. */
function uncovered(canaries: string[]): string[] {
  type Box = { left: number; top: number; width: number; height: number };
  type Node = { nodeType: number; textContent: string | null; childNodes: Iterable<Node>; shadowRoot?: Node | null };
  type Field = { localName: string; type?: string; value?: string; getBoundingClientRect(): Box };
  interface Document extends Node {
    documentElement: Node;
    querySelectorAll(selector: string): Iterable<Field>;
    createRange(): { selectNodeContents(node: Node): void; getClientRects(): Iterable<Box> };
  }
  const { document } = globalThis as unknown as { document: Document };
  const patches = [...document.querySelectorAll('[data-muse-cover] > div')].map((one) => one.getBoundingClientRect());
  const isCovered = ({ left, top, width, height }: Box) =>
    width === 0 ||
    height === 0 ||
    patches.some(
      (patch) =>
        patch.left <= left + 1 &&
        patch.top <= top + 1 &&
        patch.left + patch.width >= left + width - 1 &&
        patch.top + patch.height >= top + height - 1,
    );
  const holds = (text: string) => canaries.some((canary) => text.toLowerCase().includes(canary.toLowerCase()));
  const seen: string[] = [];
  const visit = (node: Node): void => {
    if (node.nodeType === 3 && holds(node.textContent ?? '')) {
      const range = document.createRange();
      range.selectNodeContents(node);
      if (![...range.getClientRects()].every(isCovered)) seen.push(node.textContent ?? '');
    }
    const field = node as unknown as Field;
    if (field.localName === 'input' && holds(field.value ?? '') && !isCovered(field.getBoundingClientRect()))
      seen.push(field.value ?? '');
    if (node.shadowRoot) visit(node.shadowRoot);
    for (const child of node.childNodes) visit(child);
  };
  visit(document.documentElement);
  return seen;
}

/** The recipe, with a step at the end of a section whose target is nowhere. */
function breaking(recipe: Recipe, section: SectionName): Recipe {
  const lost = { step: 'lost', do: 'click', target: [{ by: 'testId', is: 'nowhere' }], timeoutMs: 500 } as const;
  return { ...recipe, sections: { ...recipe.sections, [section]: [...recipe.sections[section]!, lost] } };
}

describe.each<ShopKind>(['nordstrom', 'macys', 'oldnavy'])('What was given for %s', (kind) => {
  let shop: ShopSandbox;
  let muse: RunningApp;
  let store: AutomatedStore;
  let shopper: Shopper;
  beforeAll(async () => {
    shop = await startShop(kind);
    muse = await startApp({ SANDBOX_ORIGINS: shop.origins });
    for (const [name, canary] of Object.entries(CANARIES)) keepSecret(name, canary);
    store = await automate(muse, shop.recipe());
    const account = await shop.account('canary-user', { password: CANARIES['a password'], hasCard: true });
    keepSecret('a username', account.username);
    shopper = await customer(muse);
    await letIn(shopper, store.id, account);
    const permit = await muse.app.get(Permits, { strict: false }).forShopper(store.id, shopper.id, 'signIn', false);
    if ('type' in permit) throw new Error(permit.code);
    for (const { value } of permit.signIn!.cookies) keepSecret('a cookie', value);
  });

  const inputs = (): FlowInputs => ({
    lines: [{ url: shop.productUrl(GOODS[kind]!.id), name: 'Goods', ...GOODS[kind], quantity: 1 }],
    address: {
      ...{ name: CANARIES['a name'], line1: CANARIES['a street'], city: 'Austin', region: 'TX' },
      ...{ postalCode: '78705', country: 'US', phone: CANARIES['a telephone number'] },
    },
    contact: { email: CANARIES['an e-mail address'], phone: CANARIES['a telephone number'] },
    agreedTotalCents: 1_000_000,
  });

  /** Fails at the end of a section, and what then could be seen in the picture. */
  async function failAt(section: SectionName): Promise<{ seen: string[]; run: Body; pictures: number }> {
    const permits = muse.app.get(Permits, { strict: false });
    const permit = async () => {
      const given = await permits.forShopper(store.id, shopper.id, 'place', false);
      return 'type' in given ? given : { ...given, recipe: breaking(given.recipe, section) };
    };
    const seen: string[] = [];
    let pictures = 0;
    const watch = (page: Page): void => {
      const screenshot = page.screenshot.bind(page);
      page.screenshot = (async (options: object) => {
        pictures += 1;
        for (const frame of page.frames()) seen.push(...(await frame.evaluate(uncovered, Object.values(CANARIES))));
        return screenshot(options);
      }) as never;
    };
    let isWatched = false;
    const onSection = (_: SectionName, page: Page) => {
      if (!isWatched) watch(page);
      isWatched = true;
    };
    let round = 0;
    const onChallenge = async ({ fields }: { fields: { name: string }[] }): Promise<Record<string, string>> => ({
      [fields[0]!.name]: round++ === 0 ? CANARIES['an answer'] : '314159',
    });
    const outcome = await muse.app.get(Runs, { strict: false }).make({
      ...{ cause: 'shopper', flow: 'place', inputs: inputs(), options: {}, permit },
      hooks: { onSection, onChallenge, beforeLastClick: async () => false },
    });
    expect(outcome).toMatchObject({ type: 'unknown_page', section });
    return { seen, run: (await runsAt(muse, store.id)).at(-1)!, pictures };
  }

  it.each<SectionName>(['address', 'review'])('is in no trail of a run that fails at %s', async (section) => {
    await shop.switch({ oneTimeCode: 'checkout' });
    const { seen, run, pictures } = await failAt(section);
    expect([seen, pictures > 0]).toEqual([[], true]);
    const at = `/admin/stores/${store.id}/automation/runs/${run.id}/trail`;
    const { body: trail } = await store.admin.get(at).expect(200);
    expect(Buffer.from(trail.picture, 'base64').subarray(1, 4).toString()).toBe('PNG');
    expect(trail).toMatchObject({ runId: run.id, markup: expect.stringContaining('<body') });
    expect(trail.steps.length).toBeGreaterThan(5);
    assertNone(leaksIn('the trail', JSON.stringify({ ...trail, picture: null })));
    // Words of the name, as a page may greet by.
    expect(JSON.stringify(trail)).not.toMatch(/Canarina|Featherstone/i);
    const read = await sql(
      muse,
      `SELECT payload FROM events WHERE type = 'automation.trail_read' AND aggregate_id = $1`,
      [run.id],
    );
    expect(read).toEqual([{ payload: { storeId: store.id, runId: run.id, by: store.admin.id } }]);
  });

  it('is in no row, no job and no event', async () => assertNone(await leaksOfDatabase(muse.database)));

  it('is gone from the trails after fourteen days, and with the link', async () => {
    const runs = await runsAt(muse, store.id);
    const at = (run: Body) => `/admin/stores/${store.id}/automation/runs/${run.id}/trail`;
    const kept = () => sql(muse, 'SELECT run_id FROM automation_trails ORDER BY run_id');
    const [first, second] = (await kept()).map(({ run_id: id }) => runs.find((run) => run.id === id)!);
    await sql(muse, `UPDATE automation_trails SET made_at = now() - interval '15 days' WHERE run_id = $1`, [first!.id]);
    await store.admin.get(at(first!)).expect(404);
    await muse.app.get(Trails, { strict: false }).sweep();
    expect(await kept()).toEqual([{ run_id: second!.id }]);
    await store.admin.get(at(second!)).expect(200);
    await shopper.delete(`/integrations/${store.id}`).expect(200);
    expect(await kept()).toEqual([]);
    await store.admin.get(at(second!)).expect(404);
  });
});
