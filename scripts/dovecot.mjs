// Runs the tests of linked mailboxes against Dovecot, which many mail providers run, in the place of the mail sandbox. Where it
// is not installed and the system is one with apt, it is installed first (as root, or by a sudo that asks for nothing); where it
// cannot be, that is said, and nothing is tested.
//   node scripts/dovecot.mjs [arguments of jest]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { runJest } from './jest.mjs';

const PLACES = ['/usr/sbin/dovecot', '/usr/local/sbin/dovecot', '/opt/homebrew/sbin/dovecot'];
const found = () => PLACES.find((place) => existsSync(place));

const dovecot = found() ?? (install(), found());
if (!dovecot) {
  console.log('Dovecot is not installed, and cannot be installed here: its tests were not run.');
  process.exit(0);
}
const spec = 'test/integration/store-integrations/mailboxes/watching';
process.exit(runJest(['-w', '1', ...process.argv.slice(2), spec], { env: { DOVECOT: dovecot } }));

/** The server alone; it is not started. */
function install() {
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const run = (...words) => {
    const [command, ...args] = [...prefix, ...words];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const done = spawnSync(command, args, { env, encoding: 'utf8', timeout: 300_000 });
    return done.status === 0;
  };
  const get = () => run('apt-get', 'install', '-y', '--no-install-recommends', 'dovecot-imapd');
  if (!get() && run('apt-get', 'update')) get();
}
