import { Client } from 'pg';

/** One row of any table, as everything in it that could be equal to something in another. */
interface WalkedRow {
  table: string;
  text: string;
  atoms: Set<string>;
}

/** How one gets from one row to another: by which equal values. */
export type Path = string[];

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** To the microsecond, as Postgres writes it in JSON; a whole second is shared by too many to tell anything. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{4,6}/;
const DAY = /^\d{4}-\d\d-\d\d(T|$)/;
/** Ids, tokens and digests of any kind: one word with digits in it, and not a short one. */
const NAME = /^(?=\S*\d)(?!ECDH-ES\+A256KW$)\S{12,}$/;
/** What a merchant or the platform shows to everybody: that two people bought the same shirt leads from nobody to nobody. */
const PUBLIC = [
  ...['stores', 'products', 'variants', 'brands', 'inventory', 'delivery_options', 'exchange_rates', 'tax_rates'],
  ...['payment_accounts', 'coupons', 'migrations', 'price_changes'],
];

/** Everything that stands in a database, row by row, in every schema and column. */
export async function rowsOf(database: string): Promise<{ table: string; text: string }[]> {
  const client = new Client({ connectionString: database });
  await client.connect();
  try {
    const tables = await client.query<{ name: string; label: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relname AS label FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_toast%'`,
    );
    const all: { table: string; text: string }[] = [];
    for (const { name, label } of tables.rows) {
      const { rows } = await client.query<{ text: string }>(`SELECT row_to_json(t)::text AS text FROM ${name} t`);
      all.push(...rows.map(({ text }) => ({ table: label, text })));
    }
    return all;
  } finally {
    await client.end();
  }
}

/**
 * Walks from the rows that hold `from` over equal values, in any column and inside JSON, JWE headers included, to a row that
 * holds one of `targets`. Gives the way, table by table, or undefined where there is none. `isPublic`: rows (beside those of
 * shops) whose names lead nowhere. A moment to the microsecond always leads: rows that share one were written together.
 */
export async function wayFrom(
  database: string,
  from: string,
  targets: string[],
  isPublic: (row: { table: string; text: string }) => boolean = () => false,
): Promise<Path | undefined> {
  const rows = (await rowsOf(database)).map((row): WalkedRow => ({ ...row, atoms: atomsOf(row.text) }));
  const shown = new Set<string>();
  for (const row of rows) {
    if (!PUBLIC.includes(row.table) && !isPublic(row)) continue;
    for (const atom of row.atoms) if (!MOMENT.test(atom)) shown.add(atom);
  }
  for (const asked of [from, ...targets]) shown.delete(asked);
  const holders = new Map<string, WalkedRow[]>();
  for (const row of rows)
    for (const atom of row.atoms) if (!shown.has(atom)) holders.set(atom, [...(holders.get(atom) ?? []), row]);

  const reached = new Map<WalkedRow, Path>();
  const queue = (holders.get(from) ?? []).map((row): [WalkedRow, Path] => [row, [row.table]]);
  if (queue.length === 0) throw new Error('There is nothing to begin with');
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [row, path] = next;
    if (reached.has(row)) continue;
    reached.set(row, path);
    if (targets.some((target) => row.text.includes(target))) return path;
    for (const atom of row.atoms)
      for (const other of holders.get(atom) ?? [])
        if (!reached.has(other)) queue.push([other, [...path, `= ${atom} =`, other.table]]);
  }
  return undefined;
}

function atomsOf(text: string): Set<string> {
  const atoms = new Set<string>();
  // Under which master key all keys lie.
  const row = JSON.parse(text) as Record<string, unknown>;
  delete row['master_key_id'];
  collect(row, atoms);
  return atoms;
}

function collect(value: unknown, atoms: Set<string>): void {
  if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      collect(name, atoms);
      collect(member, atoms);
    }
  }
  if (typeof value !== 'string') return;
  const ids = value.match(UUID) ?? [];
  for (const id of ids) atoms.add(id);
  // An address or a key with an id in it says no more than the id.
  if (ids.length > 0) return;
  if (MOMENT.test(value)) atoms.add(momentOf(value));
  else if (DAY.test(value)) return;
  else if (NAME.test(value)) atoms.add(value);
  // Headers and aad of a JWE are only written differently.
  if (/^[\w-]{16,2000}$/.test(value)) {
    const decoded = Buffer.from(value, 'base64url').toString('utf8');
    for (const [id] of decoded.matchAll(UUID)) atoms.add(id);
  }
}

/** However many digits Postgres leaves out at the end. */
function momentOf(value: string): string {
  return value.replace(/(\.\d+?)0*(?=[Z+-]|$).*$/, '$1');
}
