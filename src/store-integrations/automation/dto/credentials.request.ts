import { IsString, Length } from 'class-validator';

/** A shopper's sign-in at a store. */
export class CredentialsRequest {
  /**
   * As the shopper types it at the store: an e-mail address, mostly
   * @example "ana@example.com"
   */
  @IsString()
  @Length(1, 320)
  username: string;

  /**
   * As the shopper types it at the store; never answered, and destroyed when the store is unlinked
   * @example "correct horse battery staple"
   */
  @IsString()
  @Length(1, 1000)
  password: string;

  /**
   * The version of the text that the shopper was shown and agreed to: `credentialsConsent` of GET /integrations
   * @example "2026-11"
   */
  @IsString()
  @Length(1, 40)
  consentVersion: string;
}
