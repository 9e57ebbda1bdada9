import { decodeCursor, decodeIdCursor, encodeCursor, page } from './cursor';
import { InvalidRequest } from './validation';

const ID = '019a7e1c-5b2f-7c3d-8e4f-0a1b2c3d4e5f';

describe('a cursor', () => {
  it('gives back what was put in, and is safe in an address', () => {
    const values = ['ü /?&=#"', 12.5, ID];
    const cursor = encodeCursor(...values);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(decodeCursor(cursor, 3)).toEqual(values);
    expect(decodeIdCursor(encodeCursor(ID))).toBe(ID);
  });

  it('may be absent', () => {
    expect([decodeCursor(undefined, 1), decodeIdCursor(undefined)]).toEqual([undefined, undefined]);
  });

  it.each([
    '',
    'x',
    '%',
    encodeCursor(),
    encodeCursor(ID, ID),
    Buffer.from('{}').toString('base64url'),
    Buffer.from('[null]').toString('base64url'),
  ])('is refused where this API did not give it: %s', (cursor) => {
    expect(() => decodeCursor(cursor, 1)).toThrow(InvalidRequest);
  });

  it.each([encodeCursor(1), encodeCursor('x'), encodeCursor(`${ID}'`), encodeCursor('')])(
    'of ids is one id: %s',
    (cursor) => {
      expect(() => decodeIdCursor(cursor)).toThrow(InvalidRequest);
    },
  );
});

describe('a page', () => {
  const cursorOf = (row: number) => `after ${row}`;

  it('ends with a cursor only where more follows', () => {
    expect(page([1, 2, 3], 2, cursorOf)).toEqual({ rows: [1, 2], nextCursor: 'after 2' });
    expect(page([1, 2], 2, cursorOf)).toEqual({ rows: [1, 2], nextCursor: null });
    expect(page([], 2, cursorOf)).toEqual({ rows: [], nextCursor: null });
  });
});
