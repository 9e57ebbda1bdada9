import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FOR_APP, PRISM_URL, outgoingOf, pass } from './prism-process';

const PRISMS_OWN = 'https://stoplight.io/prism/errors#';
const DIRECT = [
  // Prism waits for the end of an answer, which a stream has none of.
  /^\/api\/v1\/([^?]*\/)?events(\?|$)/,
  // Read as slowly as its reader likes, and Prism takes an answer in whole.
  /^\/api\/v1\/me\/export$/,
  // Prism goes where it is sent on to.
  /^\/api\/v1\/integrations\/callback(\?|$)/,
  /^\/api\/v1\/mailboxes\/callback\//,
  // Signed to the byte, and Prism writes a body anew.
  /^\/api\/v1\/webhooks\//,
  // What is no part of the contract: the document itself, metrics.
  /^\/(?!api\/v1(\/|$))|^\/api\/v1$/,
];

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  raw: string[];
  body: Buffer;
}

/**
 * A way to the application through Prism, which holds every request and answer against the document.
 * An answer that the document does not allow becomes status 599, and `close` throws: no test passes by not looking.
 * A request that the document does not allow is refused by Prism before the server sees it; tests send such requests on
 * purpose, so it then goes straight to the server, which has to refuse it too (400 to 499): else the document is
 * stricter than the program.
 */
export async function throughPrism(appUrl: string): Promise<{ url: string; close(): Promise<void> }> {
  const prism = process.env[PRISM_URL]!;
  const breaches: string[] = [];
  const breach = (request: IncomingMessage, why: string): Answer => {
    breaches.push(`${request.method} ${request.url}: ${why}`);
    const body = Buffer.from(JSON.stringify({ code: 'contract_broken', detail: breaches.at(-1) }));
    return { status: 599, headers: {}, raw: ['Content-Type', 'application/json'], body };
  };
  const answerOf = async (request: IncomingMessage, body: Buffer, headers = request.rawHeaders): Promise<Answer> => {
    const checked = await forward(request, body, prism, [...headers, FOR_APP, appUrl]);
    const refusal = prismsOwn(checked);
    const inHeader = [checked.headers['sl-violations'] ?? []].flat().join('; ');
    if (!refusal) return inHeader === '' ? checked : breach(request, inHeader);
    const { violations } = refusal;
    if (refusal.ofAnswer) return breach(request, violations);
    // Where nothing is asked for, an empty object says as much as no body, and the server takes either.
    if (body.toString() === '{}' && violations.includes('"code":415'))
      return answerOf(request, Buffer.alloc(0), withoutBody(request));
    const direct = await forward(request, body, appUrl);
    if (direct.status >= 400 && direct.status < 500) return direct;
    return breach(request, `the document refuses what the server answers ${direct.status} to: ${violations}`);
  };
  const gate = createServer((request, response) => {
    if (request.method === 'OPTIONS' || DIRECT.some((path) => path.test(request.url!))) {
      pass(request, response, appUrl);
      return;
    }
    void read(request)
      .then((body) => answerOf(request, body))
      .then(({ status, raw, body }) => {
        response.writeHead(status, raw);
        response.end(body);
      })
      // The caller has gone, or the server has: a cut connection is what the test would have seen without a proxy.
      .catch(() => response.destroy());
  });
  // As the server itself does: one flood of headers is a test of it, not of the proxy.
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    close: async () => {
      gate.closeAllConnections();
      await new Promise((resolve) => gate.close(resolve));
      if (breaches.length > 0) throw new Error(`The contract was broken:\n${[...new Set(breaches)].join('\n')}`);
    },
  };
}

/** What Prism says of itself, instead of the server's answer. */
function prismsOwn({ headers, body }: Answer): { ofAnswer: boolean; violations: string } | undefined {
  if (!headers['content-type']?.startsWith('application/problem+json')) return undefined;
  const problem = JSON.parse(body.toString('utf8')) as { type?: string; validation?: object[] };
  if (!problem.type?.startsWith(PRISMS_OWN)) return undefined;
  return {
    ofAnswer: problem.type === `${PRISMS_OWN}VIOLATIONS`,
    violations: JSON.stringify(problem.validation ?? problem),
  };
}

function forward(request: IncomingMessage, body: Buffer, to: string, headers = request.rawHeaders): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = outgoingOf(request, to, headers);
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      read(response).then(
        (answer) =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            raw: without(OF_LENGTH, response.rawHeaders),
            body: answer,
          }),
        reject,
      );
    });
    outgoing.end(body);
  });
}

/** The body has been read whole, so how it came in pieces is over. */
const OF_LENGTH = /^(content-length|transfer-encoding|connection|keep-alive)$/i;

function withoutBody({ rawHeaders }: IncomingMessage): string[] {
  return [...without(/^(content-type|content-length|transfer-encoding)$/i, rawHeaders), 'content-length', '0'];
}

function without(names: RegExp, raw: string[]): string[] {
  return raw.filter((_, place) => !names.test(raw[place & ~1]!));
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
