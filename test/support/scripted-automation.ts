import { randomUUID } from 'node:crypto';
import type { TestingModuleBuilder } from '@nestjs/testing';
import {
  Automation,
  type AutomationAccess,
  type AutomationHooks,
  type AutomationInputs,
  type AutomationOptions,
  type AutomationOutcome,
} from '../../src/store-integrations/automation/automation';
import type { FlowChallenge, FlowName, FlowOutcome, Reads, SectionName } from '../../src/store-integrations/recipes';
import type { RunningApp } from './app';
import { openPartner } from './market';
import { littleRecipe } from './recipes';
import { sql } from './shopper';

interface Run {
  storeId: string;
  userId: string;
  flow: FlowName;
  inputs: AutomationInputs;
  hooks: AutomationHooks;
  options: AutomationOptions;
}

/** What a run comes to instead of what it would; `usual` does that. */
export type Act = (run: Run, usual: () => Promise<FlowOutcome>) => FlowOutcome | NotRun | Promise<FlowOutcome | NotRun>;
type NotRun = Extract<AutomationOutcome, { type: 'not_run' }>;

/** The run ends so, before anything was clicked. */
export const stops =
  (type: Exclude<FlowOutcome['type'], 'done' | 'challenge'>, clicked = false, section: SectionName = 'review'): Act =>
  () => ({ type, section, step: 'x', detail: 'as the test says', clicked, read: {} });
export const notRun =
  (code: NotRun['code']): Act =>
  () => ({ type: 'not_run', code, detail: 'As the test says.' });
/** The click is made, and what comes of it is not seen: `after` then tells how the run ends. */
export const clicksUnseen: Act = async (_run, usual) => {
  const outcome = await usual();
  if (outcome.type !== 'done') return outcome;
  return { type: 'unknown_page', section: 'confirmation', step: 'read', detail: 'lost', clicked: true, read: {} };
};
/** It is allowed to click, and does nothing: the click went nowhere. */
export const clickGoesNowhere: Act = async ({ hooks }) => {
  await hooks.beforeLastClick?.({ total: 2580 });
  return { type: 'unknown_page', section: 'place', step: 'x', detail: 'x', clicked: true, read: {} };
};
/** The store asks something first; unanswered ends the run. `heard` gets the answers. */
export const asksFirst =
  (heard: (Record<string, string> | 'unanswered')[], challenge: Partial<FlowChallenge> = {}): Act =>
  async ({ hooks }, usual) => {
    const answer = (await hooks.onChallenge?.({ ...ONE_TIME_CODE, ...challenge })) ?? 'unanswered';
    heard.push(answer);
    if (answer !== 'unanswered') return usual();
    const stop = { section: 'signIn', step: 'x', detail: 'unanswered', clicked: false, read: {} } as const;
    return { type: 'challenge', kind: 'one_time_code', ...stop };
  };

export const ONE_TIME_CODE: FlowChallenge = {
  ...{ kind: 'one_time_code', section: 'signIn', step: 'x', round: 1 },
  prompt: 'Enter the code that we sent you.',
  fields: [{ name: 'code', label: 'The code', type: 'code' }],
  picture: Buffer.from('iVBORw0KGgo=', 'base64'),
};

/**
 * Runs at stores whose other side does what a test says; unless told otherwise they sell everything at 10.00, deliver for 5.00
 * or 15.00, ask 0.80 of tax, and take orders. Keeps a ledger of its own.
 */
export class ScriptedAutomation implements Pick<Automation, 'run' | 'accessOf'> {
  readonly runs: Run[] = [];
  readonly priceCents = new Map<string, number>();
  /** Unless said otherwise users are let in everywhere, guests nowhere. */
  readonly access = new Map<string, AutomationAccess>();
  private readonly orders = new Map<string, { number: string; total: number; placedAt: string }[]>();
  private readonly scripts = new Map<string, Act[]>();

  /** What the next runs of this flow do, one after the other; after them it is as usual again. */
  will(storeId: string, flow: FlowName, ...acts: Act[]): void {
    this.scripts.set(`${storeId} ${flow}`, acts);
  }

  ordersOf(storeId: string) {
    return this.orders.get(storeId) ?? [];
  }

  /** As if it had been bought by hand, or long ago. */
  addOrder(storeId: string, order: { number: string; total: number; placedAt: string }): void {
    this.orders.set(storeId, [order, ...this.ordersOf(storeId)]);
  }

  flowsOf(storeId: string): FlowName[] {
    return this.runs.flatMap((run) => (run.storeId === storeId ? [run.flow] : []));
  }

  accessOf(_reader: unknown, userId: string | null, storeIds: string[]): Promise<Map<string, AutomationAccess>> {
    const usual = userId
      ? ({ serves: true, status: 'linked' } as const)
      : ({ serves: false, status: 'not_linked' } as const);
    return Promise.resolve(new Map(storeIds.map((id) => [id, this.access.get(`${userId} ${id}`) ?? usual])));
  }

  async run(
    storeId: string,
    userId: string,
    flow: FlowName,
    inputs: AutomationInputs,
    hooks: AutomationHooks = {},
    options: AutomationOptions = {},
  ): Promise<AutomationOutcome> {
    const run = { storeId, userId, flow, inputs, hooks, options };
    this.runs.push(run);
    const act = this.scripts.get(`${storeId} ${flow}`)?.shift();
    const usual = () => this.usual(run);
    const outcome = act ? await act(run, usual) : await usual();
    return outcome.type === 'not_run' ? outcome : { ...outcome, runId: randomUUID(), recipeVersion: 1, ms: 1 };
  }

  private async usual({ storeId, flow, inputs, hooks }: Run): Promise<FlowOutcome> {
    const lines = inputs.lines ?? [];
    const unitPrice = this.priceCents.get(storeId) ?? 1000;
    const subtotal = lines.reduce((sum, { quantity }) => sum + quantity * unitPrice, 0);
    const shipping = inputs.delivery?.name === 'Express' ? 1500 : 500;
    const read: Reads = {
      ...{ subtotal, shipping, tax: 80, total: subtotal + shipping + 80, instrument: 'Visa ending in 4242' },
      lines: lines.map(({ name, sku, quantity }) => ({ name, sku: sku ?? null, quantity, unitPrice })),
      deliveryOptions: [
        { name: 'Standard', price: 500, minDays: 3, maxDays: 5 },
        { name: 'Express', price: 1500, minDays: 1, maxDays: 1 },
      ],
    };
    if (flow === 'orderList') return { type: 'done', clicked: false, read: { orders: [...this.ordersOf(storeId)] } };
    if (flow === 'track') return { type: 'done', clicked: false, read: { status: 'processing' } };
    if (flow !== 'place') return { type: 'done', clicked: false, read };
    const at = { section: 'place', step: 'x', detail: 'x', clicked: false, read } as const;
    if (read.total! > inputs.agreedTotalCents!) return { type: 'price_moved', ...at };
    if (!(await hooks.beforeLastClick?.(read))) return { type: 'held_back', ...at };
    const order = { number: `W-${randomUUID().slice(0, 8)}`, total: read.total!, placedAt: new Date().toISOString() };
    this.addOrder(storeId, order);
    return { type: 'done', clicked: true, read: { ...read, orderNumber: order.number } };
  }
}

/** For startApp: these on the other side. */
export function withAutomation(automation: ScriptedAutomation) {
  return (builder: TestingModuleBuilder): TestingModuleBuilder =>
    builder.overrideProvider(Automation).useValue(automation);
}

/** A partner store that a recipe says how to check out at. */
export async function openBrowserStore(muse: RunningApp, overrides: Parameters<typeof openPartner>[1] = {}) {
  const store = await openPartner(muse, { tier: 'headless', ...overrides });
  await sql(
    muse,
    `INSERT INTO store_recipes (store_id, version, recipe, status, activated_at) VALUES ($1, 1, $2, 'active', now())`,
    [store.id, JSON.stringify(littleRecipe(`https://${store.hosts[0]}`))],
  );
  return store;
}
