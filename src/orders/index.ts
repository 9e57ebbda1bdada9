export { OrderResponse } from './dto/order.response';
export { OrdersModule } from './orders.module';
export { OrdersService, type NewOrder } from './orders.service';
