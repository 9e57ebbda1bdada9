import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { SandboxStore } from '../store';

const SAVE_AFTER_MS = 200;

/**
 * Keeps the store in a file from one start to the next, for development: Muse's database stays too, and names what is
 * here. What happened in the last fifth of a second before a kill -9 is lost. Gives what saves it at once, and the port
 * that it listened on the last time: its address is part of what others know of it.
 */
export function keepIn(path: string, store: SandboxStore): { saveNow: () => void; port: number } {
  let port = 0;
  if (existsSync(path)) {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as { baseUrl: string };
    store.restore(kept as never);
    port = Number(new URL(kept.baseUrl).port);
  }
  let timer: NodeJS.Timeout | undefined;
  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    // Written aside and moved: half a file would be worse than an old one.
    writeFileSync(`${path}.new`, JSON.stringify({ baseUrl: store.baseUrl, ...store.kept() }), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  store.onChange = () => {
    timer ??= setTimeout(save, SAVE_AFTER_MS);
  };
  return { saveNow: save, port };
}
