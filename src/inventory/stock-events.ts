import type { NewEvent } from '../platform/events';

/** What one variant had to sell before and after a change; may be negative where a buffer was raised. */
export interface StockMove {
  variantId: string;
  storeId: string;
  alertThreshold: number | null;
  before: number;
  after: number;
}

/** The facts in one move: stock fell to its alert threshold; it ran out, or there is some again. Mostly none. */
export function stockEvents(move: StockMove): NewEvent[] {
  const { variantId, storeId, alertThreshold, before, after } = move;
  const available = Math.max(after, 0);
  const events: NewEvent[] = [];
  if (alertThreshold !== null && before > alertThreshold && after <= alertThreshold) {
    const payload = { variantId, storeId, available, threshold: alertThreshold };
    events.push({ type: 'inventory.low', aggregateId: variantId, payload });
  }
  if (before > 0 !== after > 0) {
    const payload = { variantId, storeId, inStock: after > 0, available };
    events.push({ type: 'inventory.stock_changed', aggregateId: variantId, payload });
  }
  return events;
}
