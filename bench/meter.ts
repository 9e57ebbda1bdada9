import type { Client } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from './client';
import { LIMITS, TIMES_PER_TURN, WARM_UP, inParallel, type Operation, type Side } from './operations';
import { processorSeconds } from './processor-time';
import type { Server } from './server';

/** CPU-seconds per 1000 operations. */
export interface Cost {
  server: number;
  postgres: number;
  total: number;
}

export interface Figure {
  operation: Operation;
  baseline: Cost;
  muse: Cost;
  ratio: number;
  limit: number | null;
  over: boolean;
}

interface Contender {
  server: Server;
  side: Side & { prepare(connections: Connection[]): Promise<void> };
}

/** After the last answer, work that goes on behind it belongs to the turn. */
const SETTLE_MS = 500;

/** Measures two servers on one Postgres in turns; the one whose turn it is not stands still. */
export class Meter {
  constructor(
    private readonly postmaster: number,
    private readonly databases: Client[],
    private readonly connections: number,
    private readonly say: (line: string) => void,
  ) {}

  async measure(contenders: Contender[], operations: Operation[], turns: number): Promise<Figure[]> {
    for (const { server } of contenders) server.pause();
    for (const contender of contenders) {
      await this.awake(contender, async (connections) => {
        await contender.side.prepare(connections);
        for (const operation of operations) {
          await perform(contender, connections, operation, WARM_UP[operation]);
        }
      });
    }
    const costs = new Map(operations.map((operation) => [operation, { baseline: [] as Cost[], muse: [] as Cost[] }]));
    for (let turn = 1; turn <= turns; turn++) {
      this.say(`Turn ${turn} of ${turns} …`);
      for (const operation of operations) {
        for (const contender of contenders) {
          for (const database of this.databases) await database.query('VACUUM ANALYZE');
          const cost = await this.awake(contender, (connections) => this.costOf(contender, connections, operation));
          costs.get(operation)![contender.side.name].push(cost);
        }
      }
    }
    return operations.map((operation) => {
      const { baseline: plain, muse: full } = costs.get(operation)!;
      const [baseline, muse] = [median(plain), median(full)];
      const ratio = muse.total / baseline.total;
      const limit = LIMITS[operation];
      return { operation, baseline, muse, ratio, limit, over: limit !== null && ratio > limit };
    });
  }

  private async costOf(contender: Contender, connections: Connection[], operation: Operation): Promise<Cost> {
    const times = TIMES_PER_TURN[operation];
    const read = () => ({
      server: processorSeconds(contender.server.pid),
      postgres: processorSeconds(this.postmaster),
    });
    // Vacuumed tables are planned for anew, and connections that were closed meanwhile opened again: not in the turn.
    await perform(contender, connections, operation, Math.ceil(times / 3));
    await sleep(SETTLE_MS);
    const before = read();
    await perform(contender, connections, operation, times);
    await sleep(SETTLE_MS);
    const after = read();
    const per1000 = (seconds: number) => (seconds * 1_000) / times;
    const [server, postgres] = [per1000(after.server - before.server), per1000(after.postgres - before.postgres)];
    return { server, postgres, total: server + postgres };
  }

  private async awake<T>({ server }: Contender, work: (connections: Connection[]) => Promise<T>): Promise<T> {
    const connections = Array.from({ length: this.connections }, () => new Connection(server.port, server.prefix));
    server.resume();
    // What it should have done by the clock meanwhile.
    await sleep(200);
    try {
      return await work(connections);
    } finally {
      for (const connection of connections) connection.close();
      server.pause();
    }
  }
}

function perform({ side }: Contender, connections: Connection[], operation: Operation, times: number): Promise<void> {
  return inParallel(connections, times, (client, connection, round) =>
    side.perform(operation, client, connection, round),
  );
}

/** The turn in the middle, whole: its two parts belong together. */
function median(costs: Cost[]): Cost {
  return [...costs].sort((a, b) => a.total - b.total)[Math.floor(costs.length / 2)]!;
}
