import { whenBroken } from '../platform/database';
import { DomainError } from '../platform/http';
import type { OrderStatus } from './order-states';

/** 409: the order's state does not allow this action. */
export class OrderStateForbids extends DomainError {
  constructor(action: string, status: OrderStatus, why?: string) {
    super('order_state', 409, why ?? `An order that is ${status} cannot be ${action}.`, { orderStatus: status });
  }
}

/** 422: more units than were shipped and are not in a return yet. */
export class NotThatManyToReturn extends DomainError {
  constructor(pointer: string, returnable: number) {
    const detail = `at most ${returnable} of this item can be returned`;
    super('not_returnable', 422, 'A return holds only what was shipped and is not being returned already.', {}, [
      { pointer, detail },
    ]);
  }
}

/** 409: another order of this buyer at this store has that number. */
export class StoreOrderNumberTaken extends DomainError {
  constructor() {
    super('store_order_number_taken', 409, 'You have another order of this store with that number.');
  }
}

whenBroken('orders_one_per_store_number', () => new StoreOrderNumberTaken());
