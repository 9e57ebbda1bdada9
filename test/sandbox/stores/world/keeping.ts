import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { SandboxStore } from '../store';

const SAVE_AFTER_MS = 200;

/**
 * Keeps the store in a file from one start to the next, for development: Muse's database stays too, and names what is
 * here. What happened in the last fifth of a second before a kill -9 is lost. Gives what saves it at once.
 */
export function keepIn(path: string, store: SandboxStore): () => void {
  if (existsSync(path)) store.restore(JSON.parse(readFileSync(path, 'utf8')) as never);
  let timer: NodeJS.Timeout | undefined;
  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    // Written aside and moved: half a file would be worse than an old one.
    writeFileSync(`${path}.new`, JSON.stringify(store.kept()), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  store.onChange = () => {
    timer ??= setTimeout(save, SAVE_AFTER_MS);
  };
  return () => timer && save();
}
