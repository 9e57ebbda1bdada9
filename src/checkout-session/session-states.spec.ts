import { deriveStatus, type StoreCheckoutStatus } from './session-states';

const ALL: StoreCheckoutStatus[] = [
  ...(['quoting', 'waiting', 'processing', 'placed', 'action_required'] as const),
  ...(['continue_at_store', 'contacted', 'needs_attention', 'failed', 'cancelled'] as const),
];

/** The rule of the design, written the other way round: what each pair of stores amounts to. */
function expected(a: StoreCheckoutStatus, b: StoreCheckoutStatus): string {
  const either = (...statuses: StoreCheckoutStatus[]) => statuses.includes(a) || statuses.includes(b);
  if (either('quoting', 'waiting', 'processing')) return 'processing';
  if (either('action_required')) return 'action_required';
  if (either('needs_attention')) return 'needs_attention';
  const done = [a, b].filter((s) => s === 'placed' || s === 'continue_at_store' || s === 'contacted').length;
  return ['failed', 'partially_completed', 'completed'][done]!;
}

describe('the status of a session', () => {
  it.each(ALL.flatMap((a) => ALL.map((b) => [a, b] as const)))('is derived from its stores: %s and %s', (a, b) => {
    expect(deriveStatus([a, b], false)).toBe(expected(a, b));
    expect(deriveStatus([b, a], false)).toBe(expected(a, b));
  });

  it('is action_required while the session itself asks for something, whatever its stores say', () => {
    for (const status of ALL) expect(deriveStatus([status], true)).toBe('action_required');
  });

  it('is failed when no store is left', () => {
    expect(deriveStatus([], false)).toBe('failed');
  });
});
