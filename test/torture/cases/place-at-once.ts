import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../harness/client';
import { tally, type Findings } from '../harness/report';
import { catalogLine, describedLine, type Session, type Shopper, type World } from '../harness/world';

const TIMES = 50;

/** A double click, fifty times over. */
export async function placeAtOnce(world: World, findings: Findings): Promise<void> {
  const stores = [await world.merchantStore(), await world.merchantStore()];
  const variants = await Promise.all(stores.map((store) => world.variants(store, [TIMES])));
  const partner = await world.partnerStore('redirect');
  const facts: string[] = [];

  for (const keys of ['one key', 'a key each'] as const) {
    const shopper = await world.guest();
    for (const [variantId] of variants) await shopper.add(catalogLine(variantId!));
    await shopper.add(describedLine(partner));
    const session = await shopper.ready();
    const key = randomUUID();
    const of = () => (keys === 'one key' ? key : randomUUID());
    const first = await Promise.all(Array.from({ length: TIMES }, () => shopper.place(session, of())));
    const last =
      keys === 'one key' ? await Promise.all(first.map((answer) => again(shopper, session, key, answer))) : first;
    for (const answer of first) findings.holds(isAllowed(answer, keys), `${keys}: place answered ${tally([answer])}`);
    for (const answer of last)
      findings.holds(answer.status === 202, `${keys}: in the end place answered ${tally([answer])}`);
    if (keys === 'one key') {
      const replay = await shopper.place(session, key);
      findings.holds(replay.headers['idempotency-replayed'] === 'true', 'one key: it was not replayed afterwards');
    }
    await world.settled([session.id]);
    const { fewest, most, orders } = await world.ordersPerStore([session.id]);
    findings.holds(fewest === 1 && most === 1, `${keys}: ${orders} orders at ${stores.length} stores`);
    facts.push(`${keys}: ${tally(first)}`);
  }
  findings.facts = facts.join('; ');
}

function isAllowed({ status, body, headers }: Answer, keys: 'one key' | 'a key each'): boolean {
  if (status === 202) return true;
  return keys === 'one key' && status === 409 && body.code === 'still_running' && headers['retry-after'] !== undefined;
}

/** A client that is told to come again does so. */
async function again(shopper: Shopper, session: Session, key: string, first: Answer): Promise<Answer> {
  let answer = first;
  for (let tries = 0; answer.body.code === 'still_running' && tries < 5; tries++) {
    await sleep(1_000 * Number(answer.headers['retry-after']));
    answer = await shopper.place(session, key);
  }
  return answer;
}
