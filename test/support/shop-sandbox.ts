import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Recipe } from '../../src/store-integrations/recipes/recipe';
import type { Controls } from '../sandbox/shops/control/control';
import type { Fault, NewFault, ShopStep } from '../sandbox/shops/faults/faults';
import type { CallRecord } from '../sandbox/shops/shop';
import type { Order, OrderStatus } from '../sandbox/shops/world/orders';
import type { Switches } from '../sandbox/shops/world/switches';
import { afterFile } from './cleanup';

export { ANSWERS } from '../sandbox/shops/world/switches';

const ROOT = join(__dirname, '..', '..');
const READY_WITHIN_MS = 60_000;

/** Nordstrom: a page after the other. Macy's: one page, shadow roots. Old Navy: payment in a frame. Fern: one form. */
export type ShopKind = 'nordstrom' | 'macys' | 'oldnavy' | 'fern';

export interface ShopGood {
  sku: string;
  id: string;
  title: string;
  size: string | null;
  color: string | null;
  cents: number;
  stock: number;
}

export interface ShopSandboxOptions {
  stateFile?: string;
  /** How it is from the start. */
  switches?: Partial<Switches>;
}

/** A sandbox shop, with its controls. */
export interface ShopSandbox {
  kind: ShopKind;
  name: string;
  url: string;
  /** Where its frames come from. */
  frameUrl: string;
  /** Both, as SANDBOX_ORIGINS wants them. */
  origins: string;
  /** Any control, see test/sandbox/shops/control/control.ts. */
  control<What extends keyof Controls>(what: What, parameters: Controls[What]): Promise<unknown>;
  /** Those that are named; the others stay. */
  switch(changed: Partial<Switches>): Promise<void>;
  /** For the next call of a step. */
  fault(fault: NewFault): Promise<Fault>;
  clearFaults(): Promise<void>;
  goods(): Promise<ShopGood[]>;
  change(sku: string, change: { cents?: number; stock?: number }): Promise<void>;
  /** One more who shops there. */
  account(
    id: string,
    options?: { password?: string; hasCard?: boolean },
  ): Promise<{ username: string; password: string }>;
  /** The shop's own book of orders, the oldest first. */
  ledger(): Promise<Order[]>;
  calls(step?: ShopStep): Promise<CallRecord[]>;
  clearCalls(): Promise<void>;
  advance(parameters?: { number?: string; to?: OrderStatus }): Promise<void>;
  signOutAll(): Promise<void>;
  reset(): Promise<void>;
  /** Where a good is bought. */
  productUrl(id: string): string;
  /** Of a store that is this shop: what `cartLink` has to be for goods whose externalId is the SKU. */
  cartLink: { template: string; item: string; separator: string };
  /** The shipped recipe of it, for where it is now. */
  recipe(): Recipe;
  kill(): Promise<void>;
}

export type ShopAccountId = 'ana' | 'bo' | 'cy';

/** Whose password is in the open: `ana` has three cards, `bo` one, `cy` none. */
export function shopAccount(id: ShopAccountId = 'ana'): { username: string; password: string } {
  return { username: `${id}@shop.example`, password: `${id}-shop-passphrase` };
}

/** A sandbox shop as a process of its own, ended after the test file at the latest. */
export async function startShop(kind: ShopKind, options: ShopSandboxOptions = {}): Promise<ShopSandbox> {
  const child = spawn(
    process.execPath,
    ['-r', join(ROOT, 'scripts', 'ts.cjs'), join(ROOT, 'test', 'sandbox', 'shops', 'main.ts')],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], KIND: kind, ...(options.stateFile && { STATE_FILE: options.stateFile }) },
    },
  );
  const ended = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  afterFile(kill);
  const late = sleep(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
    throw new Error('The sandbox shop was not ready in time.');
  });
  const early = ended.then(() => {
    throw new Error('The sandbox shop ended before it was ready.');
  });
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const [first] = await Promise.race([line, late, early]);
  early.catch(() => undefined);
  const { url, frameUrl, what: name } = JSON.parse(first) as { url: string; frameUrl: string; what: string };
  const shop = { ...controlsOf(url), kind, name, url, frameUrl, origins: `${url},${frameUrl}`, kill };
  if (options.switches) await shop.switch(options.switches);
  return {
    ...shop,
    cartLink: { template: `${url}/cart-link?items={items}`, item: '{externalId}:{quantity}', separator: ',' },
    productUrl: (id) => `${url}${PRODUCT_PATHS[kind](id)}`,
    recipe: () => recipeOf(kind, { url, frameUrl }),
  };
}

const PRODUCT_PATHS: Record<ShopKind, (id: string) => string> = {
  nordstrom: (id) => `/s/item/${id}`,
  macys: (id) => `/shop/product/item?ID=${id}`,
  oldnavy: (id) => `/browse/product.do?pid=${id}`,
  fern: (id) => `/products/${id}`,
};

const RECIPES = join(ROOT, 'src', 'store-integrations', 'recipes', 'shipped');
/** Where the shipped recipes have their shops: where `npm start` puts them. */
const SHIPPED_AT = /^http:\/\/127\.0\.0\.1:48\d\d$/;

/** The recipe of a shop at the address where it is now. Fern's stands in docs/adding-a-store.md. */
export function recipeOf(kind: ShopKind, { url, frameUrl }: { url: string; frameUrl: string }): Recipe {
  const text = kind === 'fern' ? documented('fern-recipe') : readFileSync(join(RECIPES, `${kind}.json`), 'utf8');
  const recipe = JSON.parse(text) as Recipe;
  if (!SHIPPED_AT.test(recipe.origin)) throw new Error(`The recipe of ${kind} is at ${recipe.origin}`);
  return { ...recipe, origin: url, ...(recipe.hosts && { hosts: [new URL(frameUrl).host] }) };
}

function documented(name: string): string {
  const page = readFileSync(join(ROOT, 'docs', 'adding-a-store.md'), 'utf8');
  const [, json] = new RegExp(`<!-- ${name} -->\\s+\`\`\`json\\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  if (json === undefined) throw new Error(`The page has no ${name}`);
  return json;
}

function controlsOf(url: string) {
  const control = async <What extends keyof Controls>(what: What, parameters: Controls[What]): Promise<unknown> => {
    const answer = await fetch(`${url}/__control`, {
      method: 'POST',
      body: JSON.stringify({ do: what, ...parameters }),
    });
    const body: unknown = await answer.json();
    if (!answer.ok) throw new Error(`The control ${what} failed: ${JSON.stringify(body)}`);
    return body;
  };
  const done = async (work: Promise<unknown>): Promise<void> => void (await work);
  return {
    control,
    switch: (changed: Partial<Switches>) => done(control('switches', changed)),
    fault: (fault: NewFault) => control('fault', fault) as Promise<Fault>,
    clearFaults: () => done(control('clearFaults', {})),
    goods: () => control('goods', {}) as Promise<ShopGood[]>,
    change: (sku: string, change: { cents?: number; stock?: number }) => done(control('change', { sku, ...change })),
    account: async (id: string, { password = `${id}-shop-passphrase`, hasCard = true } = {}) => {
      const { email } = (await control('account', { id, password, hasCard })) as { email: string };
      return { username: email, password };
    },
    ledger: () => control('ledger', {}) as Promise<Order[]>,
    calls: async (step?: ShopStep) =>
      ((await control('calls', {})) as CallRecord[]).filter((call) => step === undefined || call.step === step),
    clearCalls: () => done(control('clearCalls', {})),
    advance: (parameters: { number?: string; to?: OrderStatus } = {}) => done(control('advance', parameters)),
    signOutAll: () => done(control('signOutAll', {})),
    reset: () => done(control('reset', {})),
  };
}
