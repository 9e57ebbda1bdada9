import { readFileSync } from 'node:fs';

export interface ProcessMemory {
  pid: number;
  bytes: number;
  /** It runs what pages say, and nothing else. */
  isOfPages: boolean;
}

/**
 * What a process and all below it hold for themselves: memory that is only mapped from files is shared by all of them. Known
 * on Linux; empty elsewhere, and where the process is gone.
 */
export function memoryOfTree(root: number): ProcessMemory[] {
  const found: ProcessMemory[] = [];
  const pids = [root];
  for (let pid = pids.pop(); pid !== undefined; pid = pids.pop()) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const kilobytes = ['RssAnon', 'RssShmem'].map((name) =>
        Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0),
      );
      const isOfPages = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer');
      found.push({ pid, bytes: (kilobytes[0]! + kilobytes[1]!) * 1024, isOfPages });
      pids.push(...readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}
