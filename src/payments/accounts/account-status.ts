/** What of a payment account decides where it stands. */
export interface AccountFacts {
  providerAccountId: string | null;
  payable: boolean;
  requirements: { currentlyDue: string[]; pastDue: string[]; pendingVerification: string[] };
  disabledReason: string | null;
}

export const ACCOUNT_STATUSES = ['none', 'incomplete', 'pending', 'enabled', 'disabled'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** Of an account that the provider does not know (any more), or that is no longer ours. */
export const ACCOUNT_GONE = 'account_gone';

/** Reasons that nothing which the merchant fills in would change. Others lie in what is due, or in a review under way. */
const FINAL = /^(rejected\.|listed$|platform_paused$|other$)/;

/**
 * - none: there is no account
 * - enabled: it can be paid
 * - disabled: the provider has closed it, and more data would not help
 * - incomplete: the merchant has to fill something in
 * - pending: the provider looks at what was filled in
 */
export function accountStatus({
  providerAccountId,
  payable,
  requirements,
  disabledReason,
}: AccountFacts): AccountStatus {
  if (providerAccountId === null) return 'none';
  if (payable) return 'enabled';
  if (disabledReason !== null && (FINAL.test(disabledReason) || disabledReason === ACCOUNT_GONE)) return 'disabled';
  return requirements.currentlyDue.length > 0 || requirements.pastDue.length > 0 ? 'incomplete' : 'pending';
}
