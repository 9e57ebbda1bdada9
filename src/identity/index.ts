export { OneTimeTokens, type OneTimePurpose } from './access/one-time-tokens';
export { Accounts, type ReadyAccount, type UserToWriteTo } from './accounts/accounts.service';
export { ClaimRegistry, type ClaimPart } from './accounts/claim-registry';
export { ErasureRegistry, type ErasurePart } from './accounts/erasure-registry';
export type { UserRow } from './accounts/user-row';
export { AddressBook, type SavedAddress } from './addresses/address-book';
export type { Address } from './addresses/address';
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
export { ScopedTokens, TakesTokenOf, type TokenHolder } from './access/scoped-tokens';
export { Forbidden, Unauthenticated } from './identity.errors';
export { IdentityModule } from './identity.module';
