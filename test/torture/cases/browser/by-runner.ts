// The 300 checkouts by the runner alone, without Muse around it: node -r ./scripts/ts.cjs test/torture/cases/browser/by-runner.ts [count] [no,no]
import type { Browser } from 'puppeteer-core';
import {
  RecipeRunner,
  type FlowChallenge,
  type FlowInputs,
  type FlowOutcome,
} from '../../../../src/store-integrations/recipes';
import type { FlowName } from '../../../../src/store-integrations/recipes/recipe';
import { openChromium } from '../../../support/chromium';
import { cleanUp } from '../../../support/cleanup';
import { ANSWERS, startShop, type ShopSandbox } from '../../../support/shop-sandbox';
import { Random } from '../../harness/random';
import { GOODS } from './goods';
import { plansOf, SHOPS, type Plan } from './plans';

const ADDRESS = {
  ...{ name: 'Ana Maria Reyes', line1: '2100 Guadalupe St', line2: null, city: 'Austin', region: 'TX' },
  ...{ postalCode: '78705', country: 'US', phone: '5125550199' },
};

interface Result {
  plan: Plan;
  outcome: FlowOutcome;
  placed: boolean;
  orders: number;
  ms: number;
  shopMs: number;
  steps: string[];
}

const answerOf = ({ kind, fields }: FlowChallenge): Record<string, string> => {
  const answer = {
    captcha: ANSWERS.captcha,
    one_time_code: ANSWERS.oneTimeCode,
    security_question: ANSWERS.securityQuestion,
    terms_changed: 'true',
    approval: '',
  }[kind];
  return Object.fromEntries(fields.map(({ name }) => [name, answer]));
};

class Walker {
  constructor(
    private readonly browser: Browser,
    private readonly shop: ShopSandbox,
  ) {}
  agreed = new Map<number, number>();

  async run(flow: FlowName, inputs: FlowInputs, steps: string[] = []): Promise<FlowOutcome> {
    const context = await this.browser.createBrowserContext();
    try {
      const page = await context.newPage();
      return await new RecipeRunner().run(page, this.shop.recipe(), flow, inputs, {
        beforeLastClick: async () => true,
        onChallenge: async (challenge) => answerOf(challenge),
        onStep: ({ section, step, candidate, ms }) => void steps.push(`${section}/${step}:${candidate}:${ms}`),
      });
    } finally {
      await context.close().catch(() => undefined);
    }
  }

  async checkout(plan: Plan): Promise<Result> {
    const { shop } = this;
    const credentials = await shop.account(`s${plan.no}`);
    const lines = GOODS[plan.shop][plan.basket]!.map((line) => ({ ...line, url: shop.productUrl(line.id) }));
    const inputs: FlowInputs = { credentials, address: ADDRESS, lines, contact: { email: credentials.username } };
    if (!this.agreed.has(plan.basket)) {
      await shop.control('quiet', {});
      const quoted = await this.run('quote', inputs);
      if (quoted.type !== 'done') throw new Error(JSON.stringify(quoted));
      this.agreed.set(plan.basket, quoted.read.total!);
    }
    await shop.control('quiet', {});
    await shop.clearFaults();
    await shop.clearCalls();
    await shop.switch({ ...plan.switches, ...plan.later });
    if (plan.fault) await shop.fault(plan.fault);
    const before = (await shop.ledger()).length;
    const steps: string[] = [];
    const began = performance.now();
    const outcome = await this.run('place', { ...inputs, agreedTotalCents: this.agreed.get(plan.basket)! }, steps);
    const ms = performance.now() - began;
    const shopMs = (await shop.calls()).reduce((sum, call) => sum + call.ms, 0);
    const ledger = (await shop.ledger()).slice(before);
    let placed = outcome.type === 'done' && ledger.some((order) => order.number === outcome.read.orderNumber);
    if (outcome.type !== 'done' && outcome.clicked) {
      const list = await this.run('orderList', { credentials });
      if (list.type !== 'done') steps.push(`LIST: ${JSON.stringify(list)}`);
      const total = this.agreed.get(plan.basket);
      placed = list.type === 'done' && (list.read.orders ?? []).some((order) => order.total === total);
    }
    return { plan, outcome, placed, orders: ledger.length, ms, shopMs, steps };
  }
}

async function main() {
  const [count = '300', only] = process.argv.slice(2);
  const plans = plansOf(new Random(7), Number(count)).filter(
    (plan) => !only || only.split(',').includes(String(plan.no)),
  );
  const browser = await openChromium();
  const results: Result[] = [];
  const began = performance.now();
  await Promise.all(
    SHOPS.map(async (kind) => {
      const walker = new Walker(browser, await startShop(kind));
      for (const plan of plans.filter(({ shop }) => shop === kind)) {
        const result = await walker.checkout(plan);
        results.push(result);
        const right =
          result.orders <= 1 && result.placed === (plan.due === 'placed') && result.placed === (result.orders === 1);
        const { outcome } = result;
        const said =
          outcome.type === 'done'
            ? 'done'
            : `${outcome.type} ${outcome.section}/${outcome.step} clicked=${outcome.clicked}: ${outcome.detail}`;
        console.log(
          `${right ? 'ok ' : 'BAD'} ${plan.no} ${kind} b${plan.basket} [${plan.names.join(' + ')}] due ${plan.due}: ${said} placed=${result.placed} orders=${result.orders} ${Math.round(result.ms)} ms (shop ${Math.round(result.shopMs)})`,
        );
        if (!right || only) console.log(`      ${result.steps.join(' | ')}`);
      }
    }),
  );
  const due = results.filter(({ plan }) => plan.due === 'placed');
  const quiet = results.filter(({ plan }) => plan.names.length === 0);
  const share = (of: Result[]) => `${of.filter(({ placed }) => placed).length}/${of.length}`;
  console.log(
    `placed ${share(due)}, without a switch ${share(quiet)}, doubles ${results.filter(({ orders }) => orders > 1).length}, ${Math.round((performance.now() - began) / 1000)} s`,
  );
  for (const kind of SHOPS) {
    const times = results
      .filter(({ plan, placed }) => plan.shop === kind && placed)
      .map(({ ms, shopMs }) => ms - shopMs)
      .sort((a, b) => a - b);
    console.log(
      `${kind}: p50 ${Math.round(times[Math.floor(times.length / 2)]!)} p95 ${Math.round(times[Math.floor(times.length * 0.95)]!)} max ${Math.round(times.at(-1)!)}`,
    );
  }
  await cleanUp();
}

void main();
