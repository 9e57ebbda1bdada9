import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  PAYMENT_STEP_MOMENTS,
  type PaymentStepMoment,
  type StepKind,
} from '../../../../src/payments/purchases/payment-steps';
import type { Child } from '../../harness/processes';
import type { Findings } from '../../harness/report';
import type { PayableStore, Purchase, Till } from '../../harness/till';
import type { PaymentCase } from '.';

/** Every kind, for the compiler knows when one is missing; but for credits, that come of refunds which fail days later: a transfer's call. */
const KINDS = Object.keys({
  authorize: true,
  capture: true,
  cancel: true,
  transfer: true,
  refund: true,
  reverse: true,
  credit: true,
} satisfies Record<StepKind, true>) as StepKind[];

/** In cents, for a round. */
const WORKING_CAPITAL = 100_000;
const STRUCK_WITHIN_MS = 30_000;
/** A lease (8 s), the sweep's patience and interval (3 s), and what comes after the step that was taken over. */
const WITHIN_MS = 30_000;

interface Kill {
  kind: StepKind;
  purchase: Purchase;
  victim: Child;
  /** What has the step come into being; the healthy worker looks away meanwhile. */
  begin: () => Promise<void>;
  struckAt: number;
}

/** A worker is killed at each moment of each kind of step: before the call, after it, before, in and after its outcome. */
export class StepKills {
  private loading: Promise<Child[]> | undefined;
  private readonly tried = new Set<string>();

  constructor(private readonly till: Till) {}

  cases(): PaymentCase[] {
    return [
      ...PAYMENT_STEP_MOMENTS.map((moment, index): PaymentCase => [
        `worker killed, ${moment}`,
        (_, findings) => this.round(findings, moment, index === PAYMENT_STEP_MOMENTS.length - 1),
      ]),
    ];
  }

  private async round(findings: Findings, moment: PaymentStepMoment, last: boolean): Promise<void> {
    const { till } = this;
    const stores = await till.shops();
    // A store's part that is given again is paid out of what the platform has there: days ago paid, or paid in.
    await till.stripe.settle();
    await till.stripe.fund('usd', WORKING_CAPITAL);
    // Nobody but the step's own worker sees the outcome.
    await till.stripe.events.rules({ action: 'withhold' });
    const victims = await (this.loading ?? this.preload());
    const kills: Kill[] = [];
    for (const [index, kind] of KINDS.entries()) kills.push(await this.prepare(kind, victims[index]!, stores));
    await till.calm();
    for (const kill of kills) {
      await this.strike(kill, moment);
      findings.holds(kill.struckAt > 0, `${kill.kind}.${moment} was never reached`);
      if (kill.struckAt > 0) this.tried.add(`${kill.kind}.${moment}`);
    }
    if (last) this.loading = undefined;
    else void this.preload();
    const took = await Promise.all(kills.map((kill) => this.takenOver(kill)));
    for (const [index, ms] of took.entries())
      findings.holds(ms <= WITHIN_MS, `${kills[index]!.kind}.${moment}: ${ms} ms until it was taken over`);
    await Promise.all(kills.map(({ victim }) => victim.kill()));
    await till.calm();
    for (const { kind, purchase } of kills) await this.expectEnd(findings, `${kind}.${moment}`, kind, purchase);
    if (last)
      for (const kind of KINDS)
        for (const one of PAYMENT_STEP_MOMENTS)
          findings.holds(this.tried.has(`${kind}.${one}`), `not tried: ${kind}.${one}`);
    findings.facts = `${KINDS.join(', ')}; slowest takeover ${(Math.max(...took) / 1000).toFixed(1)} s`;
  }

  private preload(): Promise<Child[]> {
    this.loading = this.till.world.processes.preloadVictims(KINDS.length);
    this.loading.catch(() => undefined); // said by whoever awaits it
    return this.loading;
  }

  private async prepare(kind: StepKind, victim: Child, stores: PayableStore[]): Promise<Kill> {
    const { till } = this;
    if (kind === 'refund' || kind === 'reverse' || kind === 'credit') {
      const purchase = await till.buy({ stores });
      await till.until(`SELECT bool_and(payment_status = 'paid') AS done FROM orders WHERE checkout_session_id = $1`, [
        purchase.session.id,
      ]);
      const refund = async () => {
        const [order] = await till.ordersOf(purchase);
        const body = { amount: { amount: order!.total, currency: 'USD' }, reason: 'Never came' };
        const key = randomUUID();
        await till.insist(() => till.merchant(order!.storeId, `/orders/${order!.id}/refunds`, body, key));
      };
      if (kind !== 'credit') return { kind, victim, purchase, begin: refund, struckAt: 0 };
      await refund();
      return { kind, victim, purchase, begin: await this.comingBack(purchase), struckAt: 0 };
    }
    const doomed = kind === 'cancel' ? await till.doomed(stores[0]!) : undefined;
    const purchase = await till.ready(doomed ? [doomed.variantId] : stores.map(({ variantId }) => variantId));
    await doomed?.retire();
    return { kind, victim, purchase, begin: () => till.place(purchase), struckAt: 0 };
  }

  /** The refund was paid and the store's part withdrawn; then the bank sends it back, and the store gets its part again. */
  private async comingBack({ session }: Purchase): Promise<() => Promise<void>> {
    const { till } = this;
    await till.until(
      `SELECT count(*) = 2 AS done FROM payment_steps s JOIN payments p ON p.id = s.payment_id
        WHERE p.purchase_id = $1 AND s.kind IN ('refund', 'reverse') AND s.status = 'done'`,
      [session.id],
    );
    const { id } = await till.world.ground.one<{ id: string }>(
      `SELECT r.provider_refund_id AS id FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.purchase_id = $1`,
      [session.id],
    );
    return async () => {
      await till.stripe.failRefund(id);
      // All webhooks are withheld here, and nothing else tells of it.
      const events = await till.stripe.events.list('refund.failed');
      await till.stripe.events.deliver(events.at(-1)!.id);
    };
  }

  private async strike(kill: Kill, point: PaymentStepMoment): Promise<void> {
    const { worker, processes } = this.till.world;
    const { kind: about, purchase } = kill;
    const strike = { task: 'payment_step', session: purchase.session.id, about, point, signal: 'SIGKILL' } as const;
    await processes.begin(kill.victim, { do: 'begin', strike });
    worker.signal('SIGSTOP');
    try {
      await kill.begin();
      kill.struckAt = (await kill.victim.says('struck', STRUCK_WITHIN_MS))?.ms ?? 0;
    } finally {
      worker.signal('SIGCONT');
    }
  }

  /** How long it took until no step of the payment was open any more. */
  private async takenOver({ purchase, struckAt }: Kill): Promise<number> {
    const deadline = Date.now() + WITHIN_MS * 3;
    for (;;) {
      const { open } = await this.till.world.ground.one<{ open: number }>(
        `SELECT ((SELECT count(*) FROM payment_steps s JOIN payments p ON p.id = s.payment_id WHERE p.purchase_id = $1 AND s.finished_at IS NULL)
               + (SELECT count(*) FROM placements WHERE session_id = $1 AND status <> 'done'))::int AS open`,
        [purchase.session.id],
      );
      if (open === 0 || Date.now() > deadline) return open === 0 ? Date.now() - struckAt : Infinity;
      await sleep(50);
    }
  }

  private async expectEnd(findings: Findings, name: string, kind: StepKind, purchase: Purchase): Promise<void> {
    const orders = (await this.till.ordersOf(purchase)).map(({ paymentStatus }) => paymentStatus).join();
    const wanted =
      kind === 'cancel' ? '' : kind === 'refund' || kind === 'reverse' ? 'refunded,paid,paid' : 'paid,paid,paid';
    findings.holds(orders === wanted, `${name}: the orders are ${orders}, not ${wanted}`);
  }
}
