import type { Findings } from '../../harness/report';
import type { Purchase, Till } from '../../harness/till';

const TIMES = 8;

const ENDED = `SELECT status NOT IN ('processing', 'action_required') AS done FROM checkout_sessions WHERE id = $1`;
const ASKS = `SELECT status = 'action_required' AS done FROM checkout_sessions WHERE id = $1`;

async function ends(till: Till, findings: Findings, purchase: Purchase, wanted: string, paid: number): Promise<void> {
  await till.until(ENDED, [purchase.session.id]);
  const { status } = await till.statusOf(purchase);
  findings.holds(status === wanted, `a session is ${status}, not ${wanted}`);
  await till.calm();
  const orders = await till.ordersOf(purchase);
  const isPaid = orders.every(({ paymentStatus }) => paymentStatus === 'paid');
  findings.holds(
    orders.length === paid && isPaid,
    `orders: ${orders.map((one) => one.paymentStatus).join(', ') || 'none'}; ${paid} were to be paid`,
  );
}

/** A card that is declined, a shopper who does not authenticate; then another card, and an impatient finger. */
export async function anotherCard(till: Till, findings: Findings): Promise<void> {
  const { stripe } = till;
  const declined = await Promise.all(
    Array.from({ length: TIMES }, () => till.buy({ token: 'pm_card_chargeDeclinedInsufficientFunds' })),
  );
  const refused = await Promise.all(Array.from({ length: TIMES }, () => till.buyAndAsk()));
  await Promise.all(refused.map(({ intent }) => stripe.authenticate(intent, 'failure')));
  const all: Purchase[] = [...declined, ...refused];
  for (const purchase of all) {
    const asks = `SELECT action ->> 'type' = 'choose_payment' AS done FROM checkout_sessions WHERE id = $1`;
    await till.until(asks, [purchase.session.id]);
    findings.holds((await till.ordersOf(purchase)).length === 0, 'something was ordered that was not paid');
  }
  await Promise.all(
    all.map(async (purchase) => {
      await till.choose(purchase, 'pm_card_mastercard');
      await Promise.all([till.place(purchase), till.place(purchase), till.place(purchase)]);
    }),
  );
  for (const purchase of all) await ends(till, findings, purchase, 'completed', 3);
  findings.facts = `${declined.length} declined, ${refused.length} not authenticated, all paid by another card`;
}

/** What cannot be ordered is not charged: one store of three, and all of them, at once and after 3-D Secure. */
export async function storesFail(till: Till, findings: Findings): Promise<void> {
  const { stripe } = till;
  const [first, second, third] = await till.shops();
  const one: Purchase[] = [];
  const none: Purchase[] = [];
  const cards = Array.from({ length: TIMES }, (_, n) => (n % 2 ? 'pm_card_authenticationRequired' : 'pm_card_visa'));
  await Promise.all(
    cards.map(async (token) => {
      const doomed = [await till.doomed(third!), await till.doomed(first!)];
      const some = await till.ready([first!.variantId, second!.variantId, doomed[0]!.variantId], { token });
      const gone = await till.ready([doomed[1]!.variantId], { token });
      for (const { retire } of doomed) await retire();
      for (const purchase of [some, gone]) {
        await till.place(purchase);
        if (token !== 'pm_card_visa') {
          const intent = await till.intentOf(purchase);
          await till.until(ASKS, [purchase.session.id]);
          await stripe.authenticate(intent, 'success');
        }
      }
      one.push(some);
      none.push(gone);
    }),
  );
  for (const purchase of one) await ends(till, findings, purchase, 'partially_completed', 2);
  for (const purchase of none) await ends(till, findings, purchase, 'failed', 0);
  findings.facts = `${one.length} with one store of three failing, ${none.length} with the only one`;
}
