import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database';
import { InvalidRequest, NotFound, decodeCursor, decodeIdCursor, encodeCursor, page } from '../platform/http';
import type { ListProductsRequest } from './dto/list-products.request';
import { ProductResponse, type ProductDetailResponse, type ProductListResponse } from './dto/product.response';
import { PUBLIC_PRODUCT, SAME_ITEM, listStatement, type ProductRow } from './product-rows';
import { searchTerms } from './search-terms';
import { SecondPrices } from './second-prices';

const SAME_ITEM_LIMIT = 20;

interface SameItemRow {
  storeId: string;
  storeName: string;
  productId: string;
  priceCents: number;
  currency: string;
}

/** What everybody may see of the goods: nothing archived, nothing of closed stores. */
@Injectable()
export class ProductSearch {
  constructor(
    private readonly database: Database,
    private readonly secondPrices: SecondPrices,
  ) {}

  /** By best match where words are searched for, else newest first. */
  async list(query: ListProductsRequest): Promise<ProductListResponse> {
    const { q, limit, cursor, ...filters } = query;
    const terms = q ? searchTerms(q) : undefined;
    const after = terms ? rankCursor(cursor) : wrap(decodeIdCursor(cursor));
    const [statement, values] = listStatement(
      { ...filters, words: terms?.words, prefix: terms?.prefix ?? undefined },
      limit,
      after,
    );
    const found = await this.database.rows<ProductRow & { rank: number }>(statement, values);
    const { rows, nextCursor } = page(found, limit, (row) =>
      terms ? encodeCursor(row.rank, row.id) : encodeCursor(row.id),
    );
    const priceIn = await this.secondPrices.current();
    return { data: rows.map((row) => ProductResponse.of(row, priceIn)), nextCursor };
  }

  /** Throws NotFound for an unknown or archived product, and for one of a closed store. */
  async get(productId: string): Promise<ProductDetailResponse> {
    const row = await this.database.maybeOne<ProductRow>(PUBLIC_PRODUCT, [productId]);
    if (!row) throw new NotFound('product');
    const same =
      row.gtin === null ? [] : await this.database.rows<SameItemRow>(SAME_ITEM, [productId, SAME_ITEM_LIMIT]);
    return {
      ...ProductResponse.of(row, await this.secondPrices.current()),
      sameItemAt: same.map(({ priceCents, currency, ...where }) => ({
        ...where,
        fromPrice: { amount: priceCents, currency },
      })),
    };
  }
}

function wrap(id: string | undefined): string[] | undefined {
  return id === undefined ? undefined : [id];
}

function rankCursor(cursor: string | undefined): (string | number)[] | undefined {
  const values = decodeCursor(cursor, 2);
  if (!values) return undefined;
  const [rank, id] = values;
  if (Number.isInteger(rank) && Math.abs(Number(rank)) < 2 ** 31) {
    decodeIdCursor(encodeCursor(id!));
    return values;
  }
  throw new InvalidRequest([{ pointer: '/cursor', detail: 'must be a nextCursor that this list gave' }]);
}
