import { csvCell, csvLine, decimal } from './csv';

describe('a cell of a statement', () => {
  it('is no formula, whatever it begins with', () => {
    for (const text of ['=1+1', '+1 212', '-x', '@SUM(A1)', '\t=1', '\r=1', '-1-1', '=HYPERLINK("http://x")'])
      expect(csvCell(text)).toMatch(/^"?'/);
  });

  it('leaves numbers and words as they are, and quotes what would end a cell', () => {
    expect(['-9.50', '12', 'sale', '2026-11-26'].map(csvCell)).toEqual(['-9.50', '12', 'sale', '2026-11-26']);
    expect(['a,b', 'say "so"', 'two\nlines', ' x'].map(csvCell)).toEqual([
      '"a,b"',
      '"say ""so"""',
      '"two\nlines"',
      '" x"',
    ]);
    expect(csvLine(['a', '1', ''])).toBe('a,1,\r\n');
  });

  it('writes amounts with the decimals of their currency', () => {
    expect([decimal(950, 2), decimal(-5, 2), decimal(0, 2), decimal(1234, 0), decimal(-1230, 3)]).toEqual([
      ...['9.50', '-0.05', '0.00', '1234', '-1.230'],
    ]);
  });
});
