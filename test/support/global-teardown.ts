import { rm } from 'node:fs/promises';

/** Jest calls it whatever the tests came to. */
export default async function tearDown(): Promise<void> {
  await globalThis.testPrism?.stop();
  globalThis.testPrism = undefined;
  const running = globalThis.testPostgres;
  globalThis.testPostgres = undefined;
  await running?.server.stop();
  if (running) await rm(running.dataDir, { recursive: true, force: true });
}
