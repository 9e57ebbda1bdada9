import type { Answer, Body } from '../harness/client';
import { tally, type Findings } from '../harness/report';
import { catalogLine, describedLine, type Line, type Shopper, type Store, type World } from '../harness/world';

const ADDING = 10;
const PLACING = 30;
const BEGINNING = 10;
/** Of one guest, one after the other in each of four tabs, until the sign-in is through. */
const ADDS = 200;

interface Shop {
  store: Store;
  partner: Store;
  variants: string[];
}

/** A guest becomes a user while they put things in, and while they place. */
export async function signIn(world: World, findings: Findings): Promise<void> {
  const store = await world.merchantStore();
  const partner = await world.partnerStore('redirect');
  const variants = await world.variants(
    store,
    Array.from({ length: ADDING + PLACING + BEGINNING }, () => 1000),
  );
  const shop = { store, partner, variants };
  const adding = await Promise.all(Array.from({ length: ADDING }, (_, n) => whileAdding(world, findings, shop, n)));
  const placing: Answer[] = [];
  for (let n = 0; n < PLACING; n += 5) {
    const some = Array.from({ length: 5 }, (_, i) => whilePlacing(world, findings, shop, n + i));
    placing.push(...(await Promise.all(some)));
  }
  const beginning = await Promise.all(
    Array.from({ length: BEGINNING }, (_, n) => whileBeginning(world, findings, shop, n)),
  );
  findings.facts = `${ADDING} while adding: ${tally(adding.flat())}; ${PLACING} while placing: ${tally(placing)}; ${BEGINNING} while beginning: ${tally(beginning.flat())}`;
}

/** Every add that was acknowledged is in the user's cart, whether the account is new or has a cart already. */
async function whileAdding(
  world: World,
  findings: Findings,
  { partner, variants }: Shop,
  n: number,
): Promise<Answer[]> {
  const guest = await world.guest();
  const variantId = variants[n]!;
  const account = n % 2 === 0 ? undefined : await world.user();
  await account?.add(catalogLine(variantId, 3));
  if (n % 3 > 0) await guest.add(catalogLine(variantId, 2));
  const lines = Array.from({ length: ADDS }, (_, i) => (i % 8 === 0 ? describedLine(partner) : catalogLine(variantId)));
  const now: { user?: Shopper } = {};
  const answers: Answer[] = [];
  const added: Line[] = [];
  const tab = async () => {
    for (let line = lines.pop(); line && !now.user; line = lines.pop()) {
      answers.push(await guest.send('POST', '/cart/items', line.body));
      added.push(line);
    }
  };
  await Promise.all([tab(), tab(), tab(), tab(), world.signIn(guest, account?.email).then((it) => (now.user = it))]);
  let units = (account ? 3 : 0) + (n % 3 > 0 ? 2 : 0);
  for (const [index, answer] of answers.entries()) {
    findings.holds(answer.status === 200 || answer.status === 401, `an add answered ${tally([answer])}`);
    if (answer.status !== 200) continue;
    units++;
    await guest.note(added[index]!.goods, 1);
  }
  const cart = await now.user!.expect('GET', '/cart');
  const found = unitsOf(cart);
  findings.holds(found === units, `${units} units were acknowledged, ${found} are in the user's cart`);
  return answers;
}

/** The order is the user's, or nothing was bought and the lines are in the user's cart. */
async function whilePlacing(world: World, findings: Findings, { partner, variants }: Shop, n: number): Promise<Answer> {
  const guest = await world.guest();
  const variantId = variants[ADDING + n]!;
  const account = n % 2 === 0 ? undefined : await world.user();
  await account?.add(catalogLine(variantId, 1));
  await guest.add(catalogLine(variantId, 2));
  await guest.add(describedLine(partner));
  const session = await guest.ready();
  // A sign-in takes its 40 ms for the password: the placing begins around the end of that.
  const signingIn = world.signIn(guest, account?.email);
  await new Promise((resolve) => setTimeout(resolve, (n % 10) * 15));
  const answer = await guest.place(session);
  const user = await signingIn;
  await world.settled([session.id]);
  const won = answer.status === 202;
  const lost = answer.status === 401 || answer.status === 404 || answer.body.code === 'session_cancelled';
  findings.holds(won || lost, `place answered ${tally([answer])}`);

  const after = await world.ground.one<{ owner: string; status: string; orders: number; handoffs: number }>(
    `SELECT cs.shopper_id AS owner, cs.status,
            (SELECT count(*)::int FROM orders WHERE checkout_session_id = cs.id AND buyer_user_id = $2 AND buyer_guest_id IS NULL) AS orders,
            (SELECT count(*)::int FROM handoffs WHERE session_id = cs.id AND shopper_id = $2) AS handoffs
       FROM checkout_sessions cs WHERE id = $1`,
    [session.id, user.id],
  );
  const wanted = won
    ? { owner: user.id, status: 'completed', orders: 1, handoffs: 1 }
    : { owner: user.id, status: 'cancelled', orders: 0, handoffs: 0 };
  findings.holds(
    JSON.stringify(after) === JSON.stringify(wanted),
    `place answered ${answer.status}, then ${JSON.stringify(after)}`,
  );
  const left = (account ? 1 : 0) + (won ? 0 : 3);
  const found = unitsOf(await user.expect('GET', '/cart'));
  findings.holds(
    found === left,
    `place answered ${answer.status}: ${found} units in the user's cart instead of ${left}`,
  );
  return answer;
}

/** A session that is begun in the moment of the sign-in is the user's or is none: its stock is held for nobody else. */
async function whileBeginning(world: World, findings: Findings, { variants }: Shop, n: number): Promise<Answer[]> {
  const guest = await world.guest();
  await guest.add(catalogLine(variants[ADDING + PLACING + n]!, 2));
  const now: { user?: Shopper } = {};
  const answers: Answer[] = [];
  const begin = async () => {
    while (!now.user) answers.push(await guest.send('POST', '/checkout/sessions', {}));
  };
  await Promise.all([begin(), begin(), world.signIn(guest).then((it) => (now.user = it))]);
  for (const answer of answers) {
    const none = answer.status === 401 || answer.body.code === 'nothing_to_check_out';
    findings.holds(answer.status === 201 || none, `beginning a session answered ${tally([answer])}`);
  }
  const left = unitsOf(await now.user!.expect('GET', '/cart'));
  findings.holds(left === 2, `${left} units in the user's cart instead of 2`);
  const { held } = await world.ground.one<{ held: number }>(
    `SELECT count(*)::int AS held FROM holds h JOIN checkout_sessions cs ON cs.id = h.session_id
      WHERE cs.shopper_id IN ($1, $2) AND h.status = 'held'`,
    [guest.id, now.user!.id],
  );
  findings.holds(held === 0, `${held} holds are left of a session that the sign-in ended`);
  return answers;
}

function unitsOf(cart: Body): number {
  const quantities: number[] = cart.stores.flatMap((group: Body) => group.items.map((item: Body) => item.quantity));
  return quantities.reduce((sum, quantity) => sum + quantity, 0);
}
