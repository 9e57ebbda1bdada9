import type { ConnectionTransport } from 'puppeteer-core';
import type { Readable, Writable } from 'node:stream';

/** The protocol over two pipes instead of a port: no page and no other user can get at it, and it ends with either side. */
export class PipeTransport implements ConnectionTransport {
  onmessage?: (message: string) => void;
  onclose?: () => void;
  private parts: Buffer[] = [];

  constructor(
    private readonly to: Writable,
    private readonly from: Readable,
  ) {
    from.on('data', (part: Buffer) => this.take(part));
    from.once('close', () => this.onclose?.());
    // Said once more by `close`.
    from.on('error', () => undefined);
    to.on('error', () => undefined);
  }

  send(message: string): void {
    this.to.write(`${message}\0`);
  }

  close(): void {
    this.to.destroy();
    this.from.destroy();
  }

  /** Each message ends with a zero. */
  private take(part: Buffer): void {
    let start = 0;
    for (let end = part.indexOf(0); end !== -1; end = part.indexOf(0, start)) {
      const message = Buffer.concat([...this.parts, part.subarray(start, end)]).toString();
      this.parts = [];
      start = end + 1;
      this.onmessage?.(message);
    }
    if (start < part.length) this.parts.push(part.subarray(start));
  }
}
