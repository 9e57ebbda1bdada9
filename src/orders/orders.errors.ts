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
