import fc from 'fast-check';
import { findCardNumber, holdsCardNumber, withoutCardNumbers } from './card-numbers';

const NONE = new Set<string>();
/** Numbers that card schemes and payment providers give out for tests. */
const CARDS = [
  ...['4111111111111111', '4242424242424242', '4000056655665556', '4222222222222', '5555555555554444'],
  ...['2223003122003222', '5105105105105100', '378282246310005', '371449635398431', '6011111111111117'],
  ...['6011000990139424', '3056930009020004', '36227206271667', '30569309025904', '6555900000604105'],
  ...['3566002020360505', '6200000000000005', '6205500000000000004', '6759649826438453', '2200000000000004'],
];

describe('a card number in a request', () => {
  it.each(CARDS)('is found alone, grouped, and within a sentence: %s', (digits) => {
    expect(holdsCardNumber(digits)).toBe(true);
    for (const between of [' ', '-', '  ', ' - ', '\u00a0', '\u2013'])
      expect(holdsCardNumber(`Charge ${digits.match(/.{1,4}/g)!.join(between)}, please`)).toBe(true);
    expect(holdsCardNumber(`no.${digits}`)).toBe(true);
  });

  it.each(CARDS)(
    'is found joined by signs, in other digits, with marks that are not seen, and in an address: %s',
    (digits) => {
      const groups = digits.match(digits.length === 15 ? /^\d{4}|\d{6}(?=\d{5}$)|\d{5}$/g : /\d{3,4}(?!\d{1,2}$)/g)!;
      const grouped = groups.join('') === digits ? groups : [digits.slice(0, 6), digits.slice(6)];
      for (const between of ['.', ',', '/', '_', '\uff0e', '\u200b', '\u200d', '\u2060', '\ufeff', '\u00ad', '.\u200b'])
        expect([between, holdsCardNumber(grouped.join(between))]).toEqual([between, true]);
      expect(holdsCardNumber([...digits].join('\u200b'))).toBe(true);
      for (const zero of [0xff10, 0x0660, 0x0966, 0x1d7ce, 0x1d7d8]) {
        const other = Array.from(digits, (digit) => String.fromCodePoint(zero + Number(digit))).join('');
        expect([zero, holdsCardNumber(other)]).toEqual([zero, true]);
        expect(withoutCardNumbers(`n ${other} m`)).toBe('n [card number] m');
      }
      for (const between of ['', '+', '%20', '%2D', '%E2%80%8B', '.'])
        expect(holdsCardNumber(`https://muse.example/m?n=${grouped.join(between)}&a=b`)).toBe(true);
    },
  );

  it('is found beside other digits: a house number before it, its expiry and code behind it', () => {
    expect(holdsCardNumber('Flat 12 4111 1111 1111 1111')).toBe(true);
    expect(holdsCardNumber('4111111111111111 12/29 123')).toBe(true);
    expect(holdsCardNumber('4111-1111-1111-1111 12 29 123')).toBe(true);
  });

  it.each<[why: string, text: string]>([
    ['fails Luhn', '4111111111111112'],
    ['is of no brand', '1234567890123452'],
    ['has too few digits', '411111111111'],
    ['is of a length that its brand does not have', '37828224631005'],
    ['is a longer run', '41111111111111111111'],
    ['stands in a UUID', '41111111-1111-4111-8111-111111111111'],
    ['is two telephone numbers', '+58 212 555 0123, +58 414 123 4567'],
    ['is two days', '2026-11-01 2026-11-30'],
    ['is a list of sizes', '4,4.5,5,5.5,6,6.5,7,7.5,8,8.5,9,9.5,10'],
    ['is a list of telephones', '+58/212/555 0123, +58/414/123 4567'],
    ['is a list of amounts', '4,111.11, 1,111.11, 1,111.11, 1,111.11'],
    ['is an address of this shop', 'https://muse.example/m/checkout/0198f0c5-4f7a-7b8c-9d4e-6f5a7b8c9d0e?from=4.2.1'],
    ['is a moment', '2026-11-26T01:02:03.123456Z'],
  ])('is not seen in what %s: %s', (_why, text) => {
    expect(holdsCardNumber(text)).toBe(false);
  });

  it('is told from any other digits by one wrong digit', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CARDS), fc.nat(12), fc.integer({ min: 1, max: 9 }), (card, place, by) => {
        const wrong = card.slice(0, place) + String((Number(card[place]) + by) % 10) + card.slice(place + 1);
        return !holdsCardNumber(wrong);
      }),
    );
  });

  it('is named by the pointer to its field, however deep, and by its owner where it is the name of a member', () => {
    const note = 'my card 4111 1111 1111 1111';
    expect(findCardNumber({ note }, NONE)).toBe('/note');
    expect(findCardNumber({ items: [{ a: 'x' }, { 'gift/wrap': { message: note } }] }, NONE)).toBe(
      '/items/1/gift~1wrap/message',
    );
    expect(findCardNumber({ codes: ['A', '4111111111111111'] }, NONE)).toBe('/codes/1');
    expect(findCardNumber({ a: { '4111111111111111': 1 } }, NONE)).toBe('/a');
    expect(findCardNumber(undefined, NONE)).toBeUndefined();
    expect(findCardNumber({ a: null, b: 4111111111111111, c: 'short' }, NONE)).toBeUndefined();
  });

  it('is not looked for in a field with a format of its own, nor in a list of such', () => {
    const body = { items: [{ gtin: '4111111111111111' }], imageUrls: ['https://x.example/4111111111111111'] };
    expect(findCardNumber(body, new Set(['gtin', 'imageUrls']))).toBeUndefined();
    expect(findCardNumber(body, new Set(['imageUrls']))).toBe('/items/0/gtin');
  });

  it('is blacked out wherever it stands, and JSON stays JSON', () => {
    expect(withoutCardNumbers('a 4111-1111-1111-1111 b 378282246310005')).toBe('a [card number] b [card number]');
    const line = JSON.stringify({ n: 4111111111111111, list: [4242424242424242], text: '4111111111111111', ms: 12.3 });
    expect(JSON.parse(withoutCardNumbers(line))).toEqual({ n: 0, list: [0], text: '[card number]', ms: 12.3 });
  });

  it('is looked for at no cost that could be noticed, in ordinary bodies and in the worst of texts', () => {
    const body = {
      items: Array.from({ length: 100 }, (_, i) => ({ name: `Black dress ${i}`, note: 'x'.repeat(200) })),
    };
    // The best of three: what else a machine does costs a process more than once, and never less.
    const timed = (work: () => void) => {
      const once = () => {
        const start = process.cpuUsage();
        work();
        return process.cpuUsage(start).user / 1_000;
      };
      return Math.min(once(), once(), once());
    };
    expect(timed(() => void findCardNumber(body, NONE))).toBeLessThan(20);
    // Digits, digits and blanks, and groups in which every window has to be tried. Four times
    // the text may cost about four times as much, on whatever machine; were it the square, sixteen times.
    for (const part of ['4', '4 ', `4${' '.repeat(50)}`]) {
      const [whole, quarter] = [400_000, 100_000].map((length) => part.repeat(length / part.length));
      const [cost, least] = [whole!, quarter!].map((text) => timed(() => void holdsCardNumber(text)));
      expect(cost!).toBeLessThan(8 * least! + 100);
    }
  });
});
