import { InvalidRequest } from './validation';

/** An opaque place in a list: where the next page begins. */
export function encodeCursor(...values: (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** Reads a cursor of `length` values. Throws InvalidRequest (400) for anything that this API did not give. */
export function decodeCursor(cursor: string | undefined, length: number): (string | number)[] | undefined {
  if (cursor === undefined) return undefined;
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(values) &&
      values.length === length &&
      values.every((v) => typeof v === 'string' || typeof v === 'number')
    ) {
      return values;
    }
  } catch {
    // falls through to the same answer
  }
  throw new InvalidRequest([{ pointer: '/cursor', detail: 'must be a nextCursor that this list gave' }]);
}

/** A page from one row more than was asked for: whether there is a next one, and where it begins. */
export function page<R>(
  rows: R[],
  limit: number,
  cursorOf: (row: R) => string,
): { rows: R[]; nextCursor: string | null } {
  const more = rows.length > limit;
  const kept = more ? rows.slice(0, limit) : rows;
  return { rows: kept, nextCursor: more ? cursorOf(kept.at(-1)!) : null };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Reads the cursor of a list that is ordered by id alone. Throws InvalidRequest (400) for anything else. */
export function decodeIdCursor(cursor: string | undefined): string | undefined {
  const id = decodeCursor(cursor, 1)?.[0];
  if (id === undefined || (typeof id === 'string' && UUID.test(id))) return id;
  throw new InvalidRequest([{ pointer: '/cursor', detail: 'must be a nextCursor that this list gave' }]);
}
