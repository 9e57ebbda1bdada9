import type { Findings } from '../../harness/report';
import type { Purchase, Till } from '../../harness/till';

const TIMES = 20;
const PURCHASES = 5;
/** The poller looks at what had no news for 60 s, every 15 s (at refunds every 30 s); the rest is for a machine that is busy. */
const HEALS_WITHIN_MS = (60 + 30 + 30) * 1_000;

const COMPLETED = `SELECT status = 'completed' AS done FROM checkout_sessions WHERE id = $1`;

async function refundFirst(till: Till, purchase: Purchase): Promise<void> {
  const [order] = await till.ordersOf(purchase);
  const body = { amount: { amount: order!.total, currency: 'USD' }, reason: 'Never came' };
  const answer = await till.merchant(order!.storeId, `/orders/${order!.id}/refunds`, body);
  if (answer.status !== 201) throw new Error(`A refund was answered ${answer.status} ${answer.body?.code}`);
}

/** Each event of a payment comes twenty times at once, from the first news of it to its refund. */
export async function eventTwentyTimes(till: Till, findings: Findings): Promise<void> {
  const { stripe, world } = till;
  await stripe.events.rules({ action: 'withhold' });
  const purchase = await till.buyAndAsk();
  await stripe.authenticate(purchase.intent, 'success');
  const sent = new Set<string>();
  const flood = async () => {
    const fresh = (await stripe.events.list()).filter(({ id, data }) => {
      const object = data.object as { id?: string; payment_intent?: string };
      return !sent.has(id) && (object.id === purchase.intent || object.payment_intent === purchase.intent);
    });
    for (const { id, type } of fresh) {
      sent.add(id);
      const deliveries = await stripe.events.deliver(id, { times: TIMES });
      const taken = deliveries.filter(({ status }) => status === 200).length;
      findings.holds(taken === TIMES, `${type}: taken ${taken} times of ${TIMES}`);
    }
  };
  await flood();
  await till.until(COMPLETED, [purchase.session.id]);
  await till.calm();
  await flood();
  await refundFirst(till, purchase);
  await till.calm();
  await flood();
  const { kept } = await world.ground.one<{ kept: number }>(
    `SELECT count(*)::int AS kept FROM provider_events WHERE id = ANY ($1)`,
    [[...sent]],
  );
  findings.holds(kept === sent.size, `${sent.size} events were kept ${kept} times`);
  const paid = (await till.ordersOf(purchase)).map(({ paymentStatus }) => paymentStatus);
  findings.holds(paid.join() === 'refunded,paid,paid', `the orders are ${paid.join(', ')}`);
  findings.facts = `${sent.size} events, ${TIMES} times each`;
}

/** Events late and in the opposite order; then at random within three seconds; then each twice. */
export async function eventsOutOfOrder(till: Till, findings: Findings): Promise<void> {
  const { stripe } = till;
  const rounds = ['reversed', 'reorder', 'double'] as const;
  for (const round of rounds) {
    await stripe.events.rules(
      round === 'reversed' ? { action: 'hold' } : { action: round, ...(round === 'reorder' && { delayMs: 3_000 }) },
    );
    const asked = await Promise.all(Array.from({ length: PURCHASES }, () => till.buyAndAsk()));
    const others = await Promise.all(
      Array.from({ length: PURCHASES }, (_, n) =>
        till.buy({ token: n % 2 ? 'pm_card_visa' : 'pm_card_chargeDeclined' }),
      ),
    );
    await Promise.all(asked.map(({ intent }) => stripe.authenticate(intent, 'success')));
    // Nothing is told but by events: what has been held comes until nothing is.
    const everything = async () => {
      if (round !== 'reversed') return;
      while ((await stripe.events.held()).length > 0) await stripe.events.release('reversed');
    };
    await everything();
    for (const { session } of asked) await till.until(COMPLETED, [session.id]);
    for (const purchase of others) {
      const asks = `SELECT status IN ('completed', 'action_required') AS done FROM checkout_sessions WHERE id = $1`;
      await till.until(asks, [purchase.session.id]);
      const { status } = await till.statusOf(purchase);
      if (status !== 'action_required') continue;
      await till.choose(purchase, 'pm_card_visa');
      await till.place(purchase);
      await till.until(COMPLETED, [purchase.session.id]);
    }
    await till.calm();
    await everything();
    for (const purchase of asked) await refundFirst(till, purchase);
    await till.calm();
    await everything();
    await till.calm();
    for (const purchase of [...asked, ...others]) {
      const paid = (await till.ordersOf(purchase)).map(({ paymentStatus }) => paymentStatus).join();
      findings.holds(paid === 'refunded,paid,paid' || paid === 'paid,paid,paid', `${round}: the orders are ${paid}`);
    }
  }
  findings.facts = `${rounds.join(', ')}: ${PURCHASES * 2} payments each`;
}

/** No webhook ever comes: what the shopper or the bank does at Stripe alone is found by looking. */
export async function webhooksNever(till: Till, findings: Findings): Promise<void> {
  const { stripe, world } = till;
  await stripe.events.rules({ action: 'withhold' });
  const paid = await Promise.all([till.buyAndAsk(), till.buyAndAsk()]);
  const refused = await till.buyAndAsk();
  const pending = await till.buy({ token: 'pm_card_pendingRefund' });
  await till.until(COMPLETED, [pending.session.id]);
  await till.calm();
  const [order] = await till.ordersOf(pending);
  await refundFirst(till, pending);
  const refund = `FROM refunds WHERE order_id = $1 AND provider_refund_id IS NOT NULL`;
  await till.until(`SELECT count(*) > 0 AS done ${refund}`, [order!.id]);
  const { id } = await world.ground.one<{ id: string }>(`SELECT provider_refund_id AS id ${refund}`, [order!.id]);

  const began = Date.now();
  await Promise.all(paid.map(({ intent }) => stripe.authenticate(intent, 'success')));
  await stripe.authenticate(refused.intent, 'failure');
  await stripe.completeRefund(id);
  const asks = `SELECT action ->> 'type' = 'choose_payment' AS done FROM checkout_sessions WHERE id = $1`;
  const healed: number[] = [];
  const heals = async (sql: string, of: string, what: string) => {
    await till.until(sql, [of], HEALS_WITHIN_MS).then(
      () => healed.push((Date.now() - began) / 1000),
      () => findings.broken.push(`${what} was not found by looking within ${HEALS_WITHIN_MS} ms`),
    );
    findings.checks++;
  };
  await Promise.all([
    ...paid.map(({ session }) => heals(COMPLETED, session.id, 'an authorisation')),
    heals(asks, refused.session.id, 'a refusal'),
    heals(`SELECT status = 'succeeded' AS done FROM refunds WHERE order_id = $1`, order!.id, 'a refund'),
  ]);
  await till.choose(refused, 'pm_card_visa');
  await till.place(refused);
  await till.until(COMPLETED, [refused.session.id]);
  await till.calm();
  for (const { session } of [...paid, refused])
    for (const { paymentStatus } of await till.ordersOf({ shopper: pending.shopper, session }))
      findings.holds(paymentStatus === 'paid', `an order is ${paymentStatus}`);
  findings.facts = `healed after ${healed.map((seconds) => seconds.toFixed(0)).join(', ')} s`;
}
