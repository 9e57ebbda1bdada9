import { Client } from 'pg';

/**
 * Every row of every table in a database, the queue's too, as text: what a pg_dump would hold of it. (There is none to run: the
 * package that brings Postgres has no pg_dump, and that of a system refuses a newer server.) Bytes are written as the
 * text that they spell, and in hex, so that nothing hides in them.
 */
export async function dumpOf(connectionString: string): Promise<Map<string, string[]>> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string; source: string; texts: string | null }>(TABLES);
    const dump = new Map<string, string[]>();
    for (const { name, source, texts } of tables) {
      const { rows } = await client.query<{ line: string }>(
        `SELECT ${['t::text', ...(texts === null ? [] : [texts])].join(` || ' ' || `)} AS line FROM ${source} t`,
      );
      dump.set(
        name,
        rows.map(({ line }) => line),
      );
    }
    return dump;
  } finally {
    await client.end();
  }
}

/** In which tables a text stands, whatever its case. */
export function tablesWith(dump: ReadonlyMap<string, string[]>, text: string): string[] {
  const wanted = text.toLowerCase();
  return [...dump]
    .filter(([, lines]) => lines.some((line) => line.toLowerCase().includes(wanted)))
    .map(([name]) => name);
}

const TABLES = `
  SELECT CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name, format('%I.%I', n.nspname, c.relname) AS source,
         (SELECT string_agg(format('coalesce(encode(t.%I, ''escape''), '''')', a.attname), ' || '' '' || ' ORDER BY a.attnum) FROM pg_attribute a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'bytea'::regtype) AS texts
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_'
   ORDER BY 1`;
