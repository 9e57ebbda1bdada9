import { tally, type Findings } from '../harness/report';
import { catalogLine, type World } from '../harness/world';

const SHOPPERS = 200;
const UNITS = 50;

/** Everybody wants the last units, from the empty cart on. */
export async function lastUnits(world: World, findings: Findings): Promise<void> {
  const store = await world.merchantStore();
  const [variantId] = await world.variants(store, [UNITS]);
  const began = performance.now();
  const bought = await Promise.all(
    Array.from({ length: SHOPPERS }, async () => {
      const shopper = await world.guest();
      await shopper.add(catalogLine(variantId!));
      const session = await shopper.ready();
      return { session, answer: await shopper.place(session) };
    }),
  );
  await world.settled(bought.map(({ session }) => session.id));
  const seconds = (performance.now() - began) / 1000;

  const answers = bought.map(({ answer }) => answer);
  const won = answers.filter((answer) => answer.status === 202).length;
  findings.holds(won === UNITS, `${won} of ${SHOPPERS} were let buy ${UNITS} units`);
  for (const { status, body } of answers) {
    findings.holds(
      status === 202 || (status === 409 && body.code === 'stock_short'),
      `place answered ${status} ${body.code}`,
    );
  }
  const { sold } = await world.ground.one<{ sold: number }>(
    `SELECT coalesce(sum(quantity), 0)::int AS sold FROM order_items WHERE variant_id = $1`,
    [variantId],
  );
  const stock = await world.ground.one<{ on_hand: number; reserved: number }>(
    `SELECT on_hand, reserved FROM inventory WHERE variant_id = $1`,
    [variantId],
  );
  findings.holds(sold === UNITS, `${sold} of ${UNITS} units were sold`);
  findings.holds(stock.on_hand === 0 && stock.reserved === 0, `stock is ${stock.on_hand}, ${stock.reserved} reserved`);
  findings.facts = `${sold} of ${UNITS} sold to ${SHOPPERS} in ${seconds.toFixed(1)} s: ${tally(answers)}`;
}
