import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below what the system hands out by itself: nobody who asks for any port, or calls out, takes one of these meanwhile. */
const [FROM, TO] = [10_000, 32_000];

/** A port of loopback that nobody listens on at this moment, nor is likely to. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FROM, TO);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
