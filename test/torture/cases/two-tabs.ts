import type { Answer } from '../harness/client';
import { tally, type Findings } from '../harness/report';
import { catalogLine, describedLine, type Session, type Shopper, type World } from '../harness/world';

const ROUNDS = 5;
const SESSIONS = 20;

/** One cart, checked out from two tabs, and from twenty. */
export async function twoTabs(world: World, findings: Findings): Promise<void> {
  const store = await world.merchantStore();
  const partner = await world.partnerStore('redirect');
  const variants = await world.variants(
    store,
    Array.from({ length: 3 * ROUNDS + 1 }, () => 100),
  );
  const shopper = async () => {
    const buyer = await world.guest();
    await buyer.add(catalogLine(variants.pop()!));
    await buyer.add(describedLine(partner));
    return buyer;
  };
  const placed: Answer[] = [];

  const bothAtOnce = async (order: 'A first' | 'B first') => {
    const buyer = await shopper();
    const [a, b] = [await buyer.ready(), await buyer.ready()];
    const answers = await Promise.all((order === 'A first' ? [a, b] : [b, a]).map((session) => buyer.place(session)));
    placed.push(...answers);
    await expectOne(world, findings, buyer, [a, b], answers, order);
  };
  // The second tab opens while the first one places: whichever comes first, the line is bought once.
  const openingMeanwhile = async () => {
    const buyer = await shopper();
    const a = await buyer.ready();
    const [first, opened] = await Promise.all([buyer.place(a), buyer.send('POST', '/checkout/sessions', {})]);
    const b = opened.status === 201 ? await buyer.withAddress(opened.body) : undefined;
    const answers = [first, ...(b ? [await buyer.place(b)] : [])];
    placed.push(...answers);
    await expectOne(world, findings, buyer, b ? [a, b] : [a], answers, 'opened while the other places');
  };
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all([bothAtOnce('A first'), bothAtOnce('B first'), openingMeanwhile()]);
  }

  const buyer = await shopper();
  const opened = await Promise.all(
    Array.from({ length: SESSIONS }, () => buyer.send('POST', '/checkout/sessions', {})),
  );
  for (const answer of opened) findings.holds(answer.status === 201, `opening a session answered ${tally([answer])}`);
  const sessions = opened.filter((answer) => answer.status === 201).map((answer): Session => answer.body);
  const pending = await world.ground.rows<{ id: string }>(
    `SELECT id FROM checkout_sessions WHERE shopper_id = $1 AND status = 'pending'`,
    [buyer.id],
  );
  findings.holds(pending.length === 1, `${pending.length} sessions are pending`);
  const live = await buyer.withAddress(pending[0]!);
  const answers = await Promise.all(sessions.map((session) => buyer.place({ id: session.id, total: live.total })));
  placed.push(...answers);
  await expectOne(world, findings, buyer, sessions, answers, `${SESSIONS} sessions`);
  findings.facts = `${2 * ROUNDS} pairs, ${ROUNDS} opened meanwhile, ${SESSIONS} at once: ${tally(placed)}`;
}

async function expectOne(
  world: World,
  findings: Findings,
  buyer: Shopper,
  sessions: Session[],
  answers: Answer[],
  what: string,
): Promise<void> {
  const won = answers.filter((answer) => answer.status === 202).length;
  findings.holds(won === 1, `${what}: ${won} sessions were placed: ${tally(answers)}`);
  for (const { status, body } of answers) {
    findings.holds(
      status === 202 || (status === 409 && body.code === 'session_cancelled'),
      `${what}: ${status} ${body.code}`,
    );
  }
  await world.settled(sessions.map((session) => session.id));
  const { orders } = await world.ground.one<{ orders: number }>(
    `SELECT count(*)::int AS orders FROM orders WHERE buyer_guest_id = $1`,
    [buyer.id],
  );
  findings.holds(orders === 1, `${what}: ${orders} orders at one merchant store`);
}
