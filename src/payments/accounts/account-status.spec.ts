import { accountStatus, type AccountFacts } from './account-status';

const facts = (more: Partial<AccountFacts> = {}): AccountFacts => ({
  providerAccountId: 'acct_1',
  payable: false,
  requirements: { currentlyDue: [], pastDue: [], pendingVerification: [] },
  disabledReason: null,
  ...more,
});
const due = { currentlyDue: ['external_account'], pastDue: [], pendingVerification: [] };
const pastDue = { currentlyDue: [], pastDue: ['external_account'], pendingVerification: [] };
const reviewed = { currentlyDue: [], pastDue: [], pendingVerification: ['individual.id_number'] };

describe('the status of a payment account', () => {
  it.each<[string, Partial<AccountFacts>]>([
    ['none', { providerAccountId: null, requirements: due }],
    ['enabled', { payable: true }],
    ['enabled', { payable: true, requirements: due }],
    ['incomplete', { requirements: due }],
    ['incomplete', { requirements: pastDue, disabledReason: 'requirements.past_due' }],
    ['incomplete', { requirements: due, disabledReason: 'action_required.requested_capabilities' }],
    ['pending', {}],
    ['pending', { requirements: reviewed, disabledReason: 'requirements.pending_verification' }],
    ['pending', { disabledReason: 'under_review' }],
    ['disabled', { disabledReason: 'rejected.fraud', requirements: due }],
    ['disabled', { disabledReason: 'platform_paused' }],
    ['disabled', { disabledReason: 'listed' }],
    ['disabled', { disabledReason: 'account_gone' }],
  ])('is %s where it is %j', (status, more) => {
    expect(accountStatus(facts(more))).toBe(status);
  });
});
