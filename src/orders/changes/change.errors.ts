import { whenBroken } from '../../platform/database';
import { DomainError } from '../../platform/http';
import type { ChangeStatus } from './change-states';

/** 409: another change of this order waits for its answer, or for its payment. */
export class ChangeOpen extends DomainError {
  constructor() {
    super('change_open', 409, 'Another change of this order is open: withdraw it first, or wait for its answer.');
  }
}

/** 409: as the change stands, this cannot be done with it. */
export class ChangeStateForbids extends DomainError {
  constructor(status: ChangeStatus, why?: string) {
    super('change_state', 409, why ?? `This change is ${status}: that cannot be done with it any more.`, {
      changeStatus: status,
    });
  }
}

/** 409: the store has not enough of what a change adds, or of what an exchange is for. */
export class GoodsShort extends DomainError {
  constructor(short: { variantId: string; available: number }[]) {
    super('goods_short', 409, 'The store does not have enough of what this adds.', { short });
  }
}

whenBroken('order_changes_one_open', () => new ChangeOpen());
