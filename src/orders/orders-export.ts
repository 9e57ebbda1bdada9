import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ExportRegistry, byCursor, exportSection, type Caller, type Exported } from '../identity';
import { Vault, openJson, type SealedJson } from '../platform/crypto';
import { Database, statement } from '../platform/database';
import { ExportedOrderResponse } from './dto/exported-order.response';
import type { OrderContactResponse, OrderResponse } from './dto/order.response';
import { OrderAccessTokens } from './links/order-access-tokens';
import { OrdersService } from './orders.service';
import { OrderRefunds } from './paying/order-refunds';

const ORDERS = exportSection('orders', ExportedOrderResponse, 'Every order with its history, returns and refunds');

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
    private readonly refunds: OrderRefunds,
    private readonly links: OrderAccessTokens,
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly exports: ExportRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.register({
      section: ORDERS,
      tables: { orders: true, order_events: true },
      read: (of) => this.bought(of),
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
      // What it opens at the payment provider is a secret, and of use for minutes.
      action: order.action && { type: order.action.type, expiresAt: order.action.expiresAt },
      contact: await this.contactOf(buyer.id, id),
      history: await all((cursor, limit) => this.orders.history(buyer, id, { limit, cursor })),
      tracking: (await this.orders.tracking(buyer, id)).events,
      returns: await all((cursor, limit) => this.orders.returns(buyer, id, { limit, cursor })),
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
