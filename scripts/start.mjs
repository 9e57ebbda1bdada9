// npm start: builds what has changed, then becomes the server. One process, so that signals and kill -9 meet the server itself.
import module, { createRequire } from 'node:module';
import { ensureBuilt } from './build.mjs';
import { startCarrierDoubles } from './carrier-doubles.mjs';
import { startStoreSandboxes } from './store-sandboxes.mjs';
import { startStripeDouble } from './stripe-double.mjs';

process.setSourceMapsEnabled(true);
// From Node 22 on: compiled code is kept, and the next start is quicker.
module.enableCompileCache?.();
stopWithNpm();
try {
  await ensureBuilt();
  await startStripeDouble();
  await startCarrierDoubles();
  await startStoreSandboxes();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
createRequire(import.meta.url)('../dist/src/main.js');

/** If npm (or its shell) is killed, nobody would pass on signals any more: then stop too, and free the port. */
function stopWithNpm() {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  watch.unref();
}
