/**
 * A hand-written statement of a hot path. Its name makes Postgres parse and plan it once per connection
 * (docs/adr/0003): without it the database alone costs three times as much.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const names = new Map<string, string>();

/** Declares a named statement; the name (`module.question`) must be the only one of its kind in the program. */
export function statement(name: string, text: string): Statement {
  const known = names.get(name);
  if (known !== undefined && known !== text) throw new Error(`Two statements are named ${name}`);
  if (Buffer.byteLength(name) > 63) throw new Error(`Postgres cuts statement names at 63 bytes: ${name}`);
  names.set(name, text);
  return { name, text };
}
