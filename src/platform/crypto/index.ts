export { KeyDestroyed, MasterKeyMissing, SealBroken } from './crypto.errors';
export { CryptoModule } from './crypto.module';
export { DataKey } from './data-key';
export { ConfiguredMasterKeys, MASTER_KEY_SOURCE, MasterKeys, type MasterKeySource } from './master-keys';
export {
  JWE_ALG,
  aadOf,
  readJwe,
  readPublicJwk,
  sealJwe,
  thumbprintOf,
  type JweRecipient,
  type Openers,
  type PublicJwk,
  type SealedJwe,
} from './jwe';
export { isKeyedHash, keyedHash } from './keyed-hash';
export { openJson, sealJson, type SealedJson } from './sealed-json';
export { hashToken, randomCode, randomToken } from './tokens';
export { Vault } from './vault';
