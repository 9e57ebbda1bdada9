import { Injectable } from '@nestjs/common';
import type { Caller } from '../identity';
import { Database, statement, type Tx } from '../platform/database';
import { Events, type NewEvent } from '../platform/events';
import { InvalidField, NotFound, decodeIdCursor, encodeCursor, page } from '../platform/http';
import { NothingToResolve } from './checkout.errors';
import { CheckoutRepository } from './checkout.repository';
import { PlacementsRepository } from './placements.repository';
import { sessionEvent } from './checkout.events';
import type { ListPlacementsRequest } from './dto/placement.request';
import type { ResolvePlacementRequest } from './dto/checkout.request';
import { PlacementResponse, type PlacementListResponse, type PlacementRow } from './dto/placement.response';
import { OutcomeWriter } from './outcome-writer';

const PLACEMENT = `p.id, p.session_id AS "sessionId", cs.session_id AS "sessionName", p.store_id AS "storeId", s.name AS "storeName", p.tier,
  p.status, p.attempts, p.evidence, p.outcome, sc.status AS "storeStatus", sc.total_cents AS "totalCents", sc.currency,
  p.created_at AS "createdAt", p.started_at AS "startedAt", p.finished_at AS "finishedAt"`;
const FROM = `FROM placements p JOIN stores s ON s.id = p.store_id JOIN store_checkouts sc ON sc.id = p.store_checkout_id
  JOIN checkout_sessions cs ON cs.id = p.session_id`;
const LIST = statement(
  'placements.list',
  `SELECT ${PLACEMENT} ${FROM} WHERE ($1::text IS NULL OR p.status = $1) AND ($2::uuid IS NULL OR p.id < $2) ORDER BY p.id DESC LIMIT $3`,
);
const BY_ID = statement('placements.by_id', `SELECT ${PLACEMENT} ${FROM} WHERE p.id = $1`);
const IS_KNOWN = statement(
  'placements.is_known_order',
  `SELECT 1 AS known FROM orders WHERE store_id = $1 AND store_order_id = $2`,
);
const NOTE = statement('placements.note', `UPDATE placements SET evidence = evidence || $2::jsonb WHERE id = $1`);

export const PLACEMENT_RESOLVED = 'checkout.placement_resolved';

/** Where support decides what became of a placement whose outcome nobody could know. */
@Injectable()
export class PlacementsConsole {
  constructor(
    private readonly database: Database,
    private readonly checkouts: CheckoutRepository,
    private readonly placements: PlacementsRepository,
    private readonly outcomes: OutcomeWriter,
    private readonly events: Events,
  ) {}

  async list({ status, limit, cursor }: ListPlacementsRequest): Promise<PlacementListResponse> {
    const rows = await this.database.rows<PlacementRow>(LIST, [
      status ?? null,
      decodeIdCursor(cursor) ?? null,
      limit + 1,
    ]);
    const { rows: kept, nextCursor } = page(rows, limit, (row) => encodeCursor(row.id));
    return { data: kept.map((row) => PlacementResponse.of(row)), nextCursor };
  }

  /** Writes the outcome that a person found out, as the runner would have. Throws NotFound, NothingToResolve, InvalidField. */
  async resolve(
    tx: Tx,
    caller: Caller,
    placementId: string,
    body: ResolvePlacementRequest,
  ): Promise<PlacementResponse> {
    const seen = await this.row(tx, placementId);
    if (body.outcome === 'not_placed' && body.storeOrderNumber) {
      throw new InvalidField('/storeOrderNumber', 'is only for an order that was placed');
    }
    const session = await this.checkouts.lockForOutcome(tx, seen.sessionId);
    const store = session?.stores.find((candidate) => candidate.storeId === seen.storeId);
    const told = { outcome: body.outcome, storeOrderNumber: body.storeOrderNumber ?? null };
    const finished = await this.placements.finish(tx, placementId, null, told);
    if (!session || !store || !finished) throw new NothingToResolve((await this.row(tx, placementId)).status);
    const { outcome, storeOrderNumber, reason } = body;
    // Found in the store's pages, which are asked for it by its number: from now on it is followed there.
    const storeOrderId = seen.tier === 'headless' ? storeOrderNumber : undefined;
    if (storeOrderId !== undefined && (await tx.maybeOne(IS_KNOWN, [store.storeId, storeOrderId])))
      throw new InvalidField('/storeOrderNumber', 'is the number of another order');
    await tx.run(NOTE, [
      placementId,
      JSON.stringify([{ at: new Date().toISOString(), by: caller.id, outcome, reason }]),
    ]);
    const kind = caller.roles.includes('admin') ? 'admin' : 'support';
    await this.outcomes.write(
      tx,
      session,
      store,
      outcome === 'placed'
        ? {
            ...{ type: 'placed', storeOrderNumber: storeOrderNumber ?? null, placedAtStore: store.tier !== 'direct' },
            ...(storeOrderId !== undefined && { storeOrderId }),
          }
        : { type: 'rejected', code: 'not_placed', detail: `${store.name} did not take the order.` },
      { placementId, tier: seen.tier, attempts: finished.attempts, ms: finished.ms, actor: { kind, id: caller.id } },
    );
    const resolved: NewEvent = sessionEvent(PLACEMENT_RESOLVED, session.id, { placementId, outcome, by: kind });
    await this.events.publish(tx, resolved);
    return PlacementResponse.of(await this.row(tx, placementId));
  }

  private async row(tx: Tx, placementId: string): Promise<PlacementRow> {
    const row = await tx.maybeOne<PlacementRow>(BY_ID, [placementId]);
    if (!row) throw new NotFound('placement');
    return row;
  }
}
