import type { AddressInfo } from 'node:net';
import { Double } from './double';
import { serverOf } from './http/server';
import { keepIn } from './world/keeping';

/**
 * The double as a process of its own: PORT (0 is a free one), KEY, WEBHOOK_URL, WEBHOOK_SECRET and STATE_FILE (kept from one
 * start to the next) by environment.
 * Prints one line of JSON when it is ready; ends with its parent, whose end of standard input closes, or on SIGTERM.
 */
const {
  PORT = '0',
  KEY = 'sk_test_double',
  WEBHOOK_URL = '',
  WEBHOOK_SECRET = 'whsec_double',
  STATE_FILE = '',
} = process.env as Record<string, string | undefined>;

const double = new Double({ key: KEY, webhookUrl: WEBHOOK_URL || null, webhookSecret: WEBHOOK_SECRET });
const server = serverOf(double);
const saveNow = STATE_FILE ? keepIn(STATE_FILE, double) : () => undefined;

server.listen(Number(PORT), '127.0.0.1', () => {
  double.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(JSON.stringify({ ready: true, what: 'Stripe double', url: double.baseUrl }));
});
server.on('error', (error) => {
  console.error(`The Stripe double cannot listen: ${error.message}`);
  process.exit(1);
});

function stop(): void {
  saveNow();
  server.close(() => process.exit(0));
  server.closeAllConnections();
}
process.once('SIGTERM', stop);
process.stdin.once('end', stop).once('close', stop).resume();
