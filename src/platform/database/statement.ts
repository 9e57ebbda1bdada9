/**
 * A hand-written statement of a hot path. Its name makes Postgres parse and plan it once per connection
 * (docs/adr/0003): without it the database alone costs three times as much.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * A column of a statement whose transaction need not wait until it is on the disk: only where a crash of Postgres that loses
 * it (some tenths of a second) does no harm, since whoever wrote it does so again. Others see it at once, and whatever they
 * commit in the common way takes it along.
 */
export const NOT_FLUSHED = `set_config('synchronous_commit', 'off', true)`;

const names = new Map<string, string>();

/** Declares a named statement; the name (`module.question`) must be the only one of its kind in the program. */
export function statement(name: string, text: string): Statement {
  const known = names.get(name);
  if (known !== undefined && known !== text) throw new Error(`Two statements are named ${name}`);
  if (Buffer.byteLength(name) > 63) throw new Error(`Postgres cuts statement names at 63 bytes: ${name}`);
  names.set(name, text);
  return { name, text };
}
