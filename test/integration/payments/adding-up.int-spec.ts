import { randomUUID } from 'node:crypto';
import { Refunds } from '../../../src/payments';
import { startPaying } from '../../support/paying';
import { PaymentsWorld, type PayableStore } from '../../support/payments-world';
import { sql } from '../../support/shopper';

describe('The database refuses', () => {
  let world: PaymentsWorld;
  let store: PayableStore;
  let other: PayableStore;

  beforeAll(async () => {
    const { muse, stripe } = await startPaying({ MUSE_ROLE: 'api' });
    world = new PaymentsWorld(muse, stripe);
    [store, other] = [await world.store(), await world.store()];
  });

  const both = () => ({ [store.storeId]: 2000, [other.storeId]: 1000 });
  const refuses = async (constraint: string, statement: string, values: unknown[]) => {
    const error = await sql(world.muse, statement, values).then(
      () => null,
      (reason: { constraint?: string; driverError?: { constraint?: string } }) =>
        reason.driverError?.constraint ?? reason.constraint,
    );
    expect([statement, error]).toEqual([statement, constraint]);
  };
  const refunded = async () => {
    const { paymentId, orders } = await world.captured(both());
    const refund = await world.database.transaction((tx) =>
      world.muse.app.get(Refunds, { strict: false }).ask(tx, {
        ...{ orderId: orders[store.storeId]!, amountCents: 500, reason: 'returned', byKind: 'system', byId: null },
      }),
    );
    return { paymentId, refund };
  };

  it('a payment that is not the sum of its shares', async () => {
    const paymentId = await world.begin(both());
    const rule = 'payment_is_its_shares';
    await refuses(rule, 'UPDATE payments SET amount_cents = amount_cents + 1 WHERE id = $1', [paymentId]);
    await refuses(rule, 'UPDATE payment_shares SET amount_cents = amount_cents + 1 WHERE payment_id = $1', [paymentId]);
    const third = await world.store();
    await refuses(
      rule,
      `INSERT INTO payment_shares (payment_id, store_id, amount_cents, fee_cents, fee_ppm) VALUES ($1, $2, 1, 0, 0)`,
      [paymentId, third.storeId],
    );
    await refuses(
      rule,
      `INSERT INTO payments (id, provider, purchase_id, shopper_id, method_kind, return_url, currency, amount_cents, undecided)
       VALUES ($1, 'stripe', $1, $1, 'card', 'https://shop.example', 'USD', 1000, '{}')`,
      [randomUUID()],
    );
  });

  it('a placed sum that is not the sum of what is placed, and to capture more than that', async () => {
    const paymentId = await world.begin(both());
    await world.run(paymentId);
    await world.decide(paymentId, store.storeId);
    const rule = 'payment_is_its_shares';
    await refuses(rule, 'UPDATE payments SET placed_cents = placed_cents + 1 WHERE id = $1', [paymentId]);
    await refuses(
      rule,
      `UPDATE payment_shares SET status = 'dropped', order_id = NULL WHERE payment_id = $1 AND status = 'placed'`,
      [paymentId],
    );
    await refuses(
      'payments_captured_within_placed',
      `UPDATE payments SET captured_cents = placed_cents + 1, status = 'captured', captured_at = now() WHERE id = $1`,
      [paymentId],
    );
  });

  it('refunds that are not what their share says, or are of another order', async () => {
    const { paymentId, refund } = await refunded();
    const rule = 'refunds_add_up';
    await refuses(rule, `UPDATE refunds SET status = 'failed', finished_at = now() WHERE id = $1`, [refund.id]);
    await refuses(rule, `UPDATE refunds SET order_id = $2 WHERE id = $1`, [refund.id, randomUUID()]);
    await refuses(
      rule,
      `INSERT INTO refunds (order_id, payment_id, store_id, amount_cents, merchant_cents, fee_cents, currency, reason, by_kind)
       SELECT order_id, payment_id, store_id, 1, 1, 0, currency, reason, by_kind FROM refunds WHERE id = $1`,
      [refund.id],
    );
    // The payment and its shares agree with each other, and not with the refunds.
    await refuses(
      rule,
      `WITH payment AS (UPDATE payments SET refunded_cents = refunded_cents + 1 WHERE id = $1)
       UPDATE payment_shares SET refunded_cents = refunded_cents + 1 WHERE payment_id = $1 AND store_id = $2`,
      [paymentId, store.storeId],
    );
  });

  it('a debt that is not what the ledger says', async () => {
    const { paymentId } = await refunded();
    const rule = 'merchant_debt_is_ledger';
    await refuses(rule, `INSERT INTO merchant_debts (store_id, currency, debt_cents) VALUES ($1, 'USD', 5)`, [
      store.storeId,
    ]);
    await refuses(
      rule,
      `INSERT INTO ledger_entries (transaction_id, payment_id, kind, account, amount_cents, currency, store_id)
       SELECT $1, $2, 'debt', account, cents, 'USD', $3 FROM (VALUES ('merchant', -5), ('merchant_debt', 5)) AS x (account, cents)`,
      [randomUUID(), paymentId, store.storeId],
    );
  });
});
