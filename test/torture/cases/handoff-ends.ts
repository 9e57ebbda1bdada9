import { tally, type Findings } from '../harness/report';
import { describedLine, type World } from '../harness/world';

const TIMES = 30;
const LEAD_MS = 300;

/** "I have ordered", "I changed my mind" and its end by time, in the same moment. */
export async function handoffEnds(world: World, findings: Findings): Promise<void> {
  const partner = await world.partnerStore('redirect');
  const waiting = await Promise.all(
    Array.from({ length: TIMES }, async () => {
      const shopper = await world.guest();
      await shopper.add(describedLine(partner, 2));
      const session = await shopper.ready();
      await shopper.place(session);
      await world.settled([session.id]);
      const { id } = await world.ground.one<{ id: string }>(`SELECT id FROM handoffs WHERE session_id = $1`, [
        session.id,
      ]);
      return { shopper, id };
    }),
  );
  const expirer = await world.processes.startWorker();
  // Of every third the time is up around when the others come.
  await world.ground.rows(
    `UPDATE handoffs SET expires_at = clock_timestamp() + make_interval(secs => $2 / 1000.0) WHERE id = ANY ($1::uuid[])`,
    [waiting.filter((_, n) => n % 3 === 0).map(({ id }) => id), LEAD_MS],
  );
  expirer.order({ do: 'expire', forMs: LEAD_MS + 1_500 });
  await new Promise((resolve) => setTimeout(resolve, LEAD_MS - 20));
  const ends = await Promise.all(
    waiting.map(async ({ shopper, id }, n) => {
      const sending = [
        () => shopper.send('POST', `/handoffs/${id}/ordered`, { storeOrderNumber: `S-${n}` }),
        () => shopper.send('POST', `/handoffs/${id}/abandon`),
      ];
      const [first, second] = await Promise.all((n % 2 === 0 ? sending : sending.toReversed()).map((send) => send()));
      return n % 2 === 0 ? { ordered: first!, abandon: second! } : { ordered: second!, abandon: first! };
    }),
  );
  findings.holds((await expirer.says('expired')) !== undefined, 'the expiry job came to no end');
  await expirer.kill();

  const counts = new Map<string, number>();
  for (const [n, { shopper, id }] of waiting.entries()) {
    const { ordered, abandon } = ends[n]!;
    for (const answer of [ordered, abandon]) {
      findings.holds(answer.status < 300 || answer.status === 409, `answered ${tally([answer])}`);
    }
    const after = await world.ground.one<{ status: string; orders: number; units: number }>(
      `SELECT h.status, (SELECT count(*)::int FROM orders o WHERE o.checkout_session_id = h.session_id) AS orders,
              (SELECT coalesce(sum(l.quantity), 0)::int FROM cart_items l JOIN carts c ON c.id = l.cart_id WHERE c.shopper_id = $2) AS units
         FROM handoffs h WHERE h.id = $1`,
      [id, shopper.id],
    );
    counts.set(after.status, (counts.get(after.status) ?? 0) + 1);
    const won = ordered.status < 300;
    const wanted = won ? { status: 'ordered', orders: 1, units: 0 } : { status: after.status, orders: 0, units: 2 };
    findings.holds(
      JSON.stringify(after) === JSON.stringify(wanted),
      `ordered ${ordered.status}, then ${JSON.stringify(after)}`,
    );
    findings.holds(after.status !== 'waiting', 'it waits still');
    findings.holds(!won || abandon.status === 409, 'it was ordered and abandoned');
  }
  findings.facts = [...counts].map(([status, count]) => `${count} ${status}`).join(', ');
}
