import { tally, type Findings } from '../harness/report';
import { catalogLine, type World } from '../harness/world';

const SHOPPERS = 100;
const USES = 10;
const SESSIONS_OF_ONE = 20;

/** A coupon of ten uses, and a hundred who place at once; then one shopper who may use another once, at two stores. */
export async function scarceCoupon(world: World, findings: Findings): Promise<void> {
  const store = await world.merchantStore();
  const [variantId] = await world.variants(store, [2 * SHOPPERS]);
  const scarce = await world.coupon(store, { maxRedemptions: USES });
  const ready = await Promise.all(
    Array.from({ length: SHOPPERS }, async () => {
      const shopper = await world.guest();
      await shopper.add(catalogLine(variantId!));
      await shopper.expect('PUT', '/cart/coupons', { codes: [scarce.code] });
      return { shopper, session: await shopper.ready() };
    }),
  );
  const began = performance.now();
  const answers = await Promise.all(ready.map(({ shopper, session }) => shopper.place(session)));
  const seconds = (performance.now() - began) / 1000;
  await world.settled(ready.map(({ session }) => session.id));
  for (const { status, body } of answers) {
    const allowed = status === 202 || (status === 409 && body.code === 'coupon_over');
    findings.holds(allowed, `place answered ${status} ${body.code}`);
  }
  const won = answers.filter((answer) => answer.status === 202).length;
  findings.holds(won === USES, `${won} of ${SHOPPERS} were let use ${USES}`);
  const used = await usesOf(world, scarce.id);
  findings.holds(used.redeemed === USES && used.noted === USES, `${used.redeemed} counted, ${used.noted} noted`);
  findings.holds(used.orders === USES, `${used.orders} orders were reduced`);

  // However many tabs: a shopper has one live session, and the coupon is used by no second one.
  const once = await world.coupon(store, { maxPerShopper: 1 });
  const buyer = await world.guest();
  await buyer.add(catalogLine(variantId!));
  await buyer.expect('PUT', '/cart/coupons', { codes: [once.code] });
  const tabs = await Promise.all(
    Array.from({ length: SESSIONS_OF_ONE }, async () => {
      const opened = await buyer.send('POST', '/checkout/sessions', {});
      if (opened.status !== 201) return opened;
      const shipped = await buyer.withAddress(opened.body).catch(() => undefined);
      return shipped ? buyer.place(shipped) : opened;
    }),
  );
  await world.settled(tabs.flatMap(({ body }) => body.id ?? []));
  const ofOne = await usesOf(world, once.id);
  findings.holds(ofOne.redeemed <= 1 && ofOne.orders <= 1, `one shopper used it ${ofOne.redeemed} times`);
  findings.facts = `${won} of ${USES} uses by ${SHOPPERS} in ${seconds.toFixed(1)} s: ${tally(answers)}; by one in ${SESSIONS_OF_ONE} tabs: ${ofOne.redeemed}`;
}

/** How often a coupon is counted, is noted in sessions, and has reduced an order. */
function usesOf(world: World, couponId: string): Promise<{ redeemed: number; noted: number; orders: number }> {
  return world.ground.one(
    `SELECT redeemed, (SELECT count(DISTINCT session_id)::int FROM coupon_redemptions r WHERE r.coupon_id = k.id AND given_back_at IS NULL) AS noted,
            (SELECT count(*)::int FROM orders WHERE discounts @> jsonb_build_array(jsonb_build_object('couponId', k.id))) AS orders
       FROM coupons k WHERE id = $1`,
    [couponId],
  );
}
