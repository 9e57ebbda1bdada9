import { Agent, request as send } from 'node:http';
import { API } from './shopper';

export interface RawAnswer {
  status: number;
  contentType: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** One request below /api/v1 as it is, which no client library has put right. A stream is left as soon as it answers. */
export function rawRequest(
  url: string,
  verb: string,
  path: string,
  headers: Record<string, string>,
  body?: string | Buffer,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    // Node frames no body of a GET by itself: the server would read it as the next request.
    const length: Record<string, string> =
      body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = send(
      { hostname, port, agent, method: verb.toUpperCase(), path: `${API}${path}`, headers: { ...headers, ...length } },
      (response) => {
        const contentType = response.headers['content-type'] ?? '';
        const answer = { status: response.statusCode!, contentType, headers: response.headers };
        if (contentType.startsWith('text/event-stream')) {
          request.destroy();
          resolve({ ...answer, body: '' });
          return;
        }
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ ...answer, body: Buffer.concat(chunks).toString('utf8') }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
