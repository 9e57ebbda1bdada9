export { OneTimeTokens, type OneTimePurpose } from './access/one-time-tokens';
export { Accounts, type Asking, type UserToWriteTo } from './accounts/accounts.service';
export { ClaimRegistry, type ClaimPart } from './accounts/claim-registry';
export { ErasureRegistry, type ErasurePart } from './accounts/erasure-registry';
export { ExportRegistry, byCursor, inPages, type Exported, type ExportPart } from './accounts/export-registry';
export { exportSection, exportSections, type ExportSection } from './accounts/export-sections';
export { Recipients } from './accounts/recipients';
export { CREDENTIALS_AT } from './accounts/user-row';
export { ApiKeys } from './api-keys/api-keys.service';
export { API_KEY_SCHEME, SCOPES, Scoped } from './api-keys/scopes';
export { AddressBook, type SavedAddress } from './addresses/address-book';
export type { Address } from './addresses/address';
export { regionCode, regionFault } from './addresses/country-rules';
export {
  CurrentCaller,
  ROLES,
  Roles,
  UsersOnly,
  type Caller,
  type Privacy,
  type RequestWithCaller,
  type Role,
} from './caller';
export { AddressRequest } from './dto/address.request';
export { AddressResponse } from './dto/address.response';
export { PublicKeyResponse, PublicKeysResponse } from './keys/dto/public-key.response';
export { PublishKeyRequest } from './keys/dto/publish-key.request';
export { PublicKeys, type KeySubject, type PublishedKey } from './keys/public-keys';
export { KeptTokens } from './access/kept-tokens';
export { LinkTokens, TakesTokenOf, type TokenHolder } from './access/link-tokens';
export { Forbidden, Unauthenticated } from './identity.errors';
export { IdentityModule } from './identity.module';
