import {
  CHANGE_STATUSES,
  CHANGE_TRANSITIONS,
  allowsChange,
  changeActions,
  type ChangeAction,
  type ChangeActor,
} from './change-states';

const ACTORS: ChangeActor[] = ['buyer', 'merchant', 'system'];

const allowed = (isTaken: boolean): string[] => {
  const found: string[] = [];
  for (const action of Object.keys(CHANGE_TRANSITIONS) as ChangeAction[])
    for (const actor of ACTORS)
      for (const status of CHANGE_STATUSES)
        if (allowsChange(action, actor, { status, isTaken })) found.push(`${action} ${actor} ${status}`);
  return found;
};

describe('the states of a change', () => {
  it('allow exactly the pairs of the table, for every action, actor and state', () => {
    expect(allowed(false)).toEqual([
      'accept buyer proposed',
      'refuse buyer proposed',
      'refuse buyer awaiting_payment',
      'withdraw merchant proposed',
      'withdraw merchant awaiting_payment',
      'expire system proposed',
      'expire system awaiting_payment',
      'pay buyer awaiting_payment',
      'apply system awaiting_payment',
    ]);
  });

  it('leave it to the payment alone once the difference is being taken', () => {
    expect(allowed(true)).toEqual(['apply system awaiting_payment']);
  });

  it('say what each side may do next', () => {
    expect(changeActions('buyer', { status: 'proposed', isTaken: false })).toEqual(['accept', 'refuse']);
    expect(changeActions('merchant', { status: 'awaiting_payment', isTaken: false })).toEqual(['withdraw']);
    for (const status of ['applied', 'refused', 'withdrawn', 'expired'] as const)
      for (const actor of ACTORS) expect(changeActions(actor, { status, isTaken: false })).toEqual([]);
  });
});
