export { OrderResponse } from './dto/order.response';
export { OpenToLinks } from './links/open-to-links.decorator';
export { OrderAccessTokens } from './links/order-access-tokens';
export { OrderConversations, type OrderToConverse } from './order-conversations';
export { BuyerRefs } from './sealed/buyer-refs';
export { OrdersModule } from './orders.module';
export { ORDER_CANCELLED, ORDER_DELIVERED, ORDER_PLACED, ORDER_SHIPPED } from './orders.events';
export { OrdersService, type NewOrder, type OrderToTell } from './orders.service';
