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
  StoreDiscount,
  StoreGroup,
  StoreQuote,
} from './checkout-strategy';
export { CHECKOUT_STRATEGIES, CheckoutStrategyRegistry } from './checkout-strategy.registry';
export { AffiliateProgrammes, NETWORK_IDS, affiliateDisclosure, networkOf, type NetworkId } from './affiliates';
export { ACCOUNT_LINKED, ACCOUNT_UNLINKED, RELINK_NEEDED } from './accounts/accounts.events';
export { linkStatusOf, type LinkStatus } from './accounts/accounts.repository';
export { signInStatusOf } from './automation/sign-in-status';
export { StoreAccounts, type StoreLink } from './accounts/store-accounts';
export { CARRIERS, carrierName, carrierOf, detectCarrier, parcelNumber, trackingLink } from './carriers';
export { PARCEL_TOLD } from './carriers/carriers.events';
export { TrackedParcels, type TrackedParcel } from './carriers/tracked-parcels';
export { ConnectionSettings } from './connections/connection-settings';
export { Connections, type Connection } from './connections/connections';
export { ConnectionRequest, OAuthSettingRequest } from './connections/dto/connection.request';
export { StoreCalls, type ReadyCall } from './connections/store-calls';
export { takesGuestsOf } from './connections/takes-guests';
export {
  ChallengeAnswerRequest,
  ChallengeAnsweredResponse,
  ChallengeResponse,
  Challenges,
  type OpenChallenge,
} from './challenges';
export { Recipes, shippedRecipe, type ShippedShop } from './recipes';
export { STORE_ORDER_CHANGED } from './following/following.events';
export { parcelMayMove, type OrderSnapshot, type SnapshotParcel } from './following/order-snapshot';
export { StoreAvailability } from './following/store-availability';
export { StoreOrderAsks, type AskOutcome, type AskedLine, type AskedOrder } from './following/store-order-asks';
export { StoreOrders, type StoreOrder } from './following/store-orders';
export {
  CERTAIN_FROM,
  OFFERED_FROM,
  type MailContext,
  type MailEvidence,
  type MailFinding,
  MAIL_KINDS,
  type MailKind,
  type ReadMail,
} from './order-mails/finding';
export { MAIL_FOUND } from './mail-findings/mail-findings.events';
export { MailFindings, type IncomingMail, type KnownDomains, type OpenFinding } from './mail-findings/mail-findings';
export { domainsOfOwner, registrable } from './mail-findings/store-domains';
export { OrderMails } from './order-mails/order-mails';
export { MAILBOX_RELINK_NEEDED } from './mailboxes/mailboxes.events';
export type { StoreAbility } from './protocols/store-api';
export { StoreFault } from './protocols/store-fault';
export {
  CARRIED,
  HANDOFF_KINDS,
  HANDOFF_WARNINGS,
  type BuiltCart,
  type Carried,
  type Handoff,
  type HandoffKind,
  type HandoffWarning,
  type HandoffWarningCode,
  type ProductLink,
} from './handoff';
export { NEXT_TIER, type CheckoutPlace } from './checkout-tier';
export { estimateDelivery, freeDelivery, quoteDelivery, type DeliveryQuote } from './delivery';
export { STORE_VERSION, knownStores, versionOfStore, type StoreVersions } from './known-stores';
export { AVAILABLE, lookAtMarket, type Market, type VariantFacts } from './market';
export { NAME_AT_STORE, nameAtStore } from './name-at-store';
export { NotOfferedByStore } from './accounts/integrations.errors';
export { isGone, lineProblems, quoteFromTables, type CheckedLine } from './quote-from-tables';
export { serveUcpProfile } from './protocols/ucp/serve-profile';
export type { StoreFacts } from './store-facts';
export { StoreIntegrationsModule } from './store-integrations.module';
export { API_CHECKOUT_STEPS, API_CHECKOUT_STEP_CHANNEL, STORE_ASK_STEPS, reached } from './store-steps';
export {
  BROWSER_CHECKOUT_STEPS,
  BROWSER_CHECKOUT_STEP_CHANNEL,
  type BrowserCheckoutStep,
} from './strategies/headless/browser-checkout-steps';
export { StoreWays } from './strategies/oauth-api/store-ways';
