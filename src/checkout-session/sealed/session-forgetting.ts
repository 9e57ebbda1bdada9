import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CartCheckout } from '../../cart';
import { Accounts } from '../../identity';
import { Holds } from '../../inventory';
import { OrdersService } from '../../orders';
import { PaymentMethods } from '../../payments';
import { Vault } from '../../platform/crypto';
import { Database, statement, type Tx } from '../../platform/database';
import { OnceFactory } from '../../platform/http';
import { InTurn, Jobs } from '../../platform/jobs';

const FORGET_EVERY_MS = 15_000;
/** So long a finished session still tells its buyer how it ended, and a retry of `place` the tokens of its orders. */
const KEPT_MINUTES = 5;
/** No more than so many in one run, so that a run ends. */
const BATCH = 200;

const FORGETTABLE = `cs.sealed AND cs.completed_at < now() - interval '${KEPT_MINUTES} minutes' AND cs.updated_at < now() - interval '${KEPT_MINUTES} minutes'
      AND NOT EXISTS (SELECT FROM handoffs h WHERE h.session_id = cs.id AND h.status = 'waiting')`;
const DUE = statement(
  'checkout.sealed_sessions_to_forget',
  `SELECT cs.id FROM checkout_sessions cs WHERE ${FORGETTABLE} AND cs.id <> ALL ($2::uuid[]) ORDER BY cs.completed_at LIMIT $1`,
);
const LOCK = statement(
  'checkout.lock_session_to_forget',
  `SELECT cs.id, cs.shopper_id AS "shopperId", cs.created_at::text AS "createdAt", cs.payment_method_id AS "methodId",
          coalesce((SELECT json_agg(h.id) FROM handoffs h WHERE h.session_id = cs.id), '[]') AS "handoffIds"
     FROM checkout_sessions cs WHERE cs.id = $1 AND ${FORGETTABLE} FOR UPDATE OF cs SKIP LOCKED`,
);
// The stores' parts and their placements go with it; its hand-offs are over.
const DELETE = statement(
  'checkout.forget_session',
  `WITH s AS (DELETE FROM checkout_sessions WHERE id = $1 RETURNING id) SELECT id FROM s`,
);
const DELETE_HANDOFFS = statement('checkout.forget_handoffs', `DELETE FROM handoffs WHERE session_id = $1`);

interface Forgettable {
  id: string;
  shopperId: string;
  /** As text: to the microsecond. */
  createdAt: string;
  methodId: string | null;
  handoffIds: string[];
}

/**
 * Forgets sealed sessions that are finished. Guarantee: with a session goes whatever leads from its orders to who bought: the
 * session and its hand-offs, what the cart, the holds and the records of requests say of it, the one-time payment method; and
 * the key under which an address had to lie.
 */
@Injectable()
export class SessionForgetting implements OnModuleInit {
  private readonly turn = new InTurn(new Logger('Forgetting'), 'forgotten');

  constructor(
    private readonly database: Database,
    private readonly carts: CartCheckout,
    private readonly orders: OrdersService,
    private readonly holds: Holds,
    private readonly methods: PaymentMethods,
    private readonly accounts: Accounts,
    private readonly requests: OnceFactory,
    private readonly vault: Vault,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.every(FORGET_EVERY_MS, 'sealed sessions to forget', async () => void (await this.forgetFinished()));
  }

  /** Gives how many it has forgotten. */
  async forgetFinished(): Promise<number> {
    const due = await this.database.rows<{ id: string }>(DUE, [BATCH, this.turn.resting]);
    const ids = due.map(({ id }) => id);
    return this.turn.each(ids, (id) => this.database.transaction((tx) => this.forget(tx, id)));
  }

  /** In the order of locks: session, cart, orders, payment, stock. */
  private async forget(tx: Tx, sessionId: string): Promise<boolean> {
    const session = await tx.maybeOne<Forgettable>(LOCK, [sessionId]);
    if (!session) return false;
    const { shopperId, createdAt, methodId, handoffIds } = session;
    // Begun as a guest, perhaps, who has signed in since.
    const callers = [shopperId, ...(await this.accounts.guestsOf(tx, shopperId))];
    await this.carts.forgetSession(tx, callers, sessionId);
    this.orders.forgetSession(tx, sessionId);
    if (methodId !== null) await this.methods.forgetOnce(tx, methodId);
    await this.holds.forget(tx, sessionId);
    await tx.maybeOne(DELETE, [sessionId]);
    tx.write(DELETE_HANDOFFS, [sessionId]);
    await this.requests.forgetAsked(tx, callers, [sessionId, ...handoffIds], createdAt);
    await this.vault.forgetIfAny(tx, sessionId);
    return true;
  }
}
