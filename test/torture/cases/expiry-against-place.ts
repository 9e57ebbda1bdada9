import { setTimeout as sleep } from 'node:timers/promises';
import { tally, type Findings } from '../harness/report';
import { catalogLine, describedLine, type World } from '../harness/world';

const TIMES = 50;
/** From the moment that the times are moved to the first of them. */
const LEAD_MS = 400;

/** A session runs out in the very moment in which it is placed, and the job that ends it is at it, too. */
export async function expiryAgainstPlace(world: World, findings: Findings): Promise<void> {
  const store = await world.merchantStore();
  const partner = await world.partnerStore('redirect');
  const variants = await world.variants(
    store,
    Array.from({ length: TIMES }, () => 3),
  );
  const tried = await Promise.all(
    variants.map(async (variantId) => {
      const shopper = await world.guest();
      await shopper.add(catalogLine(variantId, 2));
      await shopper.add(describedLine(partner));
      return { shopper, session: await shopper.ready() };
    }),
  );
  const expirer = await world.processes.startWorker();
  // Each runs out 10 ms after the one before, and so do its holds, as they were made together.
  await world.ground.rows(
    `WITH moved AS (
       UPDATE checkout_sessions cs SET expires_at = clock_timestamp() + make_interval(secs => ($2 + 10 * (x.n - 1)) / 1000.0)
         FROM unnest($1::uuid[]) WITH ORDINALITY AS x (id, n) WHERE cs.id = x.id RETURNING cs.id, cs.expires_at
     ) UPDATE holds h SET expires_at = moved.expires_at FROM moved WHERE h.session_id = moved.id`,
    [tried.map(({ session }) => session.id), LEAD_MS],
  );
  const moved = Date.now();
  expirer.order({ do: 'expire', forMs: LEAD_MS + 10 * TIMES + 500 });
  const answers = await Promise.all(
    tried.map(async ({ shopper, session }, index) => {
      // From 40 ms before the end to just after it: so long may a request take until its session is locked.
      const offset = (index % 10) * 5 - 40;
      await sleep(moved + LEAD_MS + 10 * index + offset - Date.now());
      return shopper.place(session);
    }),
  );
  findings.holds((await expirer.says('expired')) !== undefined, 'the expiry job came to no end');
  await expirer.kill();
  await world.settled(tried.map(({ session }) => session.id));

  let placed = 0;
  for (const [index, { session }] of tried.entries()) {
    const { status, body } = answers[index]!;
    const after = await world.ground.one<{ status: string; orders: number; handoffs: number; hold: string }>(
      `SELECT cs.status, (SELECT count(*)::int FROM orders WHERE checkout_session_id = cs.id) AS orders,
              (SELECT count(*)::int FROM handoffs WHERE session_id = cs.id) AS handoffs,
              (SELECT string_agg(status, ',') FROM holds WHERE session_id = cs.id) AS hold
         FROM checkout_sessions cs WHERE id = $1`,
      [session.id],
    );
    const won = status === 202;
    if (won) placed++;
    else {
      const refusal = status === 409 && (body.code === 'session_expired' || body.code === 'stock_short');
      findings.holds(refusal, `place answered ${status} ${body.code}`);
    }
    const wanted = won
      ? { status: 'completed', orders: 1, handoffs: 1, hold: 'sold' }
      : { status: 'expired', orders: 0, handoffs: 0, hold: 'released' };
    const same = JSON.stringify(after) === JSON.stringify(wanted);
    findings.holds(same, `place answered ${status}, and then: ${JSON.stringify(after)}`);
  }
  findings.facts = `${placed} placed, ${TIMES - placed} expired: ${tally(answers)}`;
}
