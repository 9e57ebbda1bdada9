import { ApiProperty } from '@nestjs/swagger';
import { ACCOUNT_STATUSES, accountStatus, type AccountStatus } from '../account-status';
import type { AccountRow } from '../payment-accounts.repository';
import { UNPAYABLE_REASONS, type Payable, type UnpayableReason } from '../payable-stores';

export class RequirementsResponse {
  /**
   * What the provider has to be told, in its own words
   * @example ["external_account"]
   */
  currentlyDue: string[];

  /**
   * What should have been told by now
   * @example []
   */
  pastDue: string[];

  /**
   * What was told and is being looked at
   * @example []
   */
  pendingVerification: string[];
}

/** How a merchant store can be paid. */
export class PaymentAccountResponse {
  /** none: no account yet; incomplete: follow a link and fill in; pending: being looked at; enabled; disabled: closed by the provider */
  @ApiProperty({ enum: ACCOUNT_STATUSES, example: 'incomplete' })
  status: AccountStatus;

  /**
   * Whether shoppers can pay the store in Muse now
   * @example false
   */
  payable: boolean;

  /**
   * Whether the account may charge
   * @example false
   */
  chargesEnabled: boolean;

  /**
   * Whether the account is paid out
   * @example false
   */
  payoutsEnabled: boolean;

  requirements: RequirementsResponse;

  /** Why the store is not payable: no account, one that is not enabled, or one in another currency than the store's; null where it is */
  @ApiProperty({ enum: UNPAYABLE_REASONS, nullable: true, example: 'not_enabled' })
  reason: UnpayableReason | null;

  /** Why the provider holds the account back, in its own words */
  @ApiProperty({ type: 'string', nullable: true, example: 'requirements.past_due' })
  disabledReason: string | null;

  /**
   * What the platform keeps of a sale, in millionths
   * @example 50000
   */
  platformFeePpm: number;

  static of(row: AccountRow | undefined, { payable, reason, feePpm }: Payable): PaymentAccountResponse {
    return Object.assign(new PaymentAccountResponse(), {
      status: row ? accountStatus(row) : 'none',
      payable,
      chargesEnabled: row?.chargesEnabled ?? false,
      payoutsEnabled: row?.payoutsEnabled ?? false,
      requirements: row?.requirements ?? { currentlyDue: [], pastDue: [], pendingVerification: [] },
      reason,
      disabledReason: row?.disabledReason ?? null,
      platformFeePpm: feePpm,
    });
  }
}

export class AccountLinkResponse {
  /**
   * The provider's page, for the merchant alone: works once
   * @example "https://connect.stripe.com/setup/e/acct_1/x"
   */
  url: string;

  /** When it stops working */
  expiresAt: Date;

  static of({ url, expiresAt }: { url: string; expiresAt: Date }): AccountLinkResponse {
    return Object.assign(new AccountLinkResponse(), { url, expiresAt });
  }
}

export class PlatformFeeResponse {
  /**
   * What the platform keeps of a sale, in millionths
   * @example 50000
   */
  platformFeePpm: number;

  /**
   * Whether that is what the configuration says for every store
   * @example false
   */
  isDefault: boolean;

  static of(platformFeePpm: number, isDefault: boolean): PlatformFeeResponse {
    return Object.assign(new PlatformFeeResponse(), { platformFeePpm, isDefault });
  }
}
