import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import { PlacementRunner } from '../../src/checkout-session/placement-runner';
import { Database } from '../../src/platform/database';
import { lookAtMarket, type CheckoutStrategy } from '../../src/store-integrations';
import type {
  CheckoutStrategyHarness,
  PlacementNow,
  PlacementUnderTest,
} from '../../src/store-integrations/checkout-strategy.contract';
import type { RunningApp } from './app';
import { ADDRESS, CONTACT, cartOf, guest, linesOf, place, readySession, sql, type Shopper } from './shopper';

/** A store of the tier under test, and how two units of its goods get into a cart. */
export interface Side {
  storeId: string;
  fill(shopper: Shopper): Promise<unknown>;
}

export interface Begun extends PlacementUnderTest {
  side: Side;
}

/** The harness of a strategy that runs in the application itself, which has no worker: the contract says when to try. */
export function harnessFor(
  muse: RunningApp,
  strategy: CheckoutStrategy,
  success: CheckoutStrategyHarness['success'],
  openStore: () => Promise<Side>,
  ordersAtStore?: (storeId: string) => number,
  /** Has the stores of a session quoted that a job asks. */
  quote?: (sessionId: string) => Promise<void>,
  /** Who buys there. */
  buyer: (storeId: string) => Promise<Shopper> = () => guest(muse),
): CheckoutStrategyHarness {
  const log = captureLog(muse);
  const real = strategy.place.bind(strategy);
  const once = (then: (answer: ReturnType<CheckoutStrategy['place']>) => ReturnType<CheckoutStrategy['place']>) => {
    strategy.place = (placement) => {
      strategy.place = real;
      return then(real(placement));
    };
  };
  return {
    strategy,
    success,
    secrets: [...Object.values(CONTACT), ADDRESS.name, ADDRESS.line1, ADDRESS.postalCode, 'SECRET-ANSWER'],
    logged: () => log.join('\n'),
    group: async () => {
      const { storeId, fill } = await openStore();
      const shopper = await buyer(storeId);
      await fill(shopper);
      const rows = await sql(muse, 'SELECT id, variant_id, price_cents FROM cart_items WHERE store_id = $1', [storeId]);
      const variantIds = rows.flatMap((row) => row.variant_id ?? []);
      const market = await lookAtMarket(muse.app.get(Database, { strict: false }), [storeId], variantIds);
      const lines = linesOf(await cartOf(shopper)).map(({ id, variantId, quantity, ...line }) => ({
        ...{ itemId: id, variantId, quantity, productName: line.productName, productSku: line.productSku },
        ...{
          productUrl: line.productUrl,
          size: line.size,
          color: line.color,
          unitPriceCents: line.unitPrice.amount,
          held: 0,
        },
        now: market.variants.get(variantId) ?? null,
      }));
      return { store: market.stores.get(storeId)!, lines, shipsTo: 'US', deliveryOptionId: null };
    },
    begin: async () => {
      const side = await openStore();
      const shopper = await buyer(side.storeId);
      await side.fill(shopper);
      let session = await readySession(shopper);
      if (quote) {
        await quote(session.id);
        session = (await shopper.get(`/checkout/sessions/${session.id}`).expect(200)).body;
      }
      await place(shopper, session).expect(202);
      return underTest(muse, side, shopper, session);
    },
    ordersAtStore: async (placement) => {
      if (ordersAtStore) return ordersAtStore((placement as Begun).side.storeId);
      const { orderTotalsCents, handoffs } = await placement.now();
      return orderTotalsCents.length + handoffs;
    },
    closeStore: async (placement) => {
      await sql(muse, `UPDATE stores SET status = 'closed' WHERE id = $1`, [(placement as Begun).side.storeId]);
    },
    raisePrice: async (placement) => {
      await sql(muse, `UPDATE variants SET price_cents = price_cents * 2 WHERE store_id = $1`, [
        (placement as Begun).side.storeId,
      ]);
    },
    loseNextAnswer: () =>
      once(async (answer) => {
        await answer;
        throw new Error('SECRET-ANSWER lost');
      }),
    pauseNextAnswer: () => {
      let goOn!: () => void;
      const may = new Promise<void>((resolve) => (goOn = resolve));
      const arrived = new Promise<void>((resolve) => {
        once(async (answer) => {
          const outcome = await answer;
          resolve();
          await may;
          return outcome;
        });
      });
      return { arrived, goOn };
    },
  };
}

function underTest(
  muse: RunningApp,
  side: Side,
  shopper: Shopper,
  session: { id: string; total: { amount: number } },
): Begun {
  const { id: sessionId } = session;
  const placement = async (): Promise<string> =>
    (await sql(muse, 'SELECT id FROM placements WHERE session_id = $1', [sessionId]))[0].id;
  const now = async (): Promise<PlacementNow> => {
    const [store] = await sql(muse, 'SELECT status, failure FROM store_checkouts WHERE session_id = $1', [sessionId]);
    const orders = await sql(muse, 'SELECT total_cents FROM orders WHERE store_id = $1', [side.storeId]);
    const handoffs = await sql(muse, 'SELECT id FROM handoffs WHERE store_id = $1', [side.storeId]);
    const [held] = await sql(
      muse,
      `SELECT coalesce(sum(quantity), 0)::int AS units FROM holds WHERE session_id = $1 AND status IN ('held', 'committed')`,
      [sessionId],
    );
    const lines = linesOf(await cartOf(shopper));
    const free = await sql(
      muse,
      `SELECT coalesce(sum(quantity), 0)::int AS units FROM cart_items WHERE id = ANY ($1) AND checkout_session_id IS NULL`,
      [lines.map((line) => line.id)],
    );
    return {
      store: store.status,
      failure: store.failure?.code ?? null,
      orderTotalsCents: orders.map((order) => order.total_cents),
      handoffs: handoffs.length,
      unitsHeld: held.units,
      unitsInCart: lines.reduce((sum, line) => sum + line.quantity, 0),
      unitsOffered: free[0].units,
    };
  };
  return {
    side,
    now,
    agreedTotalCents: session.total.amount,
    tryOnce: async () => muse.app.get(PlacementRunner, { strict: false }).runOnce(await placement()),
    loseLease: async () => {
      await sql(muse, `UPDATE placements SET lease_until = now() - interval '1 second' WHERE session_id = $1`, [
        sessionId,
      ]);
    },
  };
}

/** What the application says from now on, in full. */
function captureLog(muse: RunningApp): string[] {
  const lines: string[] = [];
  const write = (...said: unknown[]) => void lines.push(said.map((one) => inspect(one, { depth: 20 })).join(' '));
  const logger: LoggerService = { log: write, warn: write, error: write, debug: write, verbose: write, fatal: write };
  muse.app.useLogger(logger);
  return lines;
}
