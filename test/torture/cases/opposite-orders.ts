import { tally, type Findings } from '../harness/report';
import { catalogLine, type World } from '../harness/world';

const SHOPPERS = 100;

/** Two goods, which half of the shoppers put in one way round and half the other. */
export async function oppositeOrders(world: World, findings: Findings): Promise<void> {
  const store = await world.merchantStore();
  const variants = await world.variants(store, [SHOPPERS, SHOPPERS]);
  const sessions = await Promise.all(
    Array.from({ length: SHOPPERS }, async (_, index) => {
      const shopper = await world.guest();
      for (const variantId of index % 2 === 0 ? variants : variants.toReversed())
        await shopper.add(catalogLine(variantId));
      const session = await shopper.ready();
      return { shopper, session };
    }),
  );
  const answers = await Promise.all(sessions.map(({ shopper, session }) => shopper.place(session)));
  await world.settled(sessions.map(({ session }) => session.id));

  for (const answer of answers) findings.holds(answer.status === 202, `place answered ${tally([answer])}`);
  const stock = await world.ground.rows<{ on_hand: number; reserved: number }>(
    `SELECT on_hand, reserved FROM inventory WHERE variant_id = ANY ($1::uuid[])`,
    [variants],
  );
  for (const { on_hand, reserved } of stock) {
    findings.holds(on_hand === 0 && reserved === 0, `stock is ${on_hand}, ${reserved} reserved`);
  }
  const { deadlocks } = await world.ground.one<{ deadlocks: number }>(
    `SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`,
  );
  findings.holds(deadlocks === 0, `Postgres counts ${deadlocks} deadlocks`);
  findings.facts = `${SHOPPERS} shoppers, both goods sold out, ${deadlocks} deadlocks: ${tally(answers)}`;
}
