// Proves the migrations: up, no drift from the entities, down to nothing, up again to the very same schema.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
require('reflect-metadata');
require('./ts.cjs');
const root = fileURLToPath(new URL('..', import.meta.url));
const { migrate, migrationDataSource } = require('../src/platform/database/data-source.ts');
const { startEmbeddedPostgres } = require('../src/platform/database/embedded-postgres.ts');

// Entities declare columns only; constraints, indexes, comments and most defaults are the migrations' own.
const OF_THE_MIGRATIONS = [
  /^ALTER TABLE \S+ DROP CONSTRAINT /,
  /^DROP INDEX /,
  /^COMMENT ON /,
  /^ALTER TABLE \S+ ALTER COLUMN \S+ DROP DEFAULT$/,
  // What @PrimaryGeneratedColumn('uuid') stands for: the database makes the key, with the function that a migration names.
  /^ALTER TABLE \S+ ALTER COLUMN \S+ SET DEFAULT uuid_generate_v4\(\)$/,
  /"typeorm_metadata"/,
];

// The queue's schema is the queue's own, and the record of migrations is TypeORM's.
const OURS = `n.nspname = 'public' AND c.relname NOT IN ('migrations', 'migrations_id_seq', 'typeorm_metadata')`;
const OF_NO_EXTENSION = (catalog, oid) =>
  `NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;
const SNAPSHOT = {
  relations: `SELECT c.relkind::text || ' ' || c.relname || coalesce(' ' || pg_get_viewdef(CASE WHEN c.relkind IN ('v','m') THEN c.oid END), '') AS line
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS} AND c.relkind IN ('r','v','m','S','p')
    AND ${OF_NO_EXTENSION('pg_class', 'c.oid')}`,
  columns: `SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
    || coalesce(' ' || CASE a.attgenerated WHEN 's' THEN 'generated ' WHEN 'v' THEN 'virtual ' ELSE 'default ' END || pg_get_expr(d.adbin, d.adrelid), '')
    || CASE a.attidentity WHEN '' THEN '' ELSE ' identity ' || a.attidentity::text END AS line
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE ${OURS} AND c.relkind IN ('r','p') AND a.attnum > 0 AND NOT a.attisdropped`,
  constraints: `SELECT c.relname || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid) AS line
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS}`,
  indexes: `SELECT pg_get_indexdef(i.indexrelid) AS line
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS}`,
  triggers: `SELECT pg_get_triggerdef(t.oid) AS line FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS} AND NOT t.tgisinternal`,
  functions: `SELECT pg_get_functiondef(p.oid) AS line FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public' AND p.prokind IN ('f','p') AND ${OF_NO_EXTENSION('pg_proc', 'p.oid')}`,
  types: `SELECT t.typtype::text || ' ' || t.typname AS line FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = 'public' AND t.typtype IN ('e','d','r') AND ${OF_NO_EXTENSION('pg_type', 't.oid')}`,
  comments: `SELECT c.relname || coalesce('.' || a.attname, '') || ': ' || x.description AS line FROM pg_description x
    JOIN pg_class c ON x.classoid = 'pg_class'::regclass AND x.objoid = c.oid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.objsubid AND x.objsubid > 0 WHERE ${OURS}`,
};

async function snapshot(source) {
  const lines = [];
  for (const [kind, sql] of Object.entries(SNAPSHOT)) {
    for (const { line } of await source.query(sql)) lines.push(`${kind}: ${line}`);
  }
  return lines.sort();
}

/** What synchronising the entities would change, beyond what the migrations alone know of. */
async function drift(source) {
  // TypeORM looks for the expressions of generated columns in a table of its own; ours stand in the migrations.
  await source.query(
    'CREATE TABLE typeorm_metadata (type text, database text, schema text, "table" text, name text, value text)',
  );
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  await source.query('DROP TABLE typeorm_metadata');
  const generated = await source.query(`SELECT c.relname AS "table", a.attname AS "column" FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${OURS} AND a.attgenerated <> ''`);
  const found = [];
  for (const { query } of upQueries) {
    if (OF_THE_MIGRATIONS.some((pattern) => pattern.test(query))) continue;
    if (
      generated.some(
        ({ table, column }) => query.includes(`"${table}"`) && new RegExp(`"(TEMP_OLD_)?${column}"`).test(query),
      )
    )
      continue;
    if (!(await isSameDefault(source, query))) found.push(query);
  }
  return found;
}

/** The same default in other words: Postgres is asked, by setting it and taking that back. */
async function isSameDefault(source, query) {
  const [, table, column] = /^ALTER TABLE "(\w+)" ALTER COLUMN "(\w+)" SET DEFAULT /.exec(query) ?? [];
  if (!table) return false;
  const present = async () => {
    const [row] = await source.query(
      `SELECT pg_get_expr(d.adbin, d.adrelid) AS expression FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
       WHERE d.adrelid = $1::regclass AND a.attname = $2`,
      [table, column],
    );
    return row?.expression;
  };
  const before = await present();
  await source.query(query);
  const after = await present();
  await source.query(
    `ALTER TABLE "${table}" ALTER COLUMN "${column}" ${before === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${before}`}`,
  );
  return before === after;
}

async function downToNothing(source) {
  for (;;) {
    const [{ count }] = await source.query('SELECT count(*)::int AS count FROM migrations');
    if (count === 0) return;
    // An index that was built beside running traffic is dropped so too, which no transaction allows.
    await source.undoLastMigration({ transaction: 'none' });
  }
}

function fail(title, lines) {
  console.error(`${title}\n${lines.map((line) => `  ${line}`).join('\n')}`);
  process.exitCode = 1;
}

const dataDir = await mkdtemp(join(tmpdir(), 'muse-migrations-'));
const postgres = await startEmbeddedPostgres({ dataDir, durable: false, log: () => undefined });
try {
  const url = await postgres.ensureDatabase('muse');
  const names = await migrate(url);
  const source = await migrationDataSource(url, root).initialize();
  try {
    const first = await snapshot(source);
    const differing = await drift(source);
    if (differing.length > 0)
      fail('Entities and migrations differ; to make them agree the schema would need:', differing);
    await downToNothing(source);
    const left = await snapshot(source);
    if (left.length > 0) fail('All migrations were undone, and this was left:', left);
    await migrate(url);
    const second = await snapshot(source);
    const changed = [
      ...first.filter((line) => !second.includes(line)).map((line) => `- ${line}`),
      ...second.filter((line) => !first.includes(line)).map((line) => `+ ${line}`),
    ];
    if (changed.length > 0) fail('Up, down and up again is not the same as up:', changed);
    if (!process.exitCode) {
      console.log(
        `${names.length} migrations up, down, up; ${first.length} facts of the schema agree, ${source.entityMetadatas.length} entities.`,
      );
    }
  } finally {
    await source.destroy();
  }
} catch (error) {
  // TypeORM's error carries the statement's place, which is what one needs here.
  fail('The migrations do not run:', [error.stack]);
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
