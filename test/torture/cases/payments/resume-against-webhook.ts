import { setTimeout as sleep } from 'node:timers/promises';
import type { Findings } from '../../harness/report';
import type { Till } from '../../harness/till';

/** How long after the client's word Stripe's webhook comes; before it where it is less than nothing. */
const APART_MS = [-2_000, -1_000, -500, -200, -100, -50, -20, 0, 0, 0, 20, 50, 100, 200, 500, 1_000, 2_000];
const PATIENCE_MS = 90_000;

/** The shopper has authenticated: their client and Stripe say so, in both orders, two seconds apart or at once. */
export async function resumeAgainstWebhook(till: Till, findings: Findings): Promise<void> {
  const { stripe } = till;
  await stripe.events.rules({ type: 'payment_intent.*', action: 'withhold' });
  const purchases = await Promise.all(APART_MS.map(() => till.buyAndAsk()));
  const answers = await Promise.all(
    purchases.map(async (purchase, index) => {
      await stripe.authenticate(purchase.intent, 'success');
      const [event] = await till.eventsAbout(purchase.intent, 'payment_intent.amount_capturable_updated');
      const apartMs = APART_MS[index]!;
      const [word, [delivery]] = await Promise.all([
        sleep(Math.max(0, -apartMs)).then(() => till.resume(purchase)),
        sleep(Math.max(0, apartMs)).then(() => stripe.events.deliver(event!.id)),
      ]);
      return { word: word.status, webhook: delivery!.status };
    }),
  );
  for (const [index, { word, webhook }] of answers.entries())
    findings.holds(word === 200 && webhook === 200, `${APART_MS[index]} ms apart: answered ${word} and ${webhook}`);
  for (const [index, purchase] of purchases.entries()) {
    const name = `${APART_MS[index]} ms apart`;
    await till.until(
      `SELECT status <> 'processing' AND status <> 'action_required' AS done FROM checkout_sessions WHERE id = $1`,
      [purchase.session.id],
      PATIENCE_MS,
    );
    const { status } = await till.statusOf(purchase);
    findings.holds(status === 'completed', `${name}: the session is ${status}`);
    const orders = await till.ordersOf(purchase);
    findings.holds(orders.length === 3, `${name}: ${orders.length} orders`);
  }
  await till.calm();
  for (const purchase of purchases)
    for (const { paymentStatus } of await till.ordersOf(purchase))
      findings.holds(paymentStatus === 'paid', `an order is ${paymentStatus}`);
  findings.facts = `${purchases.length} payments, client and webhook from 2 s before to 2 s after each other`;
}
