/** What node-postgres itself makes of a parameter before it goes over the wire; its own types leave it out. */
declare module 'pg/lib/utils' {
  export function prepareValue(value: unknown): string | Buffer | null;
}
