import {
  RETURN_STATUSES,
  RETURN_TRANSITIONS,
  allowsReturn,
  returnActions,
  returnableUntil,
  type ReturnAction,
  type ReturnActor,
} from './return-states';

const ACTORS: ReturnActor[] = ['buyer', 'merchant', 'system'];

/** The whole table, written out: what is not named here is refused. */
const ALLOWED = [
  ...['merchant', 'system'].flatMap((actor) => [
    `approve ${actor} requested`,
    `refuse ${actor} requested`,
    `refuse ${actor} approved`,
    `refuse ${actor} in_transit`,
    `receive ${actor} approved`,
    `receive ${actor} in_transit`,
  ]),
  'cancel buyer requested',
  'cancel buyer approved',
  'send buyer approved',
  'refund system received',
  'close system received',
];

describe('the states of a return', () => {
  it('allow exactly the pairs of the table, for every action, actor and state', () => {
    const found: string[] = [];
    for (const action of Object.keys(RETURN_TRANSITIONS) as ReturnAction[])
      for (const actor of ACTORS)
        for (const status of RETURN_STATUSES)
          if (allowsReturn(action, actor, status)) found.push(`${action} ${actor} ${status}`);
    expect(found.sort()).toEqual([...ALLOWED].sort());
  });

  it('say what each side may do next', () => {
    expect(returnActions('merchant', 'requested')).toEqual(['approve', 'refuse']);
    expect(returnActions('buyer', 'approved')).toEqual(['cancel', 'send']);
    for (const ended of ['refused', 'cancelled', 'refunded', 'exchanged', 'closed'] as const)
      for (const actor of ACTORS) expect(returnActions(actor, ended)).toEqual([]);
  });

  it('leave so many days from the delivery on', () => {
    expect(returnableUntil(null, 30)).toBeNull();
    expect(returnableUntil(new Date('2026-11-01T12:00:00Z'), 30)).toEqual(new Date('2026-12-01T12:00:00Z'));
    expect(returnableUntil(new Date('2026-11-01T12:00:00Z'), 0)).toEqual(new Date('2026-11-01T12:00:00Z'));
  });
});
