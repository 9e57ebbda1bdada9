import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A folder with pg_dump and pg_restore of at least the server's version; the embedded Postgres brings none. */
export function clientPrograms(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/lib/postgresql/18/bin'];
  return folders.find((folder) => {
    if (!existsSync(join(folder, 'pg_dump')) || !existsSync(join(folder, 'pg_restore'))) return false;
    const version = execFileSync(join(folder, 'pg_dump'), ['--version'], { encoding: 'utf8' });
    return Number(/(\d+)/.exec(version)?.[1]) >= 18;
  });
}

/** What pg_dump writes of a database, where there is one. */
export function pgDump(url: string): string | undefined {
  const folder = clientPrograms();
  return folder && execFileSync(join(folder, 'pg_dump'), [url], { encoding: 'utf8', maxBuffer: 2 ** 30 });
}
