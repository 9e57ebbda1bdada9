import { Injectable } from '@nestjs/common';
import type { Caller } from '../../identity';
import { LANGUAGES, decodeIdCursor, encodeCursor, page, type Language, type PageRequest } from '../../platform/http';
import type { HistoryEntryResponse, HistoryResponse } from '../dto/order.response';
import { OrdersService, type OrderReader } from '../orders.service';
import { historyTitle } from './history-titles';
import { OrderLifeRepository, type HistoryRow } from './order-life.repository';
import { OrderWords, placeOfWords } from './order-words';

/** What happened to an order, as a timeline: the same to both of its sides. */
@Injectable()
export class OrderHistory {
  constructor(
    private readonly orders: OrdersService,
    private readonly life: OrderLifeRepository,
    private readonly words: OrderWords,
  ) {}

  /** Throws NotFound. */
  async ofBuyer(caller: OrderReader, orderId: string, query: PageRequest, language?: Language) {
    await this.orders.find(caller, orderId);
    return this.page(orderId, query, language);
  }

  /** Throws NotFound. */
  async ofStore(caller: Caller, storeId: string, orderId: string, query: PageRequest, language?: Language) {
    await this.orders.findOfStore(caller, storeId, orderId);
    return this.page(orderId, query, language);
  }

  private async page(
    orderId: string,
    { limit, cursor }: PageRequest,
    language: Language = LANGUAGES[0],
  ): Promise<HistoryResponse> {
    const entries = await this.life.history(orderId, decodeIdCursor(cursor), limit + 1);
    const { rows, nextCursor } = page(entries, limit, (entry) => encodeCursor(entry.id));
    return { data: rows.map((row) => this.shown(orderId, row, language)), nextCursor };
  }

  private shown(orderId: string, row: HistoryRow, language: Language): HistoryEntryResponse {
    const { id, at, type, actor, sealedReason, before, after } = row;
    const reason = sealedReason ? this.words.open(row, placeOfWords(orderId, 'reason'), sealedReason) : row.reason;
    return { id, at: at.toISOString(), type, title: historyTitle(row, language), actor, reason, before, after };
  }
}
