import { ApiProperty } from '@nestjs/swagger';
import type { StoreAddress, StoreInstrument } from '../../protocols/store-api';
import { CHALLENGES, type ChallengeKind } from '../../recipes';
import type { AccountRow } from '../accounts.repository';
import { CONSENT, CREDENTIALS_CONSENT } from '../consents';

/** Which store. */
export class IntegrationStoreResponse {
  /** Its id */
  id: string;

  /**
   * Its name
   * @example "Walmart"
   */
  name: string;
}

/** What the shopper agreed to. */
export class GivenConsentResponse {
  /**
   * Version of the text
   * @example "2026-11"
   */
  version: string;

  /** When */
  givenAt: Date;
}

/** What the store asks the shopper while the sign-in is tried. */
export class SignInChallengeResponse {
  /** To be read and answered at /integrations/{storeId}/challenges/{challengeId} */
  @ApiProperty({ format: 'uuid' })
  id: string;
  @ApiProperty({ enum: CHALLENGES, example: 'one_time_code' })
  kind: ChallengeKind;
  /** Until when; afterwards the sign-in is kept unproved */
  expiresAt: Date;
}

/** A username and a password that are kept for a store, without either. */
export class SignInResponse {
  /** Whether it was seen to open the account: being tried, yes, not seen yet (used all the same), or refused by the store and destroyed */
  @ApiProperty({ enum: ['proving', 'proved', 'unproved', 'refused'], example: 'proved' })
  state: 'proving' | 'proved' | 'unproved' | 'refused';

  /** Why it is unproved or refused: `wrong_credentials`, `challenge` (the store asked something that only the shopper can answer), or what was in the way */
  @ApiProperty({ type: String, nullable: true, example: null })
  reason: string | null;

  /** When it was given */
  givenAt: Date;

  /** When it was first seen to open the account */
  @ApiProperty({ type: Date, nullable: true })
  provedAt: Date | null;

  /** What the store asks while it is tried: to be answered by the shopper; else null */
  @ApiProperty({ type: SignInChallengeResponse, nullable: true })
  challenge: SignInChallengeResponse | null;

  static of(row: AccountRow): SignInResponse | null {
    const { signInState: state, signInReason: reason, signInGivenAt: givenAt, signInProvedAt: provedAt } = row;
    if (state === null || givenAt === null) return null;
    const asked = row.signInChallenge;
    const challenge = asked && { ...asked, expiresAt: new Date(asked.expiresAt) };
    return { state, reason, givenAt, provedAt, challenge };
  }
}

/** An account of the caller's at a store, and what Muse keeps of it. */
export class IntegrationResponse {
  /** Which store */
  store: IntegrationStoreResponse;

  /** Whether it can be used, or must be linked again */
  @ApiProperty({ enum: ['linked', 'relink'], example: 'linked' })
  status: 'linked' | 'relink';

  /** How it is used: by the store's own interface, or by signing in as the shopper does */
  @ApiProperty({ enum: ['oauth', 'credentials'], example: 'oauth' })
  kind: 'oauth' | 'credentials';

  /** What the store lets Muse do there, in its words */
  @ApiProperty({ type: [String], example: ['dev.ucp.shopping.order:read'] })
  scopes: string[];

  /** What is kept, encrypted */
  @ApiProperty({ type: [String], example: ['access_token', 'refresh_token'] })
  stored: string[];

  /** Since when */
  linkedAt: Date;

  /** When Muse last used it; to the minute */
  @ApiProperty({ type: Date, nullable: true })
  lastUsedAt: Date | null;

  /** What was agreed to */
  @ApiProperty({ type: GivenConsentResponse, nullable: true })
  consent: GivenConsentResponse | null;

  /** How the sign-in stands that the shopper gave for this store; null where there is none */
  @ApiProperty({ type: SignInResponse, nullable: true })
  signIn: SignInResponse | null;

  static of(row: AccountRow): IntegrationResponse {
    const { storeId, storeName, kind, status, scopes, stored, linkedAt, lastUsedAt } = row;
    const { consentVersion, consentGivenAt } = row;
    return {
      store: { id: storeId, name: storeName },
      ...{ status, kind, scopes, stored, linkedAt, lastUsedAt },
      signIn: SignInResponse.of(row),
      consent:
        consentVersion === null || consentGivenAt === null
          ? null
          : { version: consentVersion, givenAt: consentGivenAt },
    };
  }
}

/** What a shopper agrees to by linking. */
export class ConsentTextResponse {
  /**
   * Its version: goes into the request that begins a link
   * @example "2026-11"
   */
  version: string;

  /**
   * To be shown before
   * @example "Muse signs in to your account at this store for you."
   */
  text: string;
}

/** A page of linked accounts, newest first. */
export class IntegrationListResponse {
  /** The accounts of this page */
  @ApiProperty({ type: [IntegrationResponse] })
  data: IntegrationResponse[];

  /** Where the next page begins; null on the last one */
  @ApiProperty({ nullable: true, type: String })
  nextCursor: string | null;

  /** What is to be agreed to before an account is linked */
  consent: ConsentTextResponse;

  /** What is to be agreed to before a username and a password are given */
  credentialsConsent: ConsentTextResponse;

  static of(rows: AccountRow[], nextCursor: string | null): IntegrationListResponse {
    const texts = { consent: { ...CONSENT }, credentialsConsent: { ...CREDENTIALS_CONSENT } };
    return { data: rows.map((row) => IntegrationResponse.of(row)), nextCursor, ...texts };
  }
}

/** A link that was begun. */
export class BegunLinkResponse {
  /**
   * Where the shopper's browser goes to sign in at the store
   * @example "https://accounts.shop.example/authorize?response_type=code&client_id=muse&state=…"
   */
  authorizationUrl: string;

  /** Until when it can be finished */
  expiresAt: Date;
}

/** What was unlinked. */
export class UnlinkedResponse {
  /** The stores; each is told that what it gave holds no more */
  @ApiProperty({ type: [String], example: ['019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f'] })
  unlinked: string[];
}

/** An address that the store holds for the shopper. */
export class StoreAddressResponse {
  /**
   * Its id at the store: can be chosen in a checkout
   * @example "addr_1"
   */
  id: string;

  /** Whether the store takes it where nothing else is said */
  isDefault: boolean;

  /**
   * Given name
   * @example "Ana"
   */
  @ApiProperty({ type: String, nullable: true })
  firstName: string | null;

  /**
   * Family name
   * @example "Pérez"
   */
  @ApiProperty({ type: String, nullable: true })
  lastName: string | null;

  /**
   * Street and number
   * @example "350 Fifth Avenue"
   */
  line1: string;

  /** Flat, floor */
  @ApiProperty({ type: String, nullable: true, example: null })
  line2: string | null;

  /**
   * City
   * @example "New York"
   */
  city: string;

  /**
   * State or region
   * @example "NY"
   */
  @ApiProperty({ type: String, nullable: true })
  region: string | null;

  /**
   * Postal code
   * @example "10118"
   */
  @ApiProperty({ type: String, nullable: true })
  postalCode: string | null;

  /**
   * ISO 3166-1 alpha-2
   * @example "US"
   */
  country: string;

  static of(address: StoreAddress): StoreAddressResponse {
    const { id, isDefault, firstName, lastName, line1, line2, city, region, postalCode, country } = address;
    return {
      ...{ id, isDefault, firstName: firstName ?? null, lastName: lastName ?? null, line1, line2: line2 ?? null },
      ...{ city, region: region ?? null, postalCode: postalCode ?? null, country },
    };
  }
}

/** Addresses that the store holds. */
export class StoreAddressesResponse {
  /** All of them */
  @ApiProperty({ type: [StoreAddressResponse] })
  data: StoreAddressResponse[];
}

/** A means of payment that the store holds for the shopper. */
export class StoreInstrumentResponse {
  /**
   * Its id at the store: can be chosen in a checkout
   * @example "card_1"
   */
  id: string;

  /**
   * Brand, as the store has it
   * @example "visa"
   */
  @ApiProperty({ type: String, nullable: true })
  brand: string | null;

  /**
   * Last four digits
   * @example "4242"
   */
  @ApiProperty({ type: String, nullable: true })
  last4: string | null;

  /** Whether the store takes it where nothing else is said */
  isDefault: boolean;

  static of({ id, brand, last4, isDefault }: StoreInstrument): StoreInstrumentResponse {
    return { id, brand, last4, isDefault };
  }
}

/** Means of payment that the store holds. */
export class StoreInstrumentsResponse {
  /** All of them */
  @ApiProperty({ type: [StoreInstrumentResponse] })
  data: StoreInstrumentResponse[];
}
