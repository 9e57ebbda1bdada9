import { EXPORTED_AT_ONCE, byCursor, inPages } from './export-registry';

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const gathered = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

describe('Rows in pages', () => {
  it.each([0, 1, EXPORTED_AT_ONCE, EXPORTED_AT_ONCE + 1, 3 * EXPORTED_AT_ONCE])('are all of %i', async (count) => {
    let asked = 0;
    const ask = (after: number | undefined, limit: number) => {
      asked++;
      const from = after === undefined ? 0 : after + 1;
      return Promise.resolve(numbers(count).slice(from, from + limit));
    };
    expect(await gathered(inPages(ask, (n) => n * 2))).toEqual(numbers(count).map((n) => n * 2));
    expect(asked).toBe(Math.floor(count / EXPORTED_AT_ONCE) + 1);
  });

  it('are asked for when the page before is used up, and not earlier', async () => {
    const asked: (number | undefined)[] = [];
    const rows = inPages(
      (after: number | undefined, limit) => {
        asked.push(after);
        return Promise.resolve(numbers(limit));
      },
      (n) => n,
    );
    for (let n = 0; n < EXPORTED_AT_ONCE; n++) await rows.next();
    expect(asked).toEqual([undefined]);
    await rows.next();
    expect(asked).toEqual([undefined, EXPORTED_AT_ONCE - 1]);
  });

  it('of a list of the API go by its cursor', async () => {
    const pages = new Map([
      [undefined, { rows: [1, 2], nextCursor: 'a' }],
      ['a', { rows: [], nextCursor: 'b' }],
      ['b', { rows: [3], nextCursor: null }],
    ]);
    const found = byCursor(
      (cursor) => Promise.resolve(pages.get(cursor)!),
      (n) => n,
    );
    expect(await gathered(found)).toEqual([1, 2, 3]);
  });
});
