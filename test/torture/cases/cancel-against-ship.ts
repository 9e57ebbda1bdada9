import type { Answer } from '../harness/client';
import { tally, type Findings } from '../harness/report';
import { catalogLine, type World } from '../harness/world';

const TIMES = 30;

/** The buyer cancels in the moment in which the merchant ships. */
export async function cancelAgainstShip(world: World, findings: Findings): Promise<void> {
  const store = await world.merchantStore();
  const variants = await world.variants(
    store,
    Array.from({ length: TIMES }, () => 5),
  );
  const answers = await Promise.all(variants.map((variantId, n) => one(world, findings, store.id, variantId, n)));
  findings.facts = `${TIMES} orders: cancel ${tally(answers.map((a) => a.cancel))}; ship ${tally(answers.map((a) => a.ship))}`;
}

async function one(
  world: World,
  findings: Findings,
  storeId: string,
  variantId: string,
  n: number,
): Promise<{ cancel: Answer; ship: Answer }> {
  const shopper = await world.guest();
  await shopper.add(catalogLine(variantId, 2));
  const session = await shopper.ready();
  await shopper.place(session);
  await world.settled([session.id]);
  const { id } = await world.ground.one<{ id: string }>(`SELECT id FROM orders WHERE checkout_session_id = $1`, [
    session.id,
  ]);
  const parcel = { carrier: 'UPS', trackingNumber: '1Z999AA10123456784' };
  const sending = [
    () => shopper.send('PUT', `/orders/${id}/cancel`, { reason: 'torture' }),
    () =>
      world.client.send('POST', `/merchant/stores/${storeId}/orders/${id}/ship`, {
        token: world.merchantToken,
        body: parcel,
      }),
  ];
  const answers = await Promise.all((n % 2 === 0 ? sending : sending.toReversed()).map((send) => send()));
  const [cancel, ship] = (n % 2 === 0 ? answers : answers.toReversed()) as [Answer, Answer];
  const won = [cancel, ship].filter((answer) => answer.status < 300).length;
  findings.holds(won === 1, `${won} of both succeeded: cancel ${tally([cancel])}, ship ${tally([ship])}`);
  for (const answer of [cancel, ship]) {
    findings.holds(answer.status < 300 || answer.status === 409, `answered ${tally([answer])}`);
  }
  const after = await world.ground.one<{ status: string; on_hand: number; reserved: number; parcels: number }>(
    `SELECT o.order_status AS status, i.on_hand, i.reserved, (SELECT count(*)::int FROM parcels p WHERE p.order_id = o.id) AS parcels
       FROM orders o, inventory i WHERE o.id = $1 AND i.variant_id = $2`,
    [id, variantId],
  );
  const wanted =
    cancel.status < 300
      ? { status: 'cancelled', on_hand: 5, reserved: 0, parcels: 0 }
      : { status: 'shipped', on_hand: 3, reserved: 0, parcels: 1 };
  findings.holds(
    JSON.stringify(after) === JSON.stringify(wanted),
    `cancel ${cancel.status}, then ${JSON.stringify(after)}`,
  );
  return { cancel, ship };
}
