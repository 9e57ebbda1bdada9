import type { Answer, Body } from '../harness/client';
import { tally, type Findings } from '../harness/report';
import { catalogLine, describedLine, type Store, type World } from '../harness/world';

const ROUNDS = 10;
const PLACING = 20;

/** Twenty writes to one cart at once: the same line over and over, new lines, changed quantities. */
export async function parallelCartWrites(world: World, findings: Findings): Promise<void> {
  const store = await world.merchantStore();
  const partner = await world.partnerStore('redirect');
  const [same, ...others] = await world.variants(
    store,
    Array.from({ length: 11 }, () => 1000),
  );
  const all: Body[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const shopper = await world.guest();
    const standing = others.slice(0, 5);
    // Every second cart does not exist yet: who makes it is part of the race.
    const changed = round % 2 === 0 ? standing : [];
    for (const variantId of changed) await shopper.add(catalogLine(variantId));
    const cart = await shopper.expect('GET', '/cart');
    const idOf = new Map<string, string>(
      cart.stores.flatMap((group: Body) => group.items.map((item: Body) => [item.variantId, item.id])),
    );
    const adds = Array.from({ length: 20 - changed.length }, (_, index) =>
      index < 8
        ? catalogLine(same!)
        : index < 12
          ? catalogLine(others[5 + (index - 8)]!, 2)
          : describedLine(partner, 3),
    );
    const answers = await Promise.all([
      ...adds.map((line) => shopper.send('POST', '/cart/items', line.body)),
      ...changed.map((variantId) => shopper.send('PUT', `/cart/items/${idOf.get(variantId)}`, { quantity: 7 })),
    ]);
    for (const answer of answers) findings.holds(answer.status === 200, `a write answered ${tally([answer])}`);
    all.push(...answers);
    for (const line of adds) await shopper.note(line.goods, line.body.quantity);
    for (const variantId of changed) await shopper.note(variantId, 6);

    const wanted = new Map<string, number>();
    for (const line of adds) wanted.set(line.goods, (wanted.get(line.goods) ?? 0) + line.body.quantity);
    for (const variantId of changed) wanted.set(variantId, 7);
    const after = await shopper.expect('GET', '/cart');
    const found = new Map<string, number>(
      after.stores.flatMap((group: Body) =>
        group.items.map((item: Body) => [item.variantId ?? item.productSku, item.quantity]),
      ),
    );
    findings.holds(found.size === wanted.size, `${found.size} lines instead of ${wanted.size}`);
    for (const [goods, units] of wanted)
      findings.holds(found.get(goods) === units, `${found.get(goods)} units instead of ${units}`);
  }
  const placing = await Promise.all(
    Array.from({ length: PLACING }, () => addWhilePlacing(world, findings, same!, partner)),
  );
  findings.facts = `${ROUNDS} carts, 20 writes each at once: ${tally(all)}; ${PLACING} added to while being placed: ${tally(placing.flat())}`;
}

/** More of the same goods, while what was in the cart is being placed: what came later stays. */
async function addWhilePlacing(world: World, findings: Findings, variantId: string, partner: Store): Promise<Answer[]> {
  const shopper = await world.guest();
  const described = describedLine(partner);
  for (const line of [catalogLine(variantId, 2), described]) await shopper.add(line);
  const session = await shopper.ready();
  const placed = await shopper.place(session);
  const adds = Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? catalogLine(variantId) : described));
  const answers: Answer[] = [placed];
  await Promise.all(
    adds.map(async (line) => {
      const answer = await shopper.send('POST', '/cart/items', line.body);
      if (answer.status === 200) await shopper.note(line.goods, 1);
      answers.push(answer);
    }),
  );
  await world.settled([session.id]);
  for (const answer of answers)
    findings.holds(answer.status === 200 || answer === placed, `an add answered ${tally([answer])}`);
  const cart = await shopper.expect('GET', '/cart');
  const units: number[] = cart.stores.flatMap((group: Body) => group.items.map((item: Body) => item.quantity));
  const left = units.reduce((sum, quantity) => sum + quantity, 0);
  findings.holds(
    left === adds.length,
    `${left} units are in the cart instead of the ${adds.length} that were put in later`,
  );
  return answers;
}
