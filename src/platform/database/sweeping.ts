import { statement, type Statement } from './statement';

/** Rows that one statement of a sweep deletes at most: so few that it is over long before any statement's time is. */
export const SWEPT_AT_ONCE = 5_000;

/**
 * Declares the statement of a sweep, for Database.sweep(): deletes the rows of a table that are `old`, a piece at a time.
 * A row that is written meanwhile, and with that perhaps no longer old, is left.
 */
export function sweeping(name: string, table: string, old: string): Statement {
  return statement(
    name,
    `WITH old AS (SELECT ctid FROM ${table} WHERE ${old} LIMIT ${SWEPT_AT_ONCE})
     DELETE FROM ${table} t USING old WHERE t.ctid = old.ctid RETURNING 1 AS gone`,
  );
}
