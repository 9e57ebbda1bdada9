import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ExportRegistry, byCursor, exportSection, type Caller, type Exported } from '../identity';
import { Vault, openJson, type SealedJson } from '../platform/crypto';
import { Database, statement } from '../platform/database';
import { OrderChanges } from './changes/order-changes.service';
import { ExportedOrderNoteResponse } from './dto/exported-order-note.response';
import { ExportedOrderResponse } from './dto/exported-order.response';
import type { OrderActionResponse, OrderContactResponse, OrderResponse } from './dto/order.response';
import { OrderAccessTokens } from './links/order-access-tokens';
import { OrderHistory } from './life/order-history';
import { OrderNotes } from './life/order-notes';
import { OrdersService } from './orders.service';
import { OrderRefunds } from './paying/order-refunds';
import { Returns } from './returns/returns.service';

const ORDERS = exportSection(
  'orders',
  ExportedOrderResponse,
  'Every order with its history, changes, returns and refunds',
);
const NOTES = exportSection('orderNotes', ExportedOrderNoteResponse, 'What you noted, as a merchant, about orders');

const CONTACT = statement(
  'orders.export_contact',
  `SELECT o.contact, o.key_subject_id AS "keySubjectId", k.wrapped, k.master_key_id AS "masterKeyId"
     FROM orders o JOIN data_keys k ON k.subject_id = o.key_subject_id WHERE o.id = $1 AND o.buyer_user_id = $2 AND o.contact IS NOT NULL`,
);

interface ContactRow {
  contact: SealedJson;
  keySubjectId: string;
  wrapped: Buffer | null;
  masterKeyId: string;
}

/** The part of orders in a user's export: each as its buyer sees it here, with whatever hangs on it. */
@Injectable()
export class OrdersExport implements OnModuleInit {
  constructor(
    private readonly orders: OrdersService,
    private readonly histories: OrderHistory,
    private readonly notes: OrderNotes,
    private readonly refunds: OrderRefunds,
    private readonly changes: OrderChanges,
    private readonly sentBack: Returns,
    private readonly links: OrderAccessTokens,
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly exports: ExportRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.register({
      section: ORDERS,
      tables: {
        ...{ orders: true, order_events: true, order_changes: true, returns: true },
        verified_sales: 'whether an order is one: shown with the order',
      },
      read: (of) => this.bought(of),
    });
    this.exports.register({
      section: NOTES,
      tables: { order_notes: true },
      read: ({ userId }) => this.notes.writtenBy(userId),
    });
  }

  private bought({ userId }: Exported): AsyncIterable<ExportedOrderResponse> {
    const buyer: Caller = { kind: 'user', id: userId, roles: [], privacy: 'standard' };
    return byCursor(
      async (cursor, limit) => {
        const { data: rows, nextCursor } = await this.orders.list(buyer, { limit, cursor });
        return { rows, nextCursor };
      },
      (order) => this.whole(buyer, order),
    );
  }

  private async whole(buyer: Caller, order: OrderResponse): Promise<ExportedOrderResponse> {
    const { id } = order;
    return {
      ...order,
      action: withoutSecret(order.action),
      contact: await this.contactOf(buyer.id, id),
      history: await all((cursor, limit) => this.histories.ofBuyer(buyer, id, { limit, cursor })),
      tracking: (await this.orders.tracking(buyer, id)).events,
      changes: (await all((cursor, limit) => this.changes.ofBuyer(buyer, id, { limit, cursor }))).map((change) => ({
        ...change,
        action: withoutSecret(change.action),
      })),
      returns: await all((cursor, limit) => this.sentBack.ofBuyer(buyer, id, { limit, cursor })),
      refunds: (await this.refunds.ofBuyer(buyer, id)).data,
      links: await all((cursor, limit) => this.links.list(buyer, id, { limit, cursor })),
    };
  }

  /** An order shows it to its store only: its buyer has no use for it there. */
  private async contactOf(buyerId: string, orderId: string): Promise<OrderContactResponse | null> {
    const row = await this.database.maybeOne<ContactRow>(CONTACT, [orderId, buyerId]);
    if (!row || row.wrapped === null) return null;
    const key = this.vault.unwrap(row.keySubjectId, row.wrapped, row.masterKeyId);
    return openJson<OrderContactResponse>(key, `orders:${orderId}:contact`, row.contact);
  }
}

/** What it opens at the payment provider is a secret, and of use for minutes. */
function withoutSecret(action: OrderActionResponse | null): OrderActionResponse | null {
  return action && { type: action.type, expiresAt: action.expiresAt };
}

/** Of one order there are never many. */
async function all<T>(
  ask: (cursor: string | undefined, limit: number) => Promise<{ data: T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const found: T[] = [];
  const pages = byCursor<T, T>(
    async (cursor, limit) => {
      const { data: rows, nextCursor } = await ask(cursor, limit);
      return { rows, nextCursor };
    },
    (row) => row,
  );
  for await (const one of pages) found.push(one);
  return found;
}
