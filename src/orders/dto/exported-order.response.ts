import { OrderAccessTokenResponse } from './order-access-token.response';
import { HistoryEntryResponse, OrderResponse, ReturnResponse, TrackingEventResponse } from './order.response';
import { RefundResponse } from './refund.response';

/** An order with everything that belongs to it, `contact` too. */
export class ExportedOrderResponse extends OrderResponse {
  /** What happened to it */
  history: HistoryEntryResponse[];
  /** Where its parcels were seen */
  tracking: TrackingEventResponse[];
  /** What was sent back, or is to be */
  returns: ReturnResponse[];
  /** What was paid back */
  refunds: RefundResponse[];
  /** Links to it that were mailed and still work, without what opens them */
  links: OrderAccessTokenResponse[];
}
