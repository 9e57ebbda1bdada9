import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Double } from '../double';
import type { Owner } from '../http/endpoint';
import type { Entry } from '../http/idempotency';
import type { Confirmation, MethodState, World } from './world';

const SAVE_AFTER_MS = 200;

interface Kept {
  tables: Record<string, { owner: Owner; object: { id: string } }[]>;
  deletedCustomers: string[];
  methodStates: [string, MethodState][];
  confirmations: [string, Confirmation][];
  answered: [string, Entry][];
}

/**
 * Keeps the double's world in a file from one start to the next, for development: Muse's database stays too, and names what is here.
 * What happened in the last fifth of a second before a kill -9 is lost. Gives what saves it at once.
 */
export function keepIn(path: string, { world, idempotency }: Double): () => void {
  if (existsSync(path)) {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Kept;
    restore(world, kept);
    idempotency.restore(kept.answered);
  }
  let timer: NodeJS.Timeout | undefined;
  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    // Written aside and moved: half a file would be worse than an old one.
    const kept: Kept = { ...keptOf(world), answered: idempotency.answered() };
    writeFileSync(`${path}.new`, JSON.stringify(kept), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  world.onChange = () => {
    timer ??= setTimeout(save, SAVE_AFTER_MS);
  };
  return () => timer && save();
}

function keptOf({ tables, deletedCustomers, methodStates, confirmations }: World): Omit<Kept, 'answered'> {
  return {
    tables: Object.fromEntries(
      Object.entries(tables).map(([name, table]) => [
        name,
        table.all().map(({ owner, object }) => ({ owner, object })),
      ]),
    ),
    deletedCustomers: [...deletedCustomers],
    methodStates: [...methodStates],
    confirmations: [...confirmations],
  };
}

function restore(world: World, kept: Kept): void {
  for (const [name, table] of Object.entries(world.tables)) {
    for (const { owner, object } of kept.tables[name] ?? []) table.add(owner, object as never);
  }
  for (const id of kept.deletedCustomers) world.deletedCustomers.add(id);
  for (const [id, state] of kept.methodStates) world.methodStates.set(id, state);
  for (const [id, confirmation] of kept.confirmations) world.confirmations.set(id, confirmation);
}
