import type { AddressInfo } from 'node:net';
import { serverOf } from './http/server';
import { KINDS } from './kinds';
import { SandboxStore } from './store';
import { keepIn } from './world/keeping';

/**
 * A sandbox store as a process of its own: KIND says which; see README.md for what else the environment says.
 * Prints one line of JSON when it is ready; ends with its parent, whose end of standard input closes, or on SIGTERM.
 */
const env = process.env;
const kind = env['KIND'] ?? 'walmart';
const protocolOf = KINDS[kind];
if (!protocolOf) {
  console.error(`There is no store of the kind ${kind}: ${Object.keys(KINDS).join(', ')}.`);
  process.exit(1);
}

const store = new SandboxStore(
  {
    kind,
    moveMs: Number(env['MOVE_MS'] ?? 5000),
    guestCheckout: env['GUEST_CHECKOUT'] === '1',
    accessTokenSeconds: Number(env['ACCESS_TOKEN_SECONDS'] ?? 3600),
    sessionSeconds: Number(env['SESSION_SECONDS'] ?? 6 * 3600),
    redirectUris: (env['REDIRECT_URIS'] ?? 'http://127.0.0.1/api/v1/integrations/callback').split(','),
    env,
    recordFile: env['RECORD_FILE'] || null,
  },
  protocolOf,
);
const server = serverOf(store);
const { PORT = '0', STATE_FILE = '' } = env;
const kept = STATE_FILE ? keepIn(STATE_FILE, store) : null;

server.on('listening', () => {
  store.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  kept?.saveNow();
  console.log(JSON.stringify({ ready: true, what: store.name, kind, url: store.baseUrl }));
});
server.once('error', (error: NodeJS.ErrnoException) => {
  // Somebody else has the port of the last time: another will do.
  if (error.code === 'EADDRINUSE' && Number(PORT) === 0) return server.listen(0, '127.0.0.1');
  console.error(`The sandbox store cannot listen: ${error.message}`);
  return process.exit(1);
});
server.listen(Number(PORT) || (kept?.port ?? 0), '127.0.0.1');

function stop(): void {
  kept?.saveNow();
  server.close(() => process.exit(0));
  server.closeAllConnections();
}
process.once('SIGTERM', stop);
process.stdin.once('end', stop).once('close', stop).resume();
