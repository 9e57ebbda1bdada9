export { CheckoutSessionModule } from './checkout-session.module';
export { PLACEMENT_STEPS, PLACEMENT_STEP_CHANNEL, type PlacementStep } from './placement-steps';
