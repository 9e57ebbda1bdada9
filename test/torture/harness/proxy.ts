import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How the program names its COMMIT; on the wire it stands in the message that binds the statement. */
const COMMIT = Buffer.from('transaction.commit\0');
/** The end of an answer: "ready for query", idle. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** The way between the program and Postgres, over loopback, and what can happen on it. */
export class Proxy {
  private readonly pairs = new Set<Pair>();
  private server!: Server;
  /** Nothing comes through, in either direction, and nobody is told. */
  private hole = false;
  /** Which part of the COMMITs that come by gets no answer: Postgres has it, and the connection is cut. */
  swallowing = 0;
  /** How many answers were swallowed. */
  swallowed = 0;

  private constructor(
    private readonly target: number,
    private readonly random: () => number,
  ) {}

  static async open(target: number, random: () => number): Promise<Proxy> {
    const proxy = new Proxy(target, random);
    proxy.server = createServer((client) => proxy.take(client));
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  blackHole(on: boolean): void {
    this.hole = on;
    for (const { client, upstream } of this.pairs) {
      for (const socket of [client, upstream]) if (on) socket.pause();
      if (!on) {
        client.resume();
        upstream.resume();
      }
    }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const pair of this.pairs) pair.cut();
    await closed;
  }

  private take(client: Socket): void {
    const pair = new Pair(client, connect(this.target, '127.0.0.1'));
    this.pairs.add(pair);
    if (this.hole) {
      client.pause();
      pair.upstream.pause();
    }
    client.on('data', (part) => {
      // More than it can take at once is kept in memory: a test sends little.
      pair.upstream.write(part);
      if (this.swallowing > 0 && part.includes(COMMIT) && this.random() < this.swallowing) pair.swallows = true;
    });
    pair.upstream.on('data', (part) => {
      if (!pair.swallows) client.write(part);
      else if (part.includes(READY)) {
        this.swallowed++;
        pair.cut();
      }
    });
    for (const socket of [client, pair.upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => pair.cut());
      socket.on('close', () => {
        pair.cut();
        this.pairs.delete(pair);
      });
    }
  }
}

class Pair {
  swallows = false;

  constructor(
    readonly client: Socket,
    readonly upstream: Socket,
  ) {}

  cut(): void {
    this.client.destroy();
    this.upstream.destroy();
  }
}
