import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ExportRegistry, exportSection, inPages, type Exported } from '../identity';
import { Database, statement } from '../platform/database';
import { ExportedCartResponse } from './dto/exported-cart.response';

const CARTS = exportSection('carts', ExportedCartResponse, 'The cart, and what is left of carts from before a sign-in');

const ROWS = statement(
  'cart.export',
  `SELECT c.id, c.status, c.coupon_codes AS "couponCodes", c.created_at AS "createdAt", c.updated_at AS "updatedAt",
          coalesce((SELECT json_agg(json_build_object('id', l.id, 'storeId', l.store_id, 'productName', l.product_name,
             'productSku', l.product_sku, 'productUrl', l.product_url, 'size', l.size, 'color', l.color, 'quantity', l.quantity,
             'unitPrice', json_build_object('amount', l.price_cents, 'currency', l.currency), 'addedAt', l.added_at) ORDER BY l.added_at, l.id)
             FROM cart_items l WHERE l.cart_id = c.id), '[]') AS lines
     FROM carts c WHERE c.shopper_id = ANY ($1::uuid[]) AND ($2::uuid IS NULL OR c.id > $2) ORDER BY c.id LIMIT $3`,
);

/** The part of carts in a user's export. */
@Injectable()
export class CartExport implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly exports: ExportRegistry,
  ) {}

  onModuleInit(): void {
    this.exports.register({ section: CARTS, tables: { carts: true }, read: (of) => this.carts(of) });
  }

  private carts({ shopperIds }: Exported): AsyncIterable<ExportedCartResponse> {
    return inPages<ExportedCartResponse, ExportedCartResponse>(
      (after, limit) => this.database.rows(ROWS, [shopperIds, after?.id ?? null, limit]),
      (row) => row,
    );
  }
}
