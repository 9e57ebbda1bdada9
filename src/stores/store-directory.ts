import { Injectable } from '@nestjs/common';
import { In, LessThan, type FindOptionsWhere } from 'typeorm';
import type { Caller } from '../identity';
import { Database, Tx } from '../platform/database';
import { NotFound, decodeIdCursor, encodeCursor, page } from '../platform/http';
import type { ListStoresRequest } from './dto/list-stores.request';
import {
  ManagedStoreResponse,
  StoreResponse,
  type ManagedStoreListResponse,
  type StoreListResponse,
} from './dto/store.response';
import { DeliveryOption } from './entities/delivery-option.entity';
import { Store } from './entities/store.entity';

/** Looks stores up; changes nothing. */
@Injectable()
export class StoreDirectory {
  constructor(private readonly database: Database) {}

  /** Those of the ids that exist, closed stores too: carts and orders still name them. */
  async byIds(ids: readonly string[], tx?: Tx): Promise<Map<string, Store>> {
    if (ids.length === 0) return new Map();
    const stores = await (tx ?? this.database).repository(Store).find({ where: { id: In([...new Set(ids)]) } });
    return new Map(stores.map((store) => [store.id, store]));
  }

  /** The store, if the caller runs it: its owner, or for partner stores and unclaimed ones an admin. Throws NotFound for anybody else. */
  async ownedStore(db: Tx | Database, caller: Caller, storeId: string): Promise<Store> {
    const store = await this.find(db, storeId);
    if (!store || !runs(caller, store)) throw new NotFound('store');
    return store;
  }

  /** As ownedStore, and locks the row, so that two changes of one store wait for each other. */
  async lockOwnedStore(tx: Tx, caller: Caller, storeId: string): Promise<Store> {
    const store = await tx.repository(Store).findOne({ where: { id: storeId }, lock: { mode: 'for_no_key_update' } });
    if (!store || !runs(caller, store)) throw new NotFound('store');
    return store;
  }

  /** Throws NotFound for an unknown or closed store. */
  async activeStore(storeId: string): Promise<StoreResponse> {
    const store = await this.find(this.database, storeId);
    if (store?.status !== 'active') throw new NotFound('store');
    return StoreResponse.of(store, (await this.deliveryOptions([store.id])).get(store.id) ?? []);
  }

  /** Active stores, newest first. */
  async list(query: ListStoresRequest): Promise<StoreListResponse> {
    const where: FindOptionsWhere<Store> = { status: 'active' };
    if (query.kind) where.kind = query.kind;
    if (query.tier) where.tier = query.tier;
    if (query.country) where.country = query.country;
    const { stores, options, nextCursor } = await this.page(where, query);
    return { data: stores.map((store) => StoreResponse.of(store, options.get(store.id) ?? [])), nextCursor };
  }

  /** The caller's own stores, newest first, closed ones too. */
  async listOwn(caller: Caller, query: { limit: number; cursor?: string }): Promise<ManagedStoreListResponse> {
    const { stores, options, nextCursor } = await this.page({ ownerUserId: caller.id }, query);
    return { data: stores.map((store) => ManagedStoreResponse.of(store, options.get(store.id) ?? [])), nextCursor };
  }

  /** The active delivery options of these stores, cheapest first. */
  async deliveryOptions(storeIds: string[], tx?: Tx): Promise<Map<string, DeliveryOption[]>> {
    const options = await (tx ?? this.database).repository(DeliveryOption).find({
      where: { storeId: In(storeIds), status: 'active' },
      order: { priceCents: 'ASC', id: 'ASC' },
    });
    const byStore = new Map<string, DeliveryOption[]>();
    for (const option of options) byStore.set(option.storeId, [...(byStore.get(option.storeId) ?? []), option]);
    return byStore;
  }

  private async find(db: Tx | Database, storeId: string): Promise<Store | null> {
    return db.repository(Store).findOne({ where: { id: storeId } });
  }

  private async page(where: FindOptionsWhere<Store>, query: { limit: number; cursor?: string }) {
    const after = decodeIdCursor(query.cursor);
    if (after) where.id = LessThan(after);
    const found = await this.database.repository(Store).find({ where, order: { id: 'DESC' }, take: query.limit + 1 });
    const { rows, nextCursor } = page(found, query.limit, (store) => encodeCursor(store.id));
    return { stores: rows, options: await this.deliveryOptions(rows.map((store) => store.id)), nextCursor };
  }
}

function runs(caller: Caller, store: Store): boolean {
  if (caller.kind !== 'user') return false;
  const ofAdmins = store.kind === 'partner' || store.isUnclaimed;
  return ofAdmins ? caller.roles.includes('admin') : store.ownerUserId === caller.id;
}
