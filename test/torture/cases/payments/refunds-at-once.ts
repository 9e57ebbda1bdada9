import { randomUUID } from 'node:crypto';
import type { Answer } from '../../harness/client';
import type { Findings } from '../../harness/report';
import { tally } from '../../harness/report';
import type { Till } from '../../harness/till';

const TIMES = 6;

/** The merchant and support refund the whole of an order at once, twice each; of others the buyer cancels at that moment. */
export async function refundsAtOnce(till: Till, findings: Findings): Promise<void> {
  const { world } = till;
  const purchases = await Promise.all(Array.from({ length: TIMES }, () => till.buy()));
  for (const { session } of purchases)
    await till.until(`SELECT status = 'completed' AS done FROM checkout_sessions WHERE id = $1`, [session.id]);
  await till.calm();
  const answers: Answer[] = [];
  await Promise.all(
    purchases.map(async (purchase) => {
      const [twice, cancelled, pieces] = await till.ordersOf(purchase);
      const refund = (order: typeof twice, by: 'merchant' | 'support', amount: number) => {
        const { id, storeId } = order!;
        const path =
          by === 'merchant' ? `/merchant/stores/${storeId}/orders/${id}/refunds` : `/admin/orders/${id}/refunds`;
        const body = { amount: { amount, currency: 'USD' }, reason: 'All at once' };
        const token = by === 'merchant' ? till.tokenOf(storeId) : world.adminToken;
        return world.client.send('POST', path, { token, body, key: randomUUID() });
      };
      const whole = (order: typeof twice, by: 'merchant' | 'support') => refund(order, by, order!.total);
      const [ofOne, ofTwo, ofThree] = await Promise.all([
        Promise.all((['merchant', 'support', 'merchant', 'support'] as const).map((by) => whole(twice, by))),
        Promise.all([
          purchase.shopper.send('PUT', `/orders/${cancelled!.id}/cancel`, {}, randomUUID()),
          whole(cancelled, 'merchant'),
          whole(cancelled, 'support'),
        ]),
        Promise.all(
          Array.from({ length: 6 }, (_, n) =>
            refund(pieces, n % 2 ? 'support' : 'merchant', Math.ceil(pieces!.total / 4)),
          ),
        ),
      ]);
      answers.push(...ofOne);
      const granted = (of: Answer[]) => of.filter(({ status }) => status === 201).length;
      findings.holds(granted(ofOne) === 1, `two full refunds at once: ${tally(ofOne)}`);
      findings.holds(ofTwo[0].status === 200, `cancelling against refunds: ${tally(ofTwo)}`);
      findings.holds(granted(ofTwo.slice(1)) <= 1, `refunds against cancelling: ${tally(ofTwo)}`);
      findings.holds(granted(ofThree) === 3, `quarters of an order, rounded up, six at once: ${tally(ofThree)}`);
      for (const { status, body } of [...ofOne, ...ofTwo, ...ofThree])
        findings.holds(status < 300 || status === 409 || status === 422, `answered ${status} ${body?.code}`);
    }),
  );
  await till.calm();
  for (const purchase of purchases) {
    const [twice, cancelled, pieces] = await till.ordersOf(purchase);
    findings.holds(
      twice!.paymentStatus === 'refunded' && cancelled!.paymentStatus === 'refunded',
      `after full refunds: ${twice!.paymentStatus}; cancelled: ${cancelled!.paymentStatus}`,
    );
    findings.holds(pieces!.paymentStatus === 'partially_refunded', `after three quarters: ${pieces!.paymentStatus}`);
  }
  findings.facts = `${purchases.length * 3} orders; four whole refunds of one at once: ${tally(answers)}`;
}
