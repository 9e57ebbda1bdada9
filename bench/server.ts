import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/support/free-port';
import { Connection } from './client';

const READY_WITHIN_MS = 30_000;

/** One of the servers under measurement, in a process of its own. */
export class Server {
  private constructor(
    private readonly process: ChildProcess,
    readonly port: number,
    readonly prefix: string,
  ) {}

  /** From the start of the process to its first healthy answer; 0 of a server that is not asked. */
  readyAfterMs = 0;

  get pid(): number {
    return this.process.pid!;
  }

  /**
   * Starts `node …args` in `cwd` with this environment and nothing else of ours, and waits until `health` answers.
   * `health` null: a server without HTTP, which is given a moment.
   */
  static async start(
    args: string[],
    { cwd, env, prefix, health }: { cwd: string; env: Record<string, string>; prefix: string; health: string | null },
  ): Promise<Server> {
    const port = await freePort();
    const began = performance.now();
    const started = spawn(process.execPath, args, {
      cwd,
      env: { PATH: process.env['PATH'], PORT: String(port), ...env },
      // The double ends when its standard input does; the others do not look at it.
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const server = new Server(started, port, prefix);
    const deadline = Date.now() + READY_WITHIN_MS;
    const connection = new Connection(port, prefix);
    if (health === null) await sleep(4_000);
    else {
      while (
        !(await connection
          .send('GET', health)
          .then(() => true)
          .catch(() => false))
      ) {
        if (started.exitCode !== null) throw new Error(`${args[0]} ended with ${started.exitCode} before it was ready`);
        if (Date.now() > deadline) throw new Error(`${args[0]} was not ready in time`);
        await sleep(20);
      }
      server.readyAfterMs = performance.now() - began;
    }
    connection.close();
    return server;
  }

  /** Memory that the process has in use, in MiB, as the kernel counts it: now, and at its most. */
  residentMiB(): { now: number; peak: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)![1]) / 1024;
    return { now: of('VmRSS'), peak: of('VmHWM') };
  }

  /** Keeps it from running at all: what an idle server does in its spare time is not the other's cost. */
  pause(): void {
    this.process.kill('SIGSTOP');
  }

  resume(): void {
    this.process.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.resume();
    this.process.kill('SIGTERM');
    const killing = setTimeout(() => this.process.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(killing);
  }
}
