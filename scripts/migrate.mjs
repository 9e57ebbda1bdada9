// npm run migrate: brings the database to the present schema. The one way in production, before the new version starts.
import { createRequire } from 'node:module';
import { ensureBuilt } from './build.mjs';

try {
  await ensureBuilt();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
createRequire(import.meta.url)('../dist/src/migrate.js');
