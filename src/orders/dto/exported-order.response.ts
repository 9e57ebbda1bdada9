import { OrderChangeResponse } from '../changes/dto/order-change.response';
import { ReturnResponse } from '../returns/dto/return.response';
import { OrderAccessTokenResponse } from './order-access-token.response';
import { HistoryEntryResponse, OrderResponse, TrackingEventResponse } from './order.response';
import { RefundResponse } from './refund.response';

/** An order with everything that belongs to it, `contact` too. */
export class ExportedOrderResponse extends OrderResponse {
  /** What happened to it */
  history: HistoryEntryResponse[];
  /** Where its parcels were seen */
  tracking: TrackingEventResponse[];
  /** What the store proposed to change in it */
  changes: OrderChangeResponse[];
  /** What was sent back, or is to be */
  returns: ReturnResponse[];
  /** What was paid back */
  refunds: RefundResponse[];
  /** Links to it that were mailed and still work, without what opens them */
  links: OrderAccessTokenResponse[];
}
