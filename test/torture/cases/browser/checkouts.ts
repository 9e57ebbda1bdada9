import type { Body } from '../../harness/client';
import type { Random } from '../../harness/random';
import type { Findings } from '../../harness/report';
import type { World } from '../../harness/world';
import { Buyer } from './buyer';
import { GOODS } from './goods';
import { plansOf, SHOPS, type Plan, type TorturedShop } from './plans';
import type { BrowserShops, BrowserStore } from './shops';

const CHECKOUTS = Number(process.env['TORTURE_CHECKOUTS'] ?? 300);
const BUYERS_PER_SHOP = 6;
const P95_MS = 10_000;
const FINISHED_SHARE = 0.99;

interface Result {
  plan: Plan;
  /** As Muse says; `continue_at_store` is a redirect. */
  status: string;
  why: string;
  /** By the shop's own ledger. */
  orders: number;
  /** The number that Muse has is the one in the ledger. */
  agrees: boolean;
  /** Of a redirect: the link leads to a filled cart. */
  linkWorks: boolean | null;
  /** From `place` to the end, without what the shop itself took. */
  placeMs: number;
  quoteMs: number;
  asked: number;
}

/** 300 checkouts through the API, over three shops, with switches of chance. */
export function checkoutsByBrowser(shops: BrowserShops, random: Random) {
  return async (world: World, findings: Findings): Promise<void> => {
    const stores = await shops.stores(world);
    const plans = plansOf(random, CHECKOUTS);
    const only = process.env['TORTURE_ONLY']?.split(',').map(Number);
    const results: Result[] = [];
    await Promise.all(
      stores.map(async (store) => {
        const lane = new Lane(world, store);
        for (const plan of plans.filter(({ shop, no }) => shop === store.kind && (!only || only.includes(no)))) {
          const result = await lane.checkout(plan).catch((error: Error) => failed(plan, error));
          results.push(result);
          if (process.env['TORTURE_VERBOSE']) console.log(`    ${told(result)}`);
        }
      }),
    );
    judge(results, findings);
  };
}

/** The checkouts at one shop, one after the other: its switches are for all who are there. */
class Lane {
  private readonly buyers: Buyer[] = [];
  private turn = 0;

  constructor(
    private readonly world: World,
    private readonly store: BrowserStore,
  ) {}

  async checkout(plan: Plan): Promise<Result> {
    const { shop } = this.store;
    await shop.control('quiet', {});
    await shop.clearFaults();
    const buyer = await this.buyer();
    const askedBefore = buyer.asked;
    const lines = GOODS[plan.shop][plan.basket]!;
    const before = await this.ordersOf(buyer);
    // Whoever is to be asked must not have answered before; whoever is to sign in must not be signed in.
    await shop.control('forgetVisits', {});
    await shop.switch(plan.switches);
    if (plan.fault && plan.phase === 'quote') await shop.fault(plan.fault);
    const quoted = await this.timed(() => buyer.quote(lines));
    await shop.switch(plan.later);
    if (plan.fault && plan.phase === 'place') await shop.fault(plan.fault);
    let session: Body = quoted.value;
    let placed = await this.timed(() => this.place(buyer, session));
    if (placed.value.failure?.code === 'price_changed') {
      // The shopper sees the new price, and agrees to it.
      session = await buyer.quote(lines);
      placed = await this.timed(() => this.place(buyer, session));
    }
    const store = placed.value;
    const ordered = (await this.ordersOf(buyer)).slice(before.length);
    const number = store.order?.storeOrderNumber ?? null;
    return {
      ...{ plan, status: store.status, orders: ordered.length, asked: buyer.asked - askedBefore },
      why: store.failure?.code ?? problemsOf(session),
      agrees: store.status === 'placed' ? ordered.some((order) => order.number === number) : ordered.length === 0,
      linkWorks: store.status === 'continue_at_store' ? await this.leadsToCart(store.continueUrl, lines.length) : null,
      ...{ placeMs: placed.ms, quoteMs: quoted.ms },
    };
  }

  private async place(buyer: Buyer, session: Body): Promise<Body> {
    const { status, body } = await buyer.place(session);
    if (status !== 202) return { status: 'not placed', failure: { code: body.code } };
    return buyer.decided(session.id);
  }

  /** Several, in turn: what one has left in their cart is not in the next one's way, but in their own. */
  private async buyer(): Promise<Buyer> {
    const place = this.turn++ % BUYERS_PER_SHOP;
    return (this.buyers[place] ??= await Buyer.link(this.world, this.store));
  }

  private async ordersOf({ accountId }: Buyer) {
    return (await this.store.shop.ledger()).filter((order) => order.accountId === accountId);
  }

  private async timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
    await this.store.shop.clearCalls();
    const began = performance.now();
    const value = await work();
    const ms = performance.now() - began;
    const ofShop = (await this.store.shop.calls()).reduce((sum, call) => sum + call.ms, 0);
    return { value, ms: Math.max(0, ms - ofShop) };
  }

  private async leadsToCart(url: string | null, lines: number): Promise<boolean> {
    const to = url && (await this.world.client.follow(url));
    if (!to) return false;
    const filled = await fetch(to, { redirect: 'manual' });
    const cookie = filled.headers.get('set-cookie')?.split(';')[0] ?? '';
    if (filled.status !== 303) return false;
    const [path, count] = CART[this.store.kind];
    const cart = await (await fetch(`${this.store.shop.url}${path}`, { headers: { cookie } })).text();
    return cart.split(count).length - 1 >= lines;
  }
}

/** What of a shop shows its cart, and what stands there once a line. */
const CART: Record<TorturedShop, [path: string, perLine: string]> = {
  nordstrom: ['/bag', '/bag/remove"'],
  macys: ['/api/bag', '"sku"'],
  oldnavy: ['/shopping-bag', '/shopping-bag/remove"'],
};

function problemsOf({ problems = [] }: Body): string {
  return problems.map(({ code }: Body) => code).join(', ');
}

function failed(plan: Plan, error: Error): Result {
  const none = { orders: 0, agrees: false, linkWorks: null, placeMs: 0, quoteMs: 0, asked: 0 };
  return { plan, status: 'broken off', why: error.message, ...none };
}

function told({ plan, status, why, orders, agrees, linkWorks, placeMs, quoteMs, asked }: Result): string {
  const link = linkWorks === null ? '' : linkWorks ? ', link works' : ', LINK DOES NOT WORK';
  return `${plan.no} ${plan.shop} [${plan.names.join(' + ')}${plan.fault ? ` in ${plan.phase}` : ''}]: ${status} (${why})${link}, ${orders} orders${agrees ? '' : ', NOT AS MUSE SAYS'}, asked ${asked}, quote ${Math.round(quoteMs)} ms, place ${Math.round(placeMs)} ms`;
}

function judge(results: Result[], findings: Findings): void {
  const of = (due: Plan['due']) => results.filter(({ plan }) => plan.due === due);
  const isPlaced = ({ status, orders }: Result) => status === 'placed' && orders === 1;
  const [due, quiet] = [of('placed'), results.filter(({ plan }) => plan.names.length === 0)];
  const share = (some: Result[]) => `${some.filter(isPlaced).length} of ${some.length}`;
  const many = (status: string) => results.filter((result) => result.status === status).length;
  const doubles = results.filter(({ orders }) => orders > 1);
  const links = results.filter(({ linkWorks }) => linkWorks !== null);

  findings.holds(
    due.filter(isPlaced).length >= due.length * FINISHED_SHARE,
    `of those that a person could finish ${share(due)} were placed`,
  );
  findings.holds(quiet.every(isPlaced), `without a switch ${share(quiet)} were placed`);
  findings.holds(doubles.length === 0, `${doubles.length} double orders`);
  findings.holds(
    links.every(({ linkWorks }) => linkWorks),
    'a redirect leads to no filled cart',
  );
  for (const result of results) {
    const isEnd = ['placed', 'continue_at_store', 'needs_attention', 'failed'].includes(result.status);
    findings.holds(isEnd && result.agrees, told(result));
  }
  findings.facts = `placed ${share(due)} that a person could finish, ${share(quiet)} without a switch; doubles ${doubles.length}`;
  findings.notes.push(
    `placed ${many('placed')}, redirect ${many('continue_at_store')} (links that work: ${links.filter(({ linkWorks }) => linkWorks).length}), needs_attention ${many('needs_attention')}, refused by the shop ${many('failed')}, challenges answered ${results.reduce((sum, { asked }) => sum + asked, 0)}`,
  );
  for (const shop of SHOPS) {
    const here = results.filter((result) => result.plan.shop === shop && isPlaced(result));
    const [place, quote] = [p95(here.map(({ placeMs }) => placeMs)), p95(here.map(({ quoteMs }) => quoteMs))];
    findings.holds(place < P95_MS, `p95 at ${shop} ${Math.round(place)} ms`);
    findings.notes.push(
      `${shop}: placed in p95 ${(place / 1000).toFixed(1)} s, quoted in p95 ${(quote / 1000).toFixed(1)} s`,
    );
  }
  for (const result of due.filter((one) => !isPlaced(one))) findings.notes.push(`not placed: ${told(result)}`);
}

function p95(times: number[]): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? 0;
}
