import { Injectable } from '@nestjs/common';
import type { Caller } from '../identity';
import { Database, type Tx } from '../platform/database';
import { InvalidField, type PageRequest } from '../platform/http';
import {
  Coupons,
  type CouponListResponse,
  type CouponResponse,
  type EndCouponRequest,
  type MakeCouponRequest,
} from '../pricing';
import { StoreDirectory } from './store-directory';

/** Coupons that a merchant gives out, at the store's cost. Errors: NotFound for another's store, and those of Coupons. */
@Injectable()
export class StoreCoupons {
  constructor(
    private readonly database: Database,
    private readonly directory: StoreDirectory,
    private readonly coupons: Coupons,
  ) {}

  async make(tx: Tx, caller: Caller, storeId: string, body: MakeCouponRequest): Promise<CouponResponse> {
    const store = await this.directory.ownedStore(tx, caller, storeId);
    if (store.kind === 'partner')
      throw new InvalidField('/storeId', 'must be a merchant store: others price themselves');
    return this.coupons.make(tx, store, body, caller.id);
  }

  async list(caller: Caller, storeId: string, query: PageRequest): Promise<CouponListResponse> {
    await this.directory.ownedStore(this.database, caller, storeId);
    return this.coupons.list(storeId, query);
  }

  end(caller: Caller, storeId: string, couponId: string, body: EndCouponRequest): Promise<CouponResponse> {
    return this.database.transaction(async (tx) => {
      await this.directory.ownedStore(tx, caller, storeId);
      return this.coupons.end(tx, storeId, couponId, body);
    });
  }
}
