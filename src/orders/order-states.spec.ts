import {
  ORDER_STATUSES,
  OVERRIDES,
  PAYMENT_STATUSES,
  TIMER_OF,
  TRANSITIONS,
  allows,
  isMove,
  isRefundable,
  isToPay,
  overridable,
  paymentStatusAfter,
  returnable,
  silentSide,
  type Actor,
  type OrderAction,
  type OrderFacts,
  type PaymentNews,
} from './order-states';

const ACTORS: Actor[] = ['buyer', 'merchant', 'system', 'support', 'admin'];
const METHODS = ['direct', 'oauth_api', 'headless', 'redirect'] as const;
const PARTNERS = METHODS.filter((method) => method !== 'direct');
const ACTIONS = Object.keys(TRANSITIONS) as OrderAction[];
const MARKED = new Date();

const facts = (overrides: Partial<OrderFacts> = {}): OrderFacts => ({
  ...{ status: 'pending', checkoutMethod: 'direct', settlement: 'pay_later', paymentStatus: 'unpaid' },
  ...overrides,
});

/** The whole table, written out: what is not named here is refused. */
const ALLOWED = new Set([
  ...['pending', 'awaiting_store', 'confirmed', 'processing'].flatMap((status) => [
    `cancel buyer direct ${status}`,
    `cancel merchant direct ${status}`,
  ]),
  ...PARTNERS.map((method) => `cancel buyer ${method} awaiting_store`),
  ...PARTNERS.flatMap((method) =>
    ['awaiting_store', 'confirmed', 'processing'].map((status) => `cancelAtStore system ${method} ${status}`),
  ),
  'confirm merchant direct pending',
  'expire system direct pending',
  ...['pending', 'confirmed', 'processing'].flatMap((status) => [
    `shipPart merchant direct ${status}`,
    `ship merchant direct ${status}`,
    ...PARTNERS.flatMap((method) => [`ship system ${method} ${status}`, `shipPart system ${method} ${status}`]),
  ]),
  ...PARTNERS.map((method) => `prepare system ${method} confirmed`),
  'deliver buyer direct shipped',
  'deliver merchant direct shipped',
  ...METHODS.map((method) => `deliver system ${method} shipped`),
  'markComplete buyer direct delivered',
  'markComplete merchant direct delivered',
  'autoComplete system direct delivered',
  ...METHODS.flatMap((method) =>
    ['shipped', 'delivered', 'completed'].map((status) => `return system ${method} ${status}`),
  ),
  ...['confirmed', 'processing'].map((status) => `reopen system direct ${status}`),
  ...['shipped', 'delivered', 'completed'].map((status) => `return system direct ${status}`),
  ...METHODS.flatMap((method) =>
    ['buyer', 'system', 'support', 'admin'].map((actor) => `learnNumber ${actor} ${method} awaiting_store`),
  ),
]);

/** The same of what support and admins may do by hand: from, and where to. */
const BY_HAND: Record<string, string> = {
  pending: 'confirmed processing shipped delivered cancelled',
  awaiting_store: 'confirmed shipped delivered cancelled',
  confirmed: 'processing shipped delivered cancelled',
  processing: 'shipped delivered cancelled',
  shipped: 'delivered completed cancelled',
  delivered: 'shipped completed',
  ...{ completed: '', cancelled: '', returned: '' },
};

describe('the states of an order', () => {
  it.each(ACTIONS)('allow %s exactly to the actors, methods and states of the table', (action) => {
    const [expected, found] = [new Set<string>(), new Set<string>()];
    for (const actor of ACTORS) {
      for (const checkoutMethod of METHODS) {
        for (const status of ORDER_STATUSES) {
          const row = `${action} ${actor} ${checkoutMethod} ${status}`;
          if (ALLOWED.has(row)) expected.add(row);
          if (allows(action, actor, facts({ status, checkoutMethod }))) found.add(row);
        }
      }
    }
    expect([...found].sort()).toEqual([...expected].sort());
  });

  it.each(ORDER_STATUSES)('let support and admins put an order that is %s exactly where the table says', (status) => {
    for (const actor of ACTORS) {
      const to = ORDER_STATUSES.filter((target) => overridable(actor, facts({ status }), target));
      const byHand = actor === 'support' || actor === 'admin' ? BY_HAND[status]!.split(' ').filter(Boolean) : [];
      expect([actor, [...to].sort()]).toEqual([actor, byHand.sort()]);
      const partner = facts({ status, checkoutMethod: 'redirect' });
      expect(overridable(actor, partner, 'completed')).toBe(false);
    }
  });

  it('let nothing be written that no line of the tables leads to', () => {
    for (const actor of ACTORS) {
      for (const from of ORDER_STATUSES) {
        for (const to of ORDER_STATUSES) {
          const byTable = ACTIONS.some((action) => {
            const {
              from: froms,
              who,
              to: target,
            }: { from: readonly string[]; who: readonly string[]; to: string } = TRANSITIONS[action];
            return froms.includes(from) && who.includes(actor) && target === to;
          });
          const byHand = (actor === 'support' || actor === 'admin') && OVERRIDES[from].includes(to);
          expect([actor, from, to, isMove(from, to, actor)]).toEqual([actor, from, to, byTable || byHand]);
        }
      }
    }
  });

  it('end in states that nothing leads out of, but every unit coming back', () => {
    const out = (status: string) =>
      ORDER_STATUSES.filter((to) =>
        ACTORS.some((actor) => isMove(status as (typeof ORDER_STATUSES)[number], to, actor)),
      );
    expect(out('cancelled')).toEqual([]);
    expect(out('returned')).toEqual([]);
    expect(out('completed')).toEqual(['returned']);
  });

  it('let an order that is paid at once be shipped only while its money is there', () => {
    for (const action of ['ship', 'shipPart'] as const) {
      const ship = PAYMENT_STATUSES.filter((paymentStatus) =>
        allows(action, 'merchant', facts({ settlement: 'pay_now', paymentStatus })),
      );
      expect(ship).toEqual(['paid', 'partially_refunded', 'refunded', 'disputed']);
    }
  });

  it('let nobody cancel what has left in part', () => {
    for (const actor of ['buyer', 'merchant'] as const) {
      expect(allows('cancel', actor, facts({ status: 'processing' }))).toBe(true);
      expect(allows('cancel', actor, facts({ status: 'processing', trackingNumber: '1Z999' }))).toBe(false);
    }
  });

  it('let each side mark it once, and complete it with both marks alone', () => {
    const delivered = (overrides: Partial<OrderFacts>) => facts({ status: 'delivered', ...overrides });
    const marks = [
      delivered({}),
      delivered({ buyerCompletedAt: MARKED }),
      delivered({ merchantCompletedAt: MARKED }),
      delivered({ buyerCompletedAt: MARKED, merchantCompletedAt: MARKED }),
    ];
    expect(marks.map((order) => allows('markComplete', 'buyer', order))).toEqual([true, false, true, false]);
    expect(marks.map((order) => allows('markComplete', 'merchant', order))).toEqual([true, true, false, false]);
    for (const actor of ['buyer', 'merchant'] as const)
      expect(marks.map((order) => allows('complete', actor, order))).toEqual([false, false, false, true]);
    expect(marks.map(silentSide)).toEqual([null, 'merchant', 'buyer', null]);
    for (const status of ORDER_STATUSES.filter((one) => one !== 'delivered'))
      expect(allows('complete', 'buyer', { ...marks[3]!, status })).toBe(false);
  });

  it('let the clock complete nothing whose money is disputed', () => {
    const byClock = PAYMENT_STATUSES.filter((paymentStatus) =>
      allows('autoComplete', 'system', facts({ status: 'delivered', paymentStatus })),
    );
    expect(byClock).toEqual(PAYMENT_STATUSES.filter((one) => one !== 'disputed'));
  });

  it('let the clock cancel no order that is just being paid again, or that its merchant was paid for by hand', () => {
    const expiring = (settlement: OrderFacts['settlement']) =>
      PAYMENT_STATUSES.filter((paymentStatus) => allows('expire', 'system', facts({ settlement, paymentStatus })));
    expect(expiring('pay_now')).toEqual(PAYMENT_STATUSES.filter((one) => one !== 'failed'));
    expect(expiring('pay_later')).toEqual(['unpaid', 'authorized', 'voided', 'failed', 'at_store']);
  });

  it('begin a timer exactly where somebody has to say something', () => {
    expect(TIMER_OF).toEqual({ pending: 'confirm', shipped: 'deliver', delivered: 'complete' });
  });

  it('let nothing be shipped while a change of the order is open', () => {
    const facts = {
      status: 'confirmed',
      checkoutMethod: 'direct',
      settlement: 'pay_now',
      paymentStatus: 'paid',
    } as const;
    for (const action of ['ship', 'shipPart'] as const) {
      expect(allows(action, 'merchant', { ...facts, openChangeId: null })).toBe(true);
      expect(allows(action, 'merchant', { ...facts, openChangeId: 'c' })).toBe(false);
    }
  });

  it('complete no order by the clock while a change of it is open', () => {
    const facts = {
      status: 'delivered',
      checkoutMethod: 'direct',
      settlement: 'pay_now',
      paymentStatus: 'paid',
    } as const;
    expect(allows('autoComplete', 'system', { ...facts, openChangeId: null })).toBe(true);
    expect(allows('autoComplete', 'system', { ...facts, openChangeId: 'c' })).toBe(false);
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
