import { readFile, readdir } from 'node:fs/promises';

/** The browsers that a worker has started, by what the system says of its children. */
export async function browsersOf(workerPid: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: number[] = [];
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent === workerPid && (await isOfBrowser(pid))) found.push(pid);
  }
  return found;
}

export async function isOfBrowser(pid: number): Promise<boolean> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes('chrom');
}
