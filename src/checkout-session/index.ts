export { CheckoutSessionModule } from './checkout-session.module';
export { HANDOFF_MATCHED, ORDER_FOUND } from './found-orders/found-orders.events';
export { HANDOFF_EXPIRING } from './checkout.events';
export { HandoffsService, type MailedOrder } from './handoffs/handoffs.service';
export { serveHandoffLinks } from './handoffs/serve-handoff-links';
export { PLACEMENT_STEPS, PLACEMENT_STEP_CHANNEL, type PlacementStep } from './placement-steps';
