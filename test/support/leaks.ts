import type { Server } from 'node:http';
import { Client } from 'pg';
import { findCardNumber } from '../../src/platform/http';
import { holdsCardNumber } from '../../src/platform/http/card-numbers';
import type { Config } from '../../src/platform/config';
import { TYPED_FIELDS } from '../../src/typed-fields';
import { afterFile } from './cleanup';

/** Secrets by their form, whoever made them. Whatever is looked for here may stand in no row, no line of a log and no error. */
const FORMS: Record<string, RegExp> = {
  'a key of the payment provider': /\b(?:sk|rk)_(?:test|live)_\w{4,}/,
  'a webhook secret': /\bwhsec_\w{4,}/,
  'a client secret': /\b(?:pi|seti)_\w+_secret_\w{4,}/,
  'an access token': /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/,
  'a token that a store is paid by': /\bspt_\w{8,}/,
  'a token or code of a sandbox store': /(?<![\w-])(?:sat|srt|code)_[\w-]{40,}/,
  // Of 32 bytes. Not in the middle of base64url, nor what is as long as a digest, where it stands by chance.
  'a token of ours': /(?<![\w-])m[a-z]_[\w-]{43,}/,
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
};
/** The same for Postgres, and wherever so many digits stand together: what is looked at closely. */
const SUSPICIOUS = String.raw`\m(sk|rk)_(test|live)_|\mwhsec_|\mspt_\w{8}|\m(sat|srt|code)_[\w-]{40,}|_secret_|eyJ[\w-]{10,}\.eyJ|\mm[a-z]_[\w-]{43,}|PRIVATE KEY-----|(\d[\s‐-―-]*){12}\d`;
/** What has long runs of digits by chance: digests, and the ids of traces. */
const BY_CHANCE = /\b(?:00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-9a-f]|[0-9a-f]{32,})\b/g;
/** A sealed text (RFC 7516 section 7.1, compact): its parts are noise, and noise has the form of a token now and then. */
const SEALED = /\beyJ[\w-]+(?:\.[\w-]*){4}(?![\w.-])/g;
/** Columns that hold what a typed field gave. */
const TYPED_COLUMNS = new Set([
  ...[...TYPED_FIELDS].map((name) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)),
  // Where a parcel is followed, as its store and mails say.
  ...['store_url', 'told_url'],
]);
/** Below that something is no secret but a word. */
const SHORTEST = 8;

export interface Leak {
  /** Which column, log or answer. */
  place: string;
  what: string;
}

/** Everything of this file's applications that must not be told: master keys, secrets, passwords. */
const secrets = new Map<string, string>();
const leaks: Leak[] = [];
let isChecked = false;

/** From now on nobody may find this. */
export function keepSecret(name: string, value: string | undefined): void {
  if (value !== undefined && value.length >= SHORTEST) secrets.set(value, name);
}

export function keepSecretsOf(config: Config): void {
  keepSecret('MUSE_MASTER_KEY', config.MUSE_MASTER_KEY);
  for (const older of config.MUSE_MASTER_KEYS_OLDER) keepSecret('an older MUSE_MASTER_KEY', older);
  keepSecret('JWT_SECRET', config.JWT_SECRET);
  keepSecret('STRIPE_SECRET_KEY', config.STRIPE_SECRET_KEY);
  for (const secret of config.STRIPE_WEBHOOK_SECRET) keepSecret('a STRIPE_WEBHOOK_SECRET', secret);
  keepSecret('METRICS_TOKEN', config.METRICS_TOKEN);
}

/** What of it stands in a text that is no secret's place; JSON is looked at member by member. */
export function leaksIn(place: string, text: string): Leak[] {
  const found = [...secrets].filter(([value]) => text.includes(value)).map(([, what]) => ({ place, what }));
  const open = text.replace(SEALED, '#');
  for (const [what, form] of Object.entries(FORMS)) if (form.test(open)) found.push({ place, what });
  if (holdsCard(open)) found.push({ place, what: 'a card number' });
  return found;
}

function holdsCard(text: string): boolean {
  const rest = text.replace(BY_CHANCE, '#');
  if (!holdsCardNumber(rest)) return false;
  try {
    // Texts only: a number that Postgres writes out with all its digits would be no JSON any more.
    const ofChance = (_: string, value: unknown) => (typeof value === 'string' ? value.replace(BY_CHANCE, '#') : value);
    return findCardNumber(JSON.parse(text, ofChance), TYPED_FIELDS) !== undefined;
  } catch {
    return true;
  }
}

/** Remembers what stands in a line of a log or in an answer that is an error; the file fails for it in the end. */
export function watch(place: string, text: string): void {
  leaks.push(...leaksIn(place, text));
}

/** What was seen so far and is thereby forgotten. */
export function takeLeaks(): Leak[] {
  return leaks.splice(0);
}

/** Looks at the body of every answer that is an error. */
export function watchErrors(server: Server): void {
  server.prependListener('request', (request, response) => {
    const parts: Buffer[] = [];
    const keep = (part: unknown): void => {
      if (response.statusCode < 400) return;
      if (typeof part === 'string') parts.push(Buffer.from(part));
      else if (part instanceof Uint8Array) parts.push(Buffer.from(part));
    };
    const { write, end } = response;
    response.write = (...given: unknown[]) => (keep(given[0]), Reflect.apply(write, response, given));
    response.end = (...given: unknown[]) => {
      keep(given[0]);
      if (parts.length > 0) watch(`${response.statusCode} of ${request.method}`, Buffer.concat(parts).toString());
      return Reflect.apply(end, response, given);
    };
  });
}

/** Fails the file if anything was seen; to be asked for before an application is started, so that it is done after its end. */
export function failForLeaks(): void {
  if (isChecked) return;
  isChecked = true;
  afterFile(() => Promise.resolve(assertNone(takeLeaks())));
}

/** Every text of every table that has rows, jobs of the queue included. */
export async function leaksOfDatabase(connectionString: string): Promise<Leak[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ source: string; texts: string }>(TABLES);
    if (tables.length === 0) return [];
    const parts = tables.map(
      ({ source, texts }) =>
        `SELECT place, value FROM ${source}, LATERAL (VALUES ${texts}) AS texts (place, value) WHERE value ~ $1 OR value LIKE ANY ($2)`,
    );
    const { rows } = await client.query<{ place: string; value: string }>(parts.join(' UNION ALL '), [
      SUSPICIOUS,
      [...secrets.keys()].map((value) => `%${value.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`),
    ]);
    return rows
      .filter(({ place, value }) => !isTyped(place, value))
      .flatMap(({ place, value }) => leaksIn(place, value));
  } finally {
    await client.end();
  }
}

/** A text column that a typed field fills: digits there are no card number, secrets are still secrets. */
function isTyped(place: string, value: string): boolean {
  const column = place.slice(place.lastIndexOf('.') + 1);
  return TYPED_COLUMNS.has(column) && leaksIn(place, value).every(({ what }) => what === 'a card number');
}

export function assertNone(found: Leak[]): void {
  if (found.length === 0) return;
  const lines = [...new Set(found.map(({ place, what }) => `${what} in ${place}`))];
  throw new Error(`Found after the tests of this file, where it must not stand:\n${lines.slice(0, 20).join('\n')}`);
}

/** Each with its columns that can hold a text, by name and as a text. */
const TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS source,
         string_agg(format(CASE WHEN t.typname = 'bytea' THEN '(%L, encode(%I, ''escape''))' ELSE '(%L, %I::text)' END,
                           n.nspname || '.' || c.relname || '.' || a.attname, a.attname), ', ') AS texts
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
   WHERE c.relkind = 'r' AND pg_relation_size(c.oid) > 0 AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     AND n.nspname !~ '^pg_' AND t.typname IN ('text', 'varchar', 'bpchar', 'name', 'json', 'jsonb', 'bytea', '_text', '_varchar', 'citext')
   GROUP BY n.nspname, c.relname`;
