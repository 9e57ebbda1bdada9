export { JweResponse } from './dto/jwe.response';
export { OrderResponse } from './dto/order.response';
export { OpenToLinks } from './links/open-to-links.decorator';
export { OrderAccessTokens } from './links/order-access-tokens';
export { OrderConversations, type OrderToConverse } from './order-conversations';
export { BuyerRefs } from './sealed/buyer-refs';
export { OrderSides, type SidesOfOrder } from './order-sides';
export { OrderParties, type OrderActor, type OrderSide, type SharedOrder } from './order-parties';
export { OrdersModule } from './orders.module';
export type { Days, Told, ToldBy, ToldEvent, ToldParcel } from './following/told';
export { OrderTracking } from './following/order-tracking';
export { OrderShipping } from './life/order-shipping';
export {
  ORDER_CANCELLED,
  ORDER_COMPLETED,
  ORDER_DELIVERED,
  ORDER_MARKED_COMPLETE,
  ORDER_NUMBER_KNOWN,
  ORDER_OVERRIDDEN,
  ORDER_PLACED,
  ORDER_RETURNED,
  ORDER_SHIPPED,
  ORDER_VERIFIED,
} from './orders.events';
export { OrdersService, type NewOrder, type OrderToTell } from './orders.service';
