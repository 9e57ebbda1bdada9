import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Carriers } from './carriers';

/**
 * The tracking APIs of four carriers in one process, each below a path of its own (/ups, /fedex, /usps, /dhl), as their
 * documents describe them. What they know is told by POST /__control; see carriers.ts. Prints one line of JSON when it is ready;
 * ends with its parent, whose end of standard input closes, or on SIGTERM.
 */
const carriers = new Carriers(process.env);
const server = createServer((request, response) => {
  carriers.handle(request, response).catch((error: unknown) => {
    console.error('The carriers failed:', error);
    response.destroy();
  });
});
// A connection that a client keeps must not be closed just when it is used again.
server.keepAliveTimeout = 65_000;
server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(JSON.stringify({ ready: true, what: 'carriers', kind: 'carriers', url }));
});

function stop(): void {
  server.close(() => process.exit(0));
  server.closeAllConnections();
}
process.once('SIGTERM', stop);
process.stdin.once('end', stop).once('close', stop).resume();
