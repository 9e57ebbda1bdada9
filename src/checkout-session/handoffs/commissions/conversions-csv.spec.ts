import { InvalidField } from '../../../platform/http';
import { NETWORK_IDS, networkOf } from '../../../store-integrations';
import { readConversions, type ReportedConversion } from './conversions-csv';

const NOW = new Date('2026-11-26T12:00:00Z');
const CLICK = 'k3v9x0d2m7q1w5e8r4t6y2u0i9p1';
const HEADER = 'transactionId,clickId,occurredAt,status,commission,sale,currency,reverses';
const read = (lines: string[], header = HEADER, network: (typeof NETWORK_IDS)[number] = 'awin') =>
  readConversions([header, ...lines].join('\n'), network, NOW);
const one = (line: string): ReportedConversion => {
  const { conversions, faults } = read([line]);
  expect(faults).toEqual([]);
  expect(conversions).toHaveLength(1);
  return conversions[0]!;
};

describe('A report of conversions', () => {
  it('is read line by line, amounts to the cent', () => {
    expect(one(`T-1,${CLICK},2026-11-20T10:00:00Z,approved,12.34,"1,234.50",usd,`)).toEqual({
      ...{ line: 2, networkId: 'T-1', reverses: null, clickId: CLICK, occurredAt: new Date('2026-11-20T10:00:00Z') },
      ...{ status: 'approved', currency: 'USD', commissionCents: 1234, saleCents: 123450 },
    });
  });

  it.each([
    ['0.1', 'USD', 10],
    ['0.10', 'USD', 10],
    ['1.005', 'KWD', 1005],
    ['70', 'JPY', 70],
    ['70.00', 'JPY', 70],
    ['0', 'EUR', 0],
    ['4.350000', 'USD', 435],
    ['1,000,000.01', 'USD', 100_000_001],
  ])('takes %s %s for %s minor units', (amount, currency, cents) =>
    expect(one(`T,,2026-11-20,,"${amount}",,${currency},`).commissionCents).toBe(cents),
  );

  it.each(['', '1.234', '1,23', '1.234,56', '$1.00', '1e3', 'NaN', '0x10', '1 000', '--1', '99999999999999', '٣'])(
    'takes no %j for an amount',
    (amount) => {
      const { faults, conversions } = read([`T,,2026-11-20,,"${amount}",,USD,`, `U,,2026-11-20,,1,,USD,`]);
      expect(faults).toMatchObject([{ line: 2, column: 'commission', code: 'invalid_amount' }]);
      expect(conversions).toMatchObject([{ networkId: 'U', line: 3 }]);
    },
  );

  it('takes for a click id only what Muse could have given', () => {
    for (const other of ['ana@example.com', 'a b', 'x'.repeat(25), 'x'.repeat(33), '<b>'])
      expect(one(`T,${other},2026-11-20,,1,,USD,`).clickId).toBeNull();
    expect(one(`T,${CLICK.toUpperCase()},2026-11-20,,1,,USD,`).clickId).toBe(CLICK);
  });

  it('knows what is taken back by its status, its sign, or what it names', () => {
    const lines = [
      ['T,,2026-11-20,declined,,,USD,', null, null],
      ['T,,2026-11-20,reversed,0,,USD,', null, null],
      ['T,,2026-11-20,Reversed,5.00,,USD,', 500, null],
      ['T,,2026-11-20,approved,-5.00,-9.00,USD,', 500, null],
      ['R-9,,2026-11-20,,5.00,,USD,T', 500, 'T'],
    ] as const;
    for (const [line, commissionCents, reverses] of lines)
      expect(one(line)).toMatchObject({ status: 'reversed', commissionCents, reverses });
  });

  it.each([
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20 08:30', '2026-11-20T08:30:00.000Z'],
    ['2026-11-20 08:30:15 UTC', '2026-11-20T08:30:15.000Z'],
    ['2026-11-20T08:30:15.250-0400', '2026-11-20T12:30:15.250Z'],
    ['2026-11-20T08:30:15+05:30', '2026-11-20T03:00:15.000Z'],
  ])('takes %s for %s', (text, moment) => expect(one(`T,,${text},,1,,USD,`).occurredAt.toJSON()).toBe(moment));

  it.each([
    ['T,,2026-02-31,,1,,USD,', 'occurredAt'],
    ['T,,20.11.2026,,1,,USD,', 'occurredAt'],
    ['T,,2026-11-28,,1,,USD,', 'occurredAt'],
    ['T,,2026-11-20T25:00,,1,,USD,', 'occurredAt'],
    [',,2026-11-20,,1,,USD,', 'transactionId'],
    ['a b,,2026-11-20,,1,,USD,', 'transactionId'],
    [`${'x'.repeat(101)},,2026-11-20,,1,,USD,`, 'transactionId'],
    ['T,,2026-11-20,,1,,US,', 'currency'],
    ['T,,2026-11-20,,1,,XXX,', 'currency'],
    ['T,,2026-11-20,maybe,1,,USD,', 'status'],
    ['T,,2026-11-20,__proto__,1,,USD,', 'status'],
    ['T,,2026-11-20,,1,x,USD,', 'sale'],
    ['T', 'occurredAt'],
  ])('says of %s what is wrong', (line, column) => expect(read([line]).faults).toMatchObject([{ line: 2, column }]));

  it.each(NETWORK_IDS)('knows what %s calls the click id, and columns by any spelling', (network) => {
    const header = `Commission ID;${networkOf(network).subId};EVENT_DATE;Payout;Currency Code;other`;
    const { conversions } = read([`C1;${CLICK};2026-11-20;3;EUR;x`], header, network);
    expect(conversions).toMatchObject([{ networkId: 'C1', clickId: CLICK, commissionCents: 300, currency: 'EUR' }]);
  });

  it('is none without its columns, or with quotes that do not end, or with too many lines', () => {
    for (const csv of ['', 'a,b\n1,2', `${HEADER.replace('currency', 'x')}\nT,,,,,,,`, `${HEADER}\n"T,1`])
      expect(() => readConversions(csv, 'awin', NOW)).toThrow(InvalidField);
    const line = 'T,,2026-11-20,,1,,USD,';
    expect(read(Array<string>(5_000).fill(line)).conversions).toHaveLength(5_000);
    expect(() => read(Array<string>(5_001).fill(line))).toThrow(InvalidField);
  });

  it('may begin with a mark of its bytes, end its lines as it likes, and leave some empty', () => {
    const csv = `\ufeff${HEADER}\r\n\r\nT,,2026-11-20,,1,,USD,\r\n\r\n"U","",2026-11-20,,"2","",USD,\r\n`;
    const { conversions, faults } = readConversions(csv, 'awin', NOW);
    expect(faults).toEqual([]);
    expect(conversions.map(({ networkId, commissionCents }) => [networkId, commissionCents])).toEqual([
      ['T', 100],
      ['U', 200],
    ]);
  });
});
