export type {
  CheckoutStrategy,
  GroupLine,
  NoQuote,
  PlacedFigures,
  Placement,
  PlacementOutcome,
  PresentFacts,
  Problem,
  ShopperAction,
  ShopperAtStore,
  StoreAccess,
  StoreGroup,
  StoreLink,
  StoreQuote,
} from './checkout-strategy';
export { CHECKOUT_STRATEGIES, CheckoutStrategyRegistry } from './checkout-strategy.registry';
export { ACCOUNT_LINKED, ACCOUNT_UNLINKED, RELINK_NEEDED } from './accounts/accounts.events';
export { linkStatusOf, type LinkStatus } from './accounts/accounts.repository';
export { StoreAccounts, type StoreLink } from './accounts/store-accounts';
export { ConnectionSettings } from './connections/connection-settings';
export { Connections, type Connection } from './connections/connections';
export { ConnectionRequest, OAuthSettingRequest } from './connections/dto/connection.request';
export { StoreCalls, type ReadyCall } from './connections/store-calls';
export { NEXT_TIER, type CheckoutPlace } from './checkout-tier';
export { estimateDelivery, freeDelivery, quoteDelivery, type DeliveryQuote } from './delivery';
export { STORE_VERSION, knownStores, versionOfStore, type StoreVersions } from './known-stores';
export { AVAILABLE, lookAtMarket, type Market, type VariantFacts } from './market';
export { isGone, lineProblems, quoteFromTables, type CheckedLine } from './quote-from-tables';
export type { StoreFacts } from './store-facts';
export { StoreIntegrationsModule } from './store-integrations.module';
