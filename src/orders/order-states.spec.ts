import {
  ORDER_STATUSES,
  PAYMENT_STATUSES,
  TRANSITIONS,
  allows,
  isRefundable,
  isToPay,
  paymentStatusAfter,
  returnable,
  type Actor,
  type OrderAction,
  type PaymentNews,
} from './order-states';

const ACTORS: Actor[] = ['buyer', 'merchant', 'system', 'support', 'admin'];
const METHODS = ['direct', 'oauth_api', 'headless', 'redirect'] as const;

/** The whole table, written out: what is not named here is refused. */
const ALLOWED = new Set([
  ...['pending', 'awaiting_store', 'confirmed', 'processing'].map((status) => `cancel buyer direct ${status}`),
  ...METHODS.map((method) => `cancel buyer ${method} awaiting_store`),
  ...['pending', 'confirmed', 'processing'].map((status) => `ship merchant direct ${status}`),
  'confirm merchant direct pending',
  ...['confirmed', 'processing'].map((status) => `reopen system direct ${status}`),
  ...['shipped', 'delivered', 'completed'].map((status) => `return system direct ${status}`),
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
            if (allows(action, actor, { status, checkoutMethod, settlement: 'pay_later', paymentStatus: 'unpaid' }))
              found.add(`${action} ${actor} ${checkoutMethod} ${status}`);
          }
        }
      }
    }
    expect([...found].sort()).toEqual([...ALLOWED].sort());
  });

  it('let an order that is paid at once be shipped only while its money is there', () => {
    const ship = PAYMENT_STATUSES.filter((paymentStatus) =>
      allows('ship', 'merchant', { status: 'pending', checkoutMethod: 'direct', settlement: 'pay_now', paymentStatus }),
    );
    expect(ship).toEqual(['paid', 'partially_refunded', 'refunded', 'disputed']);
  });

  it('let nothing be shipped while a change of the order is open', () => {
    const facts = {
      status: 'confirmed',
      checkoutMethod: 'direct',
      settlement: 'pay_now',
      paymentStatus: 'paid',
    } as const;
    expect(allows('ship', 'merchant', { ...facts, openChangeId: null })).toBe(true);
    expect(allows('ship', 'merchant', { ...facts, openChangeId: 'c' })).toBe(false);
  });

  it('end an order by themselves only where its payment has failed', () => {
    const lapsing = ORDER_STATUSES.flatMap((status) =>
      PAYMENT_STATUSES.flatMap((paymentStatus) => {
        const facts = { status, paymentStatus, checkoutMethod: 'direct', settlement: 'pay_now' } as const;
        return allows('lapse', 'system', facts) ? [`${status} ${paymentStatus}`] : [];
      }),
    );
    expect(lapsing).toEqual(['pending failed', 'confirmed failed', 'processing failed']);
  });

  it('let a buyer pay what was agreed on and not paid, or what was promised and failed', () => {
    const payable = (['pay_now', 'pay_later', 'at_store'] as const).flatMap((settlement) =>
      METHODS.flatMap((checkoutMethod) =>
        ORDER_STATUSES.flatMap((status) =>
          PAYMENT_STATUSES.filter((paymentStatus) =>
            isToPay({ status, checkoutMethod, settlement, paymentStatus }),
          ).map((paymentStatus) => `${settlement} ${checkoutMethod} ${status} ${paymentStatus}`),
        ),
      ),
    );
    expect(payable).toEqual([
      'pay_now direct pending failed',
      'pay_now direct confirmed failed',
      'pay_later direct confirmed unpaid',
      'pay_later direct confirmed failed',
    ]);
    expect(PAYMENT_STATUSES.filter(isRefundable)).toEqual(['paid', 'partially_refunded']);
  });

  it.each<[PaymentNews, string]>([
    ['authorized', 'unpaid>authorized failed>authorized'],
    ['captured', 'unpaid>paid authorized>paid failed>paid partially_refunded>paid'],
    ['declined', 'unpaid>failed'],
    ['capture_failed', 'unpaid>failed authorized>failed'],
    ['cancelled', 'unpaid>failed authorized>failed'],
    ['refunded', 'unpaid>paid authorized>paid partially_refunded>paid refunded>paid failed>paid'],
    ['disputed', 'unpaid>disputed authorized>disputed paid>disputed partially_refunded>disputed refunded>disputed'],
    ['undisputed', 'disputed>paid'],
  ])('change where the money stands after %s exactly so: %s', (news, pairs) => {
    const changed = PAYMENT_STATUSES.flatMap((paymentStatus) => {
      const next = paymentStatusAfter(news, { status: 'confirmed', paymentStatus }, 1000, 0);
      return next === paymentStatus ? [] : [`${paymentStatus}>${next}`];
    });
    expect(changed.sort()).toEqual(pairs.split(' ').sort());
  });

  it('count what was refunded against what was taken, and void what a cancelled order never took', () => {
    const paid = { status: 'confirmed', paymentStatus: 'paid' } as const;
    expect(paymentStatusAfter('refunded', paid, 1000, 999)).toBe('partially_refunded');
    expect(paymentStatusAfter('refunded', paid, 1000, 1000)).toBe('refunded');
    // The news of the capture may come after that of the refund.
    expect(paymentStatusAfter('captured', { ...paid, paymentStatus: 'partially_refunded' }, 1000, 400)).toBe(
      'partially_refunded',
    );
    expect(paymentStatusAfter('cancelled', { status: 'cancelled', paymentStatus: 'authorized' }, 0, 0)).toBe('voided');
  });

  it('let a return be asked for only of what was shipped', () => {
    expect(ORDER_STATUSES.filter(returnable)).toEqual(['shipped', 'delivered', 'completed']);
  });
});
