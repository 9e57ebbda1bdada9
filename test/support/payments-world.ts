import { randomUUID } from 'node:crypto';
import { PaymentAccounts, PaymentMethods, Payments, type NewPayment } from '../../src/payments';
import { StepRunner } from '../../src/payments/purchases/step-runner';
import { MAX_ATTEMPTS } from '../../src/payments/purchases/step-waits';
import { Database } from '../../src/platform/database';
import type { RunningApp } from './app';
import { makeStore, makeUser, signIn } from './sellers';
import { shopperOf, sql, type Body, type Shopper } from './shopper';
import type { StripeDouble } from './stripe-double';

/** A merchant store that can be paid through Muse. */
export interface PayableStore {
  storeId: string;
  merchant: Shopper;
  accountId: string;
}

/** A payment with what belongs to it, as the database has it. */
export interface Paid {
  payment: Body;
  shares: Body[];
  steps: Body[];
  events: Body[];
}

/** Payments without the modules above them: orders are ids, and steps run when they are told to. */
export class PaymentsWorld {
  constructor(
    readonly muse: RunningApp,
    readonly stripe: StripeDouble,
  ) {}

  get database(): Database {
    return this.muse.app.get(Database, { strict: false });
  }

  get payments(): Payments {
    return this.muse.app.get(Payments, { strict: false });
  }

  async store(overrides: object = {}): Promise<PayableStore> {
    const user = await makeUser(this.muse);
    const { id: storeId } = await makeStore(this.muse, user, overrides);
    const merchant = shopperOf(this.muse, user.id, await signIn(this.muse, user));
    await merchant.post(`/merchant/stores/${storeId}/payment-account`).expect(201);
    const [{ id: accountId }] = await sql(
      this.muse,
      'SELECT provider_account_id AS id FROM payment_accounts WHERE store_id = $1',
      [storeId],
    );
    await this.stripe.onboard(accountId);
    await this.muse.app.get(PaymentAccounts, { strict: false }).sync(accountId);
    return { storeId, merchant, accountId };
  }

  /** A new shopper's one-time method. */
  async method(providerToken = 'pm_card_visa'): Promise<{ shopperId: string; paymentMethodId: string }> {
    const user = await makeUser(this.muse);
    const { id } = await this.muse.app.get(PaymentMethods, { strict: false }).adopt(user, { providerToken });
    return { shopperId: user.id, paymentMethodId: id };
  }

  /** Begins a payment of so much for each store. */
  async begin(
    amounts: Record<string, number>,
    { token = 'pm_card_visa', ...overrides }: Partial<NewPayment> & { token?: string } = {},
  ): Promise<string> {
    const method = await this.method(token);
    const shares = Object.entries(amounts).map(([storeId, amountCents]) => ({ storeId, amountCents, feePpm: 50_000 }));
    const basics = {
      purchaseId: randomUUID(),
      purchaseKind: 'checkout' as const,
      currency: 'USD',
      returnUrl: 'https://shop.example/back',
      shares,
    };
    return this.database.transaction((tx) => this.payments.begin(tx, { ...method, ...basics, ...overrides }));
  }

  async decide(paymentId: string, storeId: string, orderId: string | null = randomUUID()): Promise<string | null> {
    await this.database.transaction((tx) => this.payments.decide(tx, paymentId, storeId, orderId ? { orderId } : null));
    return orderId;
  }

  /** Runs every step of a payment that is due, until none is; gives how many tries that took. */
  async run(paymentId: string, { waiting = false } = {}): Promise<number> {
    const runner = this.muse.app.get(StepRunner, { strict: false });
    for (let tries = 0; ;) {
      if (waiting)
        await sql(this.muse, `UPDATE payment_steps SET next_attempt_at = now() WHERE payment_id = $1`, [paymentId]);
      const due = await sql(
        this.muse,
        `SELECT id FROM payment_steps WHERE payment_id = $1 AND status IN ('queued', 'running') AND next_attempt_at <= now() ORDER BY id`,
        [paymentId],
      );
      if (due.length === 0 || tries > 40) return tries;
      for (const { id } of due) {
        await runner.runOnce(id);
        tries++;
      }
    }
  }

  /** As if its open steps had been tried for a day, before one last try. */
  async exhaust(paymentId: string): Promise<void> {
    const runner = this.muse.app.get(StepRunner, { strict: false });
    for (const tried of [0, 1, MAX_ATTEMPTS - 1]) {
      const open = await sql(
        this.muse,
        `UPDATE payment_steps SET next_attempt_at = now(), attempts = $2 WHERE payment_id = $1 AND status IN ('queued', 'running') RETURNING id`,
        [paymentId, tried],
      );
      for (const { id } of open) await runner.runOnce(id);
    }
  }

  async read(paymentId: string): Promise<Paid> {
    const [[payment], shares, steps, events] = await Promise.all([
      sql(this.muse, 'SELECT * FROM payments WHERE id = $1', [paymentId]),
      sql(this.muse, 'SELECT * FROM payment_shares WHERE payment_id = $1 ORDER BY amount_cents', [paymentId]),
      sql(this.muse, 'SELECT * FROM payment_steps WHERE payment_id = $1 ORDER BY id', [paymentId]),
      sql(this.muse, 'SELECT type, payload FROM events WHERE aggregate_id = $1 ORDER BY id', [paymentId]),
    ]);
    return { payment, shares, steps, events };
  }

  /** The balance of each account of the ledger that is not zero, for one payment. */
  async ledger(paymentId: string): Promise<Record<string, number>> {
    const rows = await sql(
      this.muse,
      `SELECT account, sum(amount_cents)::bigint AS sum FROM ledger_entries WHERE payment_id = $1 GROUP BY account HAVING sum(amount_cents) <> 0`,
      [paymentId],
    );
    return Object.fromEntries(rows.map(({ account, sum }) => [account, sum]));
  }

  /** Captured: for two stores, or as many as are given. */
  async captured(amounts: Record<string, number>, options: Parameters<PaymentsWorld['begin']>[1] = {}) {
    const paymentId = await this.begin(amounts, options);
    await this.run(paymentId);
    const orders: Record<string, string> = {};
    for (const storeId of Object.keys(amounts)) orders[storeId] = (await this.decide(paymentId, storeId))!;
    await this.run(paymentId);
    return { paymentId, orders };
  }
}
