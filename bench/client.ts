import { Agent, request, type OutgoingHttpHeaders } from 'node:http';

export interface Answer {
  status: number;
  text: string;
  headers: NodeJS.Dict<string | string[]>;
}

/** One kept-alive connection, as one shopper's device has it. Its processor time is the benchmark's own and not counted. */
export class Connection {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(
    private readonly port: number,
    private readonly prefix = '',
  ) {}

  /** Sends one request and gives the answer's text; throws for a status of 400 or more. */
  async send(method: string, path: string, body?: unknown, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    const answer = await this.exchange(method, this.prefix + path, body, headers);
    if (answer.status >= 400) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return answer;
  }

  /** The same, with the answer read as JSON. */
  async json<T>(method: string, path: string, body?: unknown, headers: OutgoingHttpHeaders = {}): Promise<T> {
    return JSON.parse((await this.send(method, path, body, headers)).text) as T;
  }

  close(): void {
    this.agent.destroy();
  }

  private exchange(method: string, path: string, body: unknown, headers: OutgoingHttpHeaders): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const described =
      text === undefined
        ? headers
        : { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: this.port, agent: this.agent, method, path, headers: described },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              text: Buffer.concat(chunks).toString('utf8'),
              headers: response.headers,
            }),
          );
        },
      );
      sent.on('error', reject);
      sent.end(text);
    });
  }
}
