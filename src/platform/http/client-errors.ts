import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_TITLES, type Problem } from './problem.filter';

const STATUS_OF: Record<string, [status: number, detail: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are larger than 16 KiB.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
};

/**
 * What Node's parser cannot read, or has waited for too long, is answered as a problem document too, and the connection
 * closed: nobody knows where on it the next request would begin.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // Node keeps the answer that is being written here: into the middle of one nothing can be said.
  const begun = (socket as { _httpMessage?: { _headerSent?: boolean } })._httpMessage?._headerSent === true;
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable || begun) {
    socket.destroy();
    return;
  }
  const [status, detail] = STATUS_OF[error.code ?? ''] ?? [400, 'The request is not HTTP that can be read.'];
  const [code, title] = PROBLEM_TITLES[status]!;
  const requestId = randomUUID();
  const problem: Problem = { type: `urn:muse:problem:${code}`, title, status, code, detail, instance: '/', requestId };
  const body = JSON.stringify(problem);
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
