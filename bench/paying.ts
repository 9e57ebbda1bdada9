import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { LISTENED_TO } from '../src/payments/provider/stripe/stripe-events';
import { controlsOf } from '../test/support/stripe-double';
import type { Connection } from './client';
import type { Cost } from './meter';
import type { MuseSide, Shelves } from './muse-side';
import { inParallel } from './operations';
import { processorSeconds } from './processor-time';
import type { Server } from './server';

/** A checkout paid at once may cost so many times one that is paid later, and so much more for each call to the provider. */
export const PAYING_LIMITS = { ratio: 1.5, msPerCall: 3 };
export const PAY_NOW = 'pay_now checkout';

const MERCHANTS = 3;
const STORES_OF_EACH = 20;
const PAYABLE_STORES = MERCHANTS * STORES_OF_EACH;
const VARIANTS = 10;
const TIMES_PER_TURN = 240;
const WARM_UP = 600;
const SETTLED_WITHIN_MS = 120_000;
/** After the last answer, work that goes on behind it belongs to the turn. */
const SETTLE_MS = 500;

/** One checkout of three lines at one store, paid later and paid at once, beside each other. */
export interface PayingFigure {
  operation: typeof PAY_NOW;
  payLater: Cost;
  payNow: Cost;
  /** Calls to the provider that one checkout makes, webhooks and what they make included. */
  callsPerCheckout: number;
  ratio: number;
  /** Milliseconds of processor time that one may take: PAYING_LIMITS. */
  allowed: number;
  over: boolean;
}

interface Turn {
  cost: Cost;
  calls: number;
}

/** The double of Stripe, a process beside whose processor time is nobody's. */
export interface Double {
  url: string;
  key: string;
  secret: string;
}

/**
 * Measures what it costs to be paid: the same journey at stores that are paid later and at stores that are paid at once, in
 * turns, on one Muse. A turn ends when the money is with the stores and every webhook is worked off.
 */
export class PayingMeter {
  private readonly stripe: ReturnType<typeof controlsOf>;
  private payable: Shelves = [];

  constructor(
    private readonly server: Server,
    private readonly postmaster: number,
    private readonly database: Client,
    private readonly side: MuseSide,
    private readonly paidLater: Shelves,
    double: Double,
    private readonly say: (line: string) => void,
  ) {
    this.stripe = controlsOf(double.url);
  }

  async measure(connections: Connection[], turns: number): Promise<PayingFigure> {
    await this.stripe.configure({
      webhookUrl: `http://127.0.0.1:${this.server.port}${this.server.prefix}/webhooks/stripe`,
      enabledEvents: LISTENED_TO,
    });
    this.payable = await this.openPayableStores(connections[0]!);
    const kinds = [false, true];
    for (const isPaid of kinds) await this.checkOuts(connections, isPaid, WARM_UP);
    const taken = new Map<boolean, Turn[]>(kinds.map((isPaid) => [isPaid, []]));
    for (let turn = 1; turn <= turns; turn++) {
      this.say(`Paying, turn ${turn} of ${turns} …`);
      for (const isPaid of kinds) taken.get(isPaid)!.push(await this.turn(connections, isPaid));
    }
    return figureOf(median(taken.get(false)!), median(taken.get(true)!));
  }

  private async turn(connections: Connection[], isPaid: boolean): Promise<Turn> {
    await this.database.query('VACUUM ANALYZE');
    await this.checkOuts(connections, isPaid, Math.ceil(TIMES_PER_TURN / 3));
    await this.stripe.calls.clear();
    const read = () => ({ server: processorSeconds(this.server.pid), postgres: processorSeconds(this.postmaster) });
    const before = read();
    await this.checkOuts(connections, isPaid, TIMES_PER_TURN);
    const after = read();
    const per1000 = (seconds: number) => (seconds * 1_000) / TIMES_PER_TURN;
    const [server, postgres] = [per1000(after.server - before.server), per1000(after.postgres - before.postgres)];
    const calls = (await this.stripe.calls.list()).length / TIMES_PER_TURN;
    return { cost: { server, postgres, total: server + postgres }, calls };
  }

  private async checkOuts(connections: Connection[], isPaid: boolean, times: number): Promise<void> {
    const shelves = isPaid ? this.payable : this.paidLater;
    await inParallel(connections, times, (client) =>
      this.side.checkOutAt(client, shelves, isPaid ? 'pm_card_visa' : undefined),
    );
    await this.whenSettled();
    await sleep(SETTLE_MS);
  }

  /** Once all money is where it belongs and no webhook waits; asked so seldom that it costs nothing to speak of. */
  private async whenSettled(): Promise<void> {
    const deadline = Date.now() + SETTLED_WITHIN_MS;
    for (;;) {
      await sleep(SETTLE_MS);
      const { rows } = await this.database.query<{ open: string }>(
        `SELECT (SELECT count(*) FROM payment_steps WHERE finished_at IS NULL) + (SELECT count(*) FROM provider_events WHERE finished_at IS NULL) AS open`,
      );
      if (Number(rows[0]!.open) === 0) return;
      if (Date.now() > deadline) throw new Error('The payments of a turn were not settled in time');
    }
  }

  /** Stores of their own, so that no other operation meets them, and enough of them that shoppers seldom wait for each other. */
  private async openPayableStores(client: Connection): Promise<Shelves> {
    const shelves: Shelves = [];
    for (let n = 1; n <= MERCHANTS; n++) shelves.push(...(await this.openStoresOf(client, n)));
    const { accounts } = await this.stripe.objects();
    for (const { id } of accounts) await this.stripe.onboard(id);
    // Their webhooks say so.
    for (const deadline = Date.now() + SETTLED_WITHIN_MS; Date.now() < deadline; await sleep(SETTLE_MS)) {
      const { rowCount } = await this.database.query('SELECT FROM payment_accounts WHERE payable');
      if (rowCount === PAYABLE_STORES) return shelves;
    }
    throw new Error('The payable stores were not payable in time');
  }

  private async openStoresOf(client: Connection, merchant: number): Promise<Shelves> {
    const account = { email: `payable-${merchant}@example.com`, password: 'bench passphrase of a payable merchant' };
    const { accessToken } = await client.json<{ accessToken: string }>('POST', '/auth/register', account);
    const as = { authorization: `Bearer ${accessToken}` };
    const shelves: Shelves = [];
    const usd = (amount: number) => ({ amount, currency: 'USD' });
    for (let n = 1; n <= STORES_OF_EACH; n++) {
      const name = `Payable store ${merchant}.${n}`;
      const store = { name, currency: 'USD', country: 'US', support: { email: account.email } };
      const { id } = await client.json<{ id: string }>('POST', '/merchant/stores', store, as);
      const path = `/merchant/stores/${id}`;
      const delivery = { name: 'Standard', price: usd(595), minDays: 1, maxDays: 7 };
      await client.send('POST', `${path}/delivery-options`, delivery, as);
      const product = {
        title: `Cotton shirt of ${name}`,
        variants: Array.from({ length: VARIANTS }, (_, index) => ({
          ...{ sku: `PAY-${index}`, size: `S${index}`, color: 'Blue' },
          ...{ price: usd(1_000 + 100 * index), onHand: 1_000_000 },
        })),
      };
      const made = await client.json<{ variants: { id: string }[] }>('POST', `${path}/products`, product, as);
      shelves.push(made.variants.map((variant) => variant.id));
      await client.send('POST', `${path}/payment-account`, {}, as);
    }
    return shelves;
  }
}

function figureOf(later: Turn, now: Turn): PayingFigure {
  const allowed = PAYING_LIMITS.ratio * later.cost.total + PAYING_LIMITS.msPerCall * now.calls;
  return {
    operation: PAY_NOW,
    payLater: later.cost,
    payNow: now.cost,
    callsPerCheckout: now.calls,
    ratio: now.cost.total / later.cost.total,
    allowed,
    over: now.cost.total > allowed,
  };
}

/** The turn in the middle, whole. */
function median(turns: Turn[]): Turn {
  return [...turns].sort((a, b) => a.cost.total - b.cost.total)[Math.floor(turns.length / 2)]!;
}
