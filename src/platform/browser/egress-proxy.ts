import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline, type Duplex } from 'node:stream';
import { isUrl, type SafeClient } from '../http-client';

/** Of one run at a time. */
const MAX_CONNECTIONS = 256;
const CONNECT_MS = 10_000;
/** Said between two neighbours, and not of what is passed on. */
const OF_ONE_HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
]);

/**
 * The only way out of a run's pages: a forward proxy on loopback, a port of its own for each run.
 * Guarantees: it connects to the run's hosts and to nothing else, whatever spelling a page finds for an address; names are
 * looked up here, under the rules of SafeClient, and the address that was checked is the one that is connected to. What goes
 * through CONNECT (https, WebSockets) is not opened.
 */
export class EgressProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Duplex>();
  /** `host:port`. */
  private readonly allowed: ReadonlySet<string>;

  private constructor(
    private readonly client: SafeClient,
    hosts: readonly string[],
    /** Hears of what a page would have liked to reach. */
    private readonly onRefused: (host: string) => void,
  ) {
    this.allowed = new Set(hosts.flatMap(portsOf));
    this.server = createServer({ maxHeaderSize: 64 * 1024, keepAliveTimeout: 60_000 });
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.on('connection', (socket) => this.keep(socket));
    this.server.on('request', (incoming, answer) => this.pass(incoming, answer));
    this.server.on('connect', (incoming, socket: Socket, head: Buffer) => void this.tunnel(incoming, socket, head));
    this.server.on('clientError', (_, socket) => socket.destroy());
  }

  static async open(
    client: SafeClient,
    hosts: readonly string[],
    onRefused: (host: string) => void = () => undefined,
  ): Promise<EgressProxy> {
    const proxy = new EgressProxy(client, hosts, onRefused);
    await new Promise<void>((resolve, reject) =>
      proxy.server.once('error', reject).listen(0, '127.0.0.1', () => resolve()),
    );
    return proxy;
  }

  /** As a browser wants to hear it. */
  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /**
   * Every connection that is open breaks. A browser that hears nothing on one that it has used before sends what it sent again,
   * an order too; on a new one it does not.
   */
  cutConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Every connection breaks at once. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cutConnections();
    await closed;
  }

  /** Plain http: the target is a whole address. */
  private pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const url = isUrl(incoming.url ?? '') ? new URL(incoming.url!) : undefined;
    if (url?.protocol !== 'http:' || !this.allows(url.hostname, Number(url.port || 80))) {
      this.onRefused(url?.host ?? '');
      answer.writeHead(403, { 'content-type': 'text/plain', connection: 'close' });
      answer.end('Not among the hosts of this run.');
      return;
    }
    void this.client
      .connect(url.hostname, Number(url.port || 80), CONNECT_MS)
      .then((connection) => {
        this.keep(connection);
        const headers = { ...ofTheEnds(incoming.headers), host: url.host };
        const outgoing = request(url, {
          method: incoming.method,
          headers,
          agent: false,
          createConnection: () => connection,
        });
        // One that answers in another protocol has to be asked by CONNECT.
        outgoing.on('upgrade', (_, socket) => socket.destroy());
        outgoing.on('response', (said) => {
          const lines = [];
          for (let place = 0; place < said.rawHeaders.length; place += 2) {
            const [name, value] = [said.rawHeaders[place]!, said.rawHeaders[place + 1]!];
            if (!OF_ONE_HOP.has(name.toLowerCase())) lines.push(name, value);
          }
          try {
            // Not its words: Node reads some there that it refuses to write, and nobody looks at them.
            answer.writeHead(said.statusCode!, lines);
          } catch {
            // Nor any number: 099.
            said.destroy();
            return badGateway(answer);
          }
          pipeline(said, answer, () => undefined);
        });
        outgoing.on('error', () => badGateway(answer));
        pipeline(incoming, outgoing, () => undefined);
      })
      .catch(() => badGateway(answer));
  }

  private async tunnel(incoming: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const target = `http://${incoming.url}`;
    const url = isUrl(target) ? new URL(target) : undefined;
    const port = Number(url?.port || 80);
    if (!url || url.host === '' || !this.allows(url.hostname, port)) {
      this.onRefused(url?.host ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      return;
    }
    try {
      const connection = await this.client.connect(url.hostname, port, CONNECT_MS);
      this.keep(connection);
      if (socket.destroyed) return void connection.destroy();
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) connection.write(head);
      pipeline(socket, connection, () => undefined);
      pipeline(connection, socket, () => undefined);
    } catch {
      socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    }
  }

  private allows(hostname: string, port: number): boolean {
    return this.allowed.has(`${hostname}:${port}`);
  }

  private keep(socket: Duplex): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.sockets.delete(socket));
    // The server is closed already: nobody else would end it.
    if (!this.server.listening) socket.destroy();
  }
}

/** `shop.example` is its https and its http; another port has to be named. */
function portsOf(host: string): string[] {
  const { hostname, port } = new URL(`http://${host}`);
  return port === '' ? [`${hostname}:443`, `${hostname}:80`] : [`${hostname}:${port}`];
}

function ofTheEnds(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ONE_HOP.has(name)));
}

function badGateway(answer: ServerResponse): void {
  if (answer.headersSent) return void answer.destroy();
  answer.writeHead(502, { connection: 'close' });
  answer.end();
}
