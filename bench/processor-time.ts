import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface Ticks {
  parent: number;
  own: number;
  /** Of children that have ended and were waited for: how the short lives of backends are counted too. */
  ended: number;
}

/** Processor seconds, user and system, of a process and all its descendants so far, the ended ones included. */
export function processorSeconds(pid: number): number {
  const all = readAll();
  const root = all.get(pid);
  if (!root) throw new Error(`Process ${pid} has ended`);
  let ticks = 0;
  const waiting = [pid];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { own, ended } = all.get(next)!;
    ticks += own + ended;
    for (const [child, { parent }] of all) if (parent === next) waiting.push(child);
  }
  return ticks / TICKS_PER_SECOND;
}

function readAll(): Map<number, Ticks> {
  const all = new Map<number, Ticks>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      all.set(Number(name), parse(readFileSync(`/proc/${name}/stat`, 'utf8')));
    } catch {
      // It ended between the two looks: its time is with its parent now.
    }
  }
  return all;
}

/** proc_pid_stat(5); the second field, the name, may hold spaces and brackets. */
function parse(stat: string): Ticks {
  const [, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, endedUser, endedSystem] = rest.slice(9, 13).map(Number) as [number, number, number, number];
  return { parent: Number(parent), own: user + system, ended: endedUser + endedSystem };
}
