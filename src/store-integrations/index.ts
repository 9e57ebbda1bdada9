export type {
  CheckoutStrategy,
  GroupLine,
  Placement,
  PlacementOutcome,
  PresentFacts,
  Problem,
  StoreGroup,
  StoreQuote,
} from './checkout-strategy';
export { CHECKOUT_STRATEGIES, CheckoutStrategyRegistry } from './checkout-strategy.registry';
export { NEXT_TIER, type CheckoutPlace } from './checkout-tier';
export { estimateDelivery, freeDelivery, quoteDelivery, type DeliveryQuote } from './delivery';
export { AVAILABLE, STORE_FACTS_JSON, lookAtMarket, type Market, type StoreFacts, type VariantFacts } from './market';
export { isGone, lineProblems, quoteFromTables } from './quote-from-tables';
export { StoreIntegrationsModule } from './store-integrations.module';
