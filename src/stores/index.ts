export { CHECKOUT_TIERS, PARTNER_TIERS, type CheckoutTier, type PartnerTier } from './checkout-tier';
export { CART_LINK_TAKES, CART_LINK_WARNINGS, type CartLink } from './cart-link';
export { contactOnly } from './contact-only';
export { DeliveryOption } from './entities/delivery-option.entity';
export {
  Store,
  type AutomationPolicy,
  type StoreKind,
  type StorePolicies,
  type StoreStatus,
} from './entities/store.entity';
export { FoundStores, type FoundStore } from './found-stores';
export { DeliveryOptions } from './delivery-options.service';
export { StoreDirectory } from './store-directory';
export { Stores } from './stores.service';
export { StoresModule } from './stores.module';
export { STORE_CLAIMED, UnclaimedStores } from './unclaimed-stores';
export { ManagedStoreResponse } from './dto/store.response';
export { StoreContactDto } from './dto/unclaimed-store.request';
export { MakePartnerStoreRequest } from './dto/partner-store.request';
export { MakeStoreRequest } from './dto/make-store.request';
export { MakeDeliveryOptionRequest } from './dto/delivery-option.request';
