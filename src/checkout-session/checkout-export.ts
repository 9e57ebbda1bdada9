import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ExportRegistry, exportSection, inPages, type Exported } from '../identity';
import { Database, statement } from '../platform/database';
import { CheckoutRepository } from './checkout.repository';
import { ExportedCheckoutResponse, ExportedHandoffResponse } from './dto/exported-checkout.response';
import { HandoffResponse } from './dto/checkout.response';
import { HandoffsRepository } from './handoffs/handoffs.repository';
import { SessionVault } from './session-vault';

const CHECKOUTS = exportSection('checkouts', ExportedCheckoutResponse, 'Every checkout, and what became of it');
const HANDOFFS = exportSection('handoffs', ExportedHandoffResponse, 'Carts that were filled at stores');

const SESSION_IDS = statement(
  'checkout.export_ids',
  `SELECT id, shopper_id AS "shopperId" FROM checkout_sessions
    WHERE shopper_id = ANY ($1::uuid[]) AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
);
const HANDOFF_IDS = statement(
  'handoffs.export_ids',
  `SELECT id, shopper_id AS "shopperId", created_at AS "createdAt" FROM handoffs
    WHERE shopper_id = ANY ($1::uuid[]) AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
);

interface Found {
  id: string;
  shopperId: string;
}

/** The part of checkouts in a user's export. */
@Injectable()
export class CheckoutExport implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly checkouts: CheckoutRepository,
    private readonly handoffs: HandoffsRepository,
    private readonly sealing: SessionVault,
    private readonly exports: ExportRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.register({
      section: CHECKOUTS,
      tables: { checkout_sessions: true },
      read: (of) => this.sessions(of),
    });
    this.exports.register({ section: HANDOFFS, tables: { handoffs: true }, read: (of) => this.carts(of) });
  }

  private async *sessions({ shopperIds }: Exported): AsyncGenerator<ExportedCheckoutResponse> {
    for await (const { id, shopperId } of this.found(SESSION_IDS, shopperIds)) {
      // One that was taken over or deleted since is told of, or not, where it is now.
      const session = await this.checkouts.read(id, shopperId);
      if (session) yield ExportedCheckoutResponse.of(session, this.sealing.open(session));
    }
  }

  private async *carts({ shopperIds }: Exported): AsyncGenerator<ExportedHandoffResponse> {
    for await (const { id, shopperId, createdAt } of this.found<Found & { createdAt: Date }>(HANDOFF_IDS, shopperIds)) {
      const row = await this.handoffs.ofShopper(id, shopperId);
      if (row) yield { ...HandoffResponse.of(row), createdAt: createdAt.toISOString() };
    }
  }

  private found<R extends Found = Found>(ids: typeof SESSION_IDS, shopperIds: readonly string[]): AsyncIterable<R> {
    return inPages<R, R>(
      (after, limit) => this.database.rows<R>(ids, [shopperIds, after?.id ?? null, limit]),
      (row) => row,
    );
  }
}
