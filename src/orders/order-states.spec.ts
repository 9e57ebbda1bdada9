import { ORDER_STATUSES, TRANSITIONS, allows, returnable, type Actor, type OrderAction } from './order-states';

const ACTORS: Actor[] = ['buyer', 'merchant', 'system', 'support', 'admin'];
const METHODS = ['direct', 'oauth_api', 'headless', 'redirect'] as const;

/** The whole table, written out: what is not named here is refused. */
const ALLOWED = new Set([
  ...['pending', 'awaiting_store', 'confirmed', 'processing'].map((status) => `cancel buyer direct ${status}`),
  ...METHODS.map((method) => `cancel buyer ${method} awaiting_store`),
  ...['pending', 'confirmed', 'processing'].map((status) => `ship merchant direct ${status}`),
  ...METHODS.flatMap((method) =>
    ['buyer', 'system', 'support', 'admin'].map((actor) => `learnNumber ${actor} ${method} awaiting_store`),
  ),
]);

describe('the states of an order', () => {
  it('allow exactly the pairs of the table, for every action, actor, method and state', () => {
    const found = new Set<string>();
    for (const action of Object.keys(TRANSITIONS) as OrderAction[]) {
      for (const actor of ACTORS) {
        for (const checkoutMethod of METHODS) {
          for (const status of ORDER_STATUSES) {
            if (allows(action, actor, { status, checkoutMethod }))
              found.add(`${action} ${actor} ${checkoutMethod} ${status}`);
          }
        }
      }
    }
    expect([...found].sort()).toEqual([...ALLOWED].sort());
  });

  it('let a return be asked for only of what was shipped', () => {
    expect(ORDER_STATUSES.filter(returnable)).toEqual(['shipped', 'delivered', 'completed']);
  });
});
