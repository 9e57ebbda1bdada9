import { isUsable, type IssuedToken } from './shared-payments';

const token = (more: Partial<IssuedToken> = {}): IssuedToken => ({
  ...{ id: 'spt_1', object: 'shared_payment.issued_token', deactivated_at: null },
  ...more,
});

describe('a shared payment token', () => {
  it.each<[string, Partial<IssuedToken>, boolean]>([
    ['that is active', { status: 'active' }, true],
    ['whose state nobody tells', {}, true],
    ['that has nothing to wait for', { status: 'active', next_action: null }, true],
    ['that waits for its shopper', { status: 'requires_action', next_action: { type: 'use_stripe_sdk' } }, false],
    ['that says only that it waits', { next_action: { type: 'use_stripe_sdk' } }, false],
    ['in a state of tomorrow', { status: 'paused' }, false],
    ['that is over', { status: 'active', deactivated_at: 1_790_000_000 }, false],
  ])('%s is good for a store: %#', (_, more, usable) => {
    expect(isUsable(token(more))).toBe(usable);
  });
});
