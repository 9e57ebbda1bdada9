import { randomUUID } from 'node:crypto';
import type { PaymentProvider } from '../../../../src/payments/provider';
import type { CallRecord } from '../../../sandbox/stripe/double';
import { FAULT_KINDS, type FaultKind, type NewFault } from '../../../sandbox/stripe/faults/faults';
import type { Findings } from '../../harness/report';
import type { PayableStore, Till } from '../../harness/till';
import type { Shopper } from '../../harness/world';

type Call = `${'GET' | 'POST' | 'DELETE'} /v1/${string}`;
type Asking = Exclude<keyof PaymentProvider, 'name' | 'granularityOf' | 'parseEvent'>;

/**
 * What each of the provider's calls asks of Stripe. A new one does not compile until it stands here, and then it has its
 * faults; a call that Stripe meets and that is not here breaks the run.
 */
const CALLS: Record<Asking, Call[]> = {
  authorize: ['POST /v1/payment_intents'],
  retrieve: ['GET /v1/payment_intents/:id'],
  paymentsSince: ['GET /v1/payment_intents'],
  capture: ['POST /v1/payment_intents/:id/capture'],
  cancel: ['POST /v1/payment_intents/:id/cancel'],
  transfer: ['POST /v1/transfers'],
  retrieveTransfer: ['GET /v1/transfers/:id'],
  refund: ['POST /v1/refunds'],
  retrieveRefund: ['GET /v1/refunds/:id'],
  reverseTransfer: ['POST /v1/transfers/:id/reversals'],
  find: ['GET /v1/payment_intents', 'GET /v1/transfers', 'GET /v1/refunds', 'GET /v1/transfers/:id/reversals'],
  retrieveDispute: ['GET /v1/disputes/:id'],
  retrievePayout: ['GET /v1/payouts/:id'],
  createAccount: ['POST /v1/accounts'],
  retrieveAccount: ['GET /v1/accounts/:id'],
  findAccount: ['GET /v1/accounts'],
  accountLink: ['POST /v1/account_links'],
  createCustomer: ['POST /v1/customers'],
  findCustomer: ['GET /v1/customers'],
  deleteCustomer: ['DELETE /v1/customers/:id'],
  setupIntent: ['POST /v1/setup_intents'],
  retrieveSetup: ['GET /v1/setup_intents/:id'],
  retrieveMethod: ['GET /v1/payment_methods/:id'],
  attachMethod: ['POST /v1/payment_methods/:id/attach'],
  detachMethod: ['POST /v1/payment_methods/:id/detach'],
  delegate: ['POST /v1/shared_payment/issued_tokens'],
  endDelegation: ['POST /v1/shared_payment/issued_tokens/:id/revoke'],
};

/** The nightly comparison, what disputes ask and what stores are paid by stand aside: their money is not of these journeys. */
const ASIDE: ReadonlySet<Asking> = new Set([
  ...(['retrieveTransfer', 'retrieveDispute', 'paymentsSince', 'delegate', 'endDelegation'] as const),
]);
/** Looks after a call whose outcome nobody knows; they come of the faults of other calls, and are met in the second part. */
const LOOKS: ReadonlySet<Asking> = new Set(['find', 'findAccount', 'findCustomer']);

/** All but the refusals that a test chooses. */
const KINDS = FAULT_KINDS.filter((kind) => kind !== 'refuse');
/** A few more than there are kinds, so that each is met though some journeys meet two. */
const JOURNEYS = KINDS.length + 1;
const ROUNDS = 2;

/** stripe-node repeats a call once whose connection was reset. */
const faultOf = (call: Call, kind: FaultKind, times = kind.startsWith('reset') ? 2 : 1): NewFault => {
  const [method, path] = call.split(' ') as [string, string];
  return { kind, method, path, times, ...(kind === 'slow' && { delayMs: 2_000 }) };
};

const callsOf = (those: (name: Asking) => boolean): Call[] =>
  (Object.keys(CALLS) as Asking[]).filter(those).flatMap((name) => CALLS[name]);

/**
 * Everything that Muse asks of Stripe goes wrong in every way, many of them in one journey: bought with a card to keep and
 * with one that asks, refunded, cancelled, paid out; then whoever bought is forgotten.
 */
export async function stripeFaults(till: Till, findings: Findings): Promise<void> {
  const { stripe } = till;
  await stripe.calls.clear();
  const direct = callsOf((name) => !LOOKS.has(name) && !ASIDE.has(name));
  for (const call of direct) for (const kind of KINDS) await stripe.faults.add(faultOf(call, kind));
  await untilMet(till, findings);
  const met = new Set((await stripe.faults.list()).filter((fault) => fault.met > 0).map(nameOf));
  for (const call of direct)
    for (const kind of KINDS) findings.holds(met.has(`${kind} of ${call}`), `never met: ${kind} of ${call}`);
  await stripe.faults.clear();

  // What looks for lost outcomes: after a 500 the provider says the same again under the same key, so it is looked for. No
  // webhook tells what became of it before that.
  await stripe.events.rules(...TELLING.map((type) => ({ type, action: 'withhold' }) as const));
  const looks = callsOf((name) => LOOKS.has(name));
  for (const call of looks) for (const kind of KINDS) await stripe.faults.add(faultOf(call, kind));
  for (const call of callsOf((name) => LOST.has(name)))
    for (const kind of ['error_500_after', 'error_500_before'] as const)
      await stripe.faults.add(faultOf(call, kind, JOURNEYS));
  await untilMet(till, findings, looks);
  const found = new Set((await stripe.faults.list()).filter((fault) => fault.met > 0).map(nameOf));
  for (const call of looks)
    for (const kind of KINDS) findings.holds(found.has(`${kind} of ${call}`), `never met: ${kind} of ${call}`);
  await stripe.faults.clear();
  await till.calm();

  const { debts } = await till.world.ground.one<{ debts: number }>(
    `SELECT count(*)::int AS debts FROM ledger_entries WHERE kind = 'debt_settled' AND account = 'merchant'`,
  );
  findings.holds(debts > 0, 'no store’s debt was settled by its next sale');

  const known = new Set(Object.values(CALLS).flat());
  const calls = await stripe.calls.list();
  const unknown = new Set(calls.map(callOf).filter((call) => !known.has(call)));
  findings.holds(unknown.size === 0, `calls without their faults: ${[...unknown].join(', ')}`);
  const faulty = calls.filter(({ fault }) => fault !== null).length;
  findings.facts = `${direct.length + looks.length} calls, ${KINDS.length} kinds of faults, ${faulty} faults in ${calls.length} calls; ${debts} debts settled`;
}

const TELLING = ['payment_intent.*', 'charge.*', 'refund.*', 'transfer.*'];

/** What makes something at Stripe, and is looked for when nobody knows whether it did. */
const LOST: ReadonlySet<Asking> = new Set([
  ...(['authorize', 'transfer', 'refund', 'reverseTransfer', 'createAccount', 'createCustomer'] as const),
]);

const nameOf = ({ kind, method, path }: NewFault) => `${kind} of ${method} ${path}`;

/** A call of the record as the list above writes it. */
function callOf({ method, path }: CallRecord): Call {
  const ids = path.replace(/\/(?:[a-z]+_)+[A-Za-z0-9_]{8,}|\/pm_[A-Za-z0-9_]+/g, '/:id');
  return `${method} ${ids}` as Call;
}

/** Journeys at once, and again while a fault of theirs was not met. */
async function untilMet(till: Till, findings: Findings, those?: Call[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const ends = await Promise.allSettled(
      Array.from({ length: JOURNEYS }, (_, n) => journey(till, findings, n, those !== undefined)),
    );
    for (const end of ends)
      if (end.status === 'rejected') findings.broken.push(`a journey broke off: ${(end.reason as Error).stack}`);
    await till.calm();
    const faults = await till.stripe.faults.list();
    const unmet = faults.filter(
      (fault) => fault.met === 0 && (!those || those.includes(`${fault.method} ${fault.path}` as Call)),
    );
    if (unmet.length === 0 || ends.some(({ status }) => status === 'rejected')) return;
  }
}

async function journey(till: Till, findings: Findings, n: number, hearsNothing: boolean): Promise<void> {
  const { world } = till;
  const [first, second] = await till.shops();
  const store = await till.payableStore();
  await link(till, store);
  const shopper = await world.user();
  await keepCards(till, shopper);
  const leaver = await world.user();
  await keepCards(till, leaver);
  await till.insist(() => leaver.send('DELETE', '/me', undefined, undefined, true));

  const purchase = await bought(till, shopper, [first!, second!, store], n, hearsNothing);
  const orders = await till.ordersOf(purchase);
  findings.holds(orders.length === 3, `a journey has ${orders.length} orders`);
  await till.until(
    `SELECT count(*) = 3 AND bool_and(payment_status = 'paid') AS done FROM orders WHERE checkout_session_id = $1`,
    [purchase.session.id],
    PATIENCE_MS,
  );
  // All that the store has is paid out: what is refunded afterwards it owes, and its next sale pays that first.
  await till.until(
    `SELECT bool_and(transfer_status = 'sent') AS done FROM payment_shares WHERE store_id = $1 AND status = 'placed'`,
    [store.id],
    PATIENCE_MS,
  );
  await till.stripe.settle(store.accountId);
  const payout = await till.stripe.payOut(store.accountId, 'usd');
  await till.stripe.pay(payout.id);
  for (const order of orders.filter(({ storeId }) => storeId !== second!.id)) {
    const key = randomUUID();
    const path = `/orders/${order.id}/refunds`;
    const body = { amount: { amount: order.total, currency: 'USD' }, reason: 'Never came' };
    await till.insist(() => till.merchant(order.storeId, path, body, key));
  }

  const doomed = await till.doomed(store);
  const nothing = await till.ready([doomed.variantId], { by: shopper });
  await doomed.retire();
  await till.place(nothing);
  await till.until(ENDED, [nothing.session.id], PATIENCE_MS);

  if (n % 3 === 0) {
    const owes = `SELECT count(*) = 1 AS done FROM merchant_debts WHERE store_id = $1 AND debt_cents > 0`;
    await till.until(owes, [store.id], PATIENCE_MS);
    await bought(till, await world.guest(), [store], 0, hearsNothing);
  }
  const wanted = [purchase, nothing].map(({ session }) => session.id);
  await till.until(
    `SELECT count(*) = 0 AS done FROM payments WHERE purchase_id = ANY ($1) AND status NOT IN ('captured', 'cancelled')`,
    [wanted],
    PATIENCE_MS,
  );
}

const PATIENCE_MS = 300_000;
const ENDED = `SELECT status NOT IN ('processing', 'action_required') AS done FROM checkout_sessions WHERE id = $1`;
const ASKS = `SELECT status = 'action_required' AS done FROM checkout_sessions WHERE id = $1`;

/** Every other with a card that asks for the shopper; both ways of going on in turn. */
async function bought(till: Till, by: Shopper, stores: PayableStore[], n: number, hearsNothing: boolean) {
  const token = n % 2 ? 'pm_card_authenticationRequired' : 'pm_card_visa';
  const purchase = await till.buy({ by, stores, token });
  if (n % 2) {
    await till.until(ASKS, [purchase.session.id], PATIENCE_MS);
    await till.stripe.authenticate(await till.intentOf(purchase), 'success');
    if (hearsNothing || n % 4 === 1) await till.insist(() => till.resume(purchase));
  }
  await till.until(ENDED, [purchase.session.id], PATIENCE_MS);
  const { status } = await till.statusOf(purchase);
  if (status !== 'completed') throw new Error(`A session ended ${status}.`);
  return purchase;
}

async function link(till: Till, { id }: PayableStore): Promise<void> {
  const body = { returnUrl: 'http://127.0.0.1:4000/back', refreshUrl: 'http://127.0.0.1:4000/again' };
  const key = randomUUID();
  await till.insist(() => till.merchant(id, '/payment-account/link', body, key));
}

/** A card by its set-up and one by its token; the first is removed again. */
async function keepCards(till: Till, shopper: Shopper): Promise<void> {
  const send = (method: string, path: string, body?: object) => {
    const key = randomUUID();
    return till.insist(() => shopper.send(method, path, body, key, true));
  };
  const { setupId, clientSecret } = await send('POST', '/payment-methods/setup', {});
  await till.stripe.confirmSetup(clientSecret.split('_secret_')[0], 'pm_card_visa');
  const { id } = await send('POST', '/payment-methods', { setupId });
  await send('POST', '/payment-methods', { providerToken: 'pm_card_mastercard' });
  await send('DELETE', `/payment-methods/${id}`);
}
