import './compile-cache';
import './heap';
import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from './bootstrap';
import { seedDemo } from './demo';
import { SchemaBehind, bringSchemaUp, layGround, type Ground } from './ground';
import { InvalidConfiguration, readConfig, type Config } from './platform/config';
import { Shutdown } from './platform/http';
import { startTracing } from './platform/tracing';

/** Time for a load balancer to see that readiness fails, before connections are refused. */
const UNREADY_FIRST_MS = 3_000;
/** Requests that are under way get this long to finish. */
const DRAIN_MS = 12_000;
/** Whatever is not closed by then is left to the leases. */
const GIVE_UP_MS = 27_000;
/** After a fault that nobody caught the process is not trusted for longer than this. */
const FAULTY_MS = 8_000;
/** A collector that does not answer gets no more time for the last traces. */
const TRACES_MS = 2_000;
/** A terminal and npm both hand on one Ctrl-C: a signal that follows this soon is the same one. */
const SAME_SIGNAL_MS = 1_000;

class Process {
  private ground: Ground | undefined;
  private app: NestFastifyApplication | undefined;
  private stopping: { since: number } | undefined;
  private endTracing: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly config: Config) {}

  async start(): Promise<void> {
    const began = performance.now();
    const { config } = this;
    this.endTracing = await startTracing(config);
    this.ground = await layGround(config, this.say);
    await bringSchemaUp(config, this.say);
    const app = await createApp(config);
    this.app = app;
    await app.init();
    if (config.MUSE_DEMO && !config.isProduction) await seedDemo(app, config, this.say);
    if (config.runsApi) await app.listen(config.PORT, config.HOST);
    this.say(`Ready in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    this.sayAddresses();
  }

  /** Ends with exit code 0: readiness fails first, requests under way finish, then jobs and connections close. */
  async stop(signal: NodeJS.Signals, started: Promise<void>): Promise<void> {
    if (this.stopping) {
      if (Date.now() - this.stopping.since > SAME_SIGNAL_MS) this.exit(1, `${signal} again: leaving at once.`);
      return;
    }
    this.stopping = { since: Date.now() };
    setTimeout(() => this.exit(1, 'Not everything could be closed in time.'), GIVE_UP_MS).unref();
    this.say('Stopping …');
    await started.catch(() => undefined);
    try {
      await this.close();
      this.exit(0);
    } catch (error) {
      this.exit(1, String((error as Error).stack));
    }
  }

  /**
   * A fault of ours that nobody caught: what state it left is unknown. Requests under way get a moment, then whoever runs
   * Muse starts it anew (exit code 1). What was in the middle of a lease is taken over by others.
   */
  async fail(fault: unknown, started: Promise<void>): Promise<void> {
    const text = fault instanceof Error ? fault.stack : String(fault);
    process.stderr.write(`Not caught, so this process ends: ${text}\n`);
    if (this.stopping) return;
    this.stopping = { since: Date.now() };
    setTimeout(() => this.exit(1, 'Not everything could be closed in time.'), FAULTY_MS).unref();
    await started.catch(() => undefined);
    await this.close().catch(() => undefined);
    this.exit(1);
  }

  async close(): Promise<void> {
    try {
      if (this.app) await this.closeApp(this.app);
    } finally {
      await Promise.race([this.endTracing(), sleep(TRACES_MS, undefined, { ref: false })]);
      await this.ground?.release();
    }
  }

  private async closeApp(app: NestFastifyApplication): Promise<void> {
    app.get(Shutdown, { strict: false }).begin();
    const server: Server = app.getHttpServer();
    if (server.listening) {
      if (this.config.isProduction) await sleep(UNREADY_FIRST_MS);
      const drained = new Promise((resolve) => server.close(resolve));
      // A kept-alive connection is idle only once its last answer is out.
      const closing = setInterval(() => server.closeIdleConnections(), 100);
      await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
      clearInterval(closing);
    }
    await app.close();
  }

  exit(code: number, why?: string): never {
    if (why) process.stderr.write(`${why}\n`);
    process.exit(code);
  }

  /** For a person at a terminal; production has its log. */
  private readonly say = (line: string) => {
    if (this.config.isProduction) new Logger('Main').log(line);
    else process.stdout.write(`${line}\n`);
  };

  private sayAddresses(): void {
    const { config } = this;
    if (!config.runsApi) return this.say('Working off jobs.');
    this.say(`API         ${config.PUBLIC_URL}/api/v1`);
    this.say(`Swagger UI  ${config.PUBLIC_URL}/api/docs`);
    if (config.mail === 'folder') this.say(`Mails       ${join(config.MUSE_DATA_DIR!, 'mail')}`);
    if (config.STRIPE_API_BASE) this.say(`Payments    ${config.STRIPE_API_BASE} (a double of Stripe: no money moves)`);
    if (!config.MUSE_DEMO) return;
    const names = ['admin', 'support', 'merchant', 'shopper'].map((name) => `${name}@muse.example`);
    this.say(`Sign in as  ${names.join(', ')} with the password ${config.MUSE_DEMO_PASSWORD}`);
  }
}

/** One line for what the operator can mend; a stack for what only we can. */
function explain(error: unknown): string {
  const { code, port, message, stack } = error as NodeJS.ErrnoException & { port?: number };
  if (error instanceof InvalidConfiguration || error instanceof SchemaBehind) return error.message;
  if (code === 'EADDRINUSE') return `Port ${port} is taken: set PORT to another, or stop what listens there.`;
  return stack ?? message ?? String(error);
}

async function main(): Promise<void> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const muse = new Process(readConfig(process.env));
  const started = muse.start();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void muse.stop(signal, started));
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(fault, (error: unknown) => void muse.fail(error, started));
  await started.catch(async (error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    await muse.close().catch(() => undefined);
    process.exit(1);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
