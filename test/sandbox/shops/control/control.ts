import { json, type Reply } from '../http/ask';
import type { NewFault } from '../faults/faults';
import type { Shop } from '../shop';
import type { OrderStatus } from '../world/orders';
import { ANSWERS, QUIET, type Switches } from '../world/switches';

/** What no visitor can do: the shop's people, the carrier, and whoever wants to see the shop at its worst. */
export interface Controls {
  reset: object;
  /** Those that are named; the others stay. */
  switches: Partial<Switches>;
  /** All as in the beginning. */
  quiet: object;
  fault: NewFault;
  faults: object;
  clearFaults: object;
  goods: object;
  change: { sku: string; cents?: number; stock?: number };
  /** One more account, `<id>@shop.example`; with a saved card unless it is to have none. */
  account: { id: string; password: string; hasCard?: boolean };
  /** Everybody has to sign in again. */
  signOutAll: object;
  /** No cookie is known any more: everybody signs in, and is asked everything again. */
  forgetVisits: object;
  ledger: object;
  /** Orders, one move on, or to there; all or one. */
  advance: { number?: string; to?: OrderStatus };
  calls: object;
  clearCalls: object;
  /** What the shopper would answer to each challenge. */
  answers: object;
}

type Handlers = { [What in keyof Controls]: (shop: Shop, parameters: Controls[What]) => unknown };

const HANDLERS: Handlers = {
  reset: (shop) => shop.reset(),
  switches: (shop, changed) => {
    for (const name of Object.keys(changed)) if (!(name in QUIET)) throw new Error(`No switch ${name}`);
    return (shop.switches = { ...shop.switches, ...changed });
  },
  quiet: (shop) => (shop.switches = { ...QUIET }),
  fault: ({ faults }, fault) => faults.add(fault),
  faults: ({ faults }) => faults.list(),
  clearFaults: ({ faults }) => faults.clear(),
  goods: ({ goods }) =>
    goods.all().map(({ sku, good, size, color, stock }) => ({
      ...{ sku, id: good.id, title: good.title, size, color, cents: good.cents, stock },
    })),
  change: ({ goods }, { sku, ...change }) => goods.change(sku, change),
  account: ({ people }, { id, password, hasCard }) => {
    const { email } = people.add(id, password, hasCard ?? true);
    return { email };
  },
  signOutAll: ({ visits }) => visits.end(),
  forgetVisits: ({ visits }) => visits.reset(),
  ledger: ({ orders }) => orders.all(),
  advance: ({ orders }, { number, to }) => {
    for (const order of orders.all()) if (number === undefined || order.number === number) orders.advance(order, to);
  },
  calls: ({ calls }) => calls,
  clearCalls: ({ calls }) => void (calls.length = 0),
  answers: () => ANSWERS,
};

/** `POST /__control` with `{ "do": what, … }`. */
export async function control(shop: Shop, method: string, raw: string): Promise<Reply> {
  if (method !== 'POST') return json({ error: 'POST' }, 405);
  const { do: what, ...parameters } = JSON.parse(raw || '{}') as Record<string, unknown>;
  try {
    const handler = Object.hasOwn(HANDLERS, String(what)) ? HANDLERS[what as keyof Controls] : undefined;
    if (!handler) throw new Error(`No control ${String(what)}`);
    const done = (await handler(shop, parameters as never)) as object | undefined;
    return json(done ?? {});
  } catch (error) {
    return json({ error: error instanceof Error ? error.message : String(error) }, 400);
  }
}
