import { Injectable } from '@nestjs/common';
import type { Caller } from '../../identity';
import { Database } from '../../platform/database';
import { StoreDirectory } from '../../stores';
import { OrderCountsResponse } from '../dto/order-life.response';
import { OrderLifeRepository } from './order-life.repository';

/** How much a merchant has to do. */
@Injectable()
export class OrderCounts {
  constructor(
    private readonly life: OrderLifeRepository,
    private readonly stores: StoreDirectory,
    private readonly database: Database,
  ) {}

  /** Throws NotFound for another's store. */
  async ofStore(caller: Caller, storeId: string): Promise<OrderCountsResponse> {
    await this.stores.ownedStore(this.database, caller, storeId);
    return OrderCountsResponse.of(await this.life.counts(storeId));
  }
}
