import { Injectable } from '@nestjs/common';
import { inPages, type Caller } from '../../identity';
import { Database, type Tx } from '../../platform/database';
import { NotFound, decodeIdCursor, encodeCursor, page, type PageRequest } from '../../platform/http';
import { StoreDirectory } from '../../stores';
import type { ExportedOrderNoteResponse } from '../dto/exported-order-note.response';
import { OrderNoteResponse, type OrderNoteListResponse } from '../dto/order-life.response';
import { TooManyNotes } from '../orders.errors';
import { OrdersRepository } from '../orders.repository';
import { OrdersService } from '../orders.service';
import { OrderLifeRepository, type NoteRow } from './order-life.repository';
import { OrderWords, placeOfWords } from './order-words';

const NOTES_PER_ORDER = 200;

/** What a merchant writes down about an order for nobody else. */
@Injectable()
export class OrderNotes {
  constructor(
    private readonly orders: OrdersService,
    private readonly repository: OrdersRepository,
    private readonly life: OrderLifeRepository,
    private readonly words: OrderWords,
    private readonly stores: StoreDirectory,
    private readonly database: Database,
  ) {}

  /** Oldest first; those are left out whose key went with the buyer. Throws NotFound. */
  async list(
    caller: Caller,
    storeId: string,
    orderId: string,
    { limit, cursor }: PageRequest,
  ): Promise<OrderNoteListResponse> {
    await this.orders.findOfStore(caller, storeId, orderId);
    const found = await this.life.notes(orderId, decodeIdCursor(cursor), limit + 1);
    const { rows, nextCursor } = page(found, limit, (row) => encodeCursor(row.id));
    const data = rows.flatMap((row) => {
      const body = this.words.open(row, placeOfWords(orderId, 'note'), row.body);
      return body === null ? [] : [OrderNoteResponse.of(row, body)];
    });
    return { data, nextCursor };
  }

  /** All that a merchant wrote, for their export. */
  writtenBy(authorId: string): AsyncIterable<ExportedOrderNoteResponse> {
    return inPages<NoteRow & { orderId: string }, ExportedOrderNoteResponse>(
      (after, limit) => this.life.notesBy(authorId, after?.id, limit),
      (row) => ({
        orderId: row.orderId,
        body: this.words.open(row, placeOfWords(row.orderId, 'note'), row.body),
        createdAt: row.createdAt.toISOString(),
      }),
    );
  }

  /** Throws NotFound, TooManyNotes. */
  async add(tx: Tx, caller: Caller, storeId: string, orderId: string, words: string): Promise<OrderNoteResponse> {
    await this.stores.ownedStore(tx, caller, storeId);
    const order = await this.repository.lockOfStore(tx, storeId, orderId);
    if (!order) throw new NotFound('order');
    const [body, keySubjectId] = await this.words.note(tx, order, caller.id, words);
    const added = await this.life.addNote(tx, orderId, { authorId: caller.id, keySubjectId, body }, NOTES_PER_ORDER);
    if (!added) throw new TooManyNotes(NOTES_PER_ORDER);
    return OrderNoteResponse.of(added, words);
  }

  /** Throws NotFound. */
  async remove(caller: Caller, storeId: string, orderId: string, noteId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.stores.ownedStore(tx, caller, storeId);
      if (!(await this.life.removeNote(tx, storeId, orderId, noteId))) throw new NotFound('note');
    });
  }
}
