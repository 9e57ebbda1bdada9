import { Chromium } from '../../src/platform/browser/chromium';

/** A process with a browser: says the browser's id, and goes on until it is killed. */
void Chromium.start({ sandbox: 'auto', sign: 'Muse/1' }).then(({ pid }) => {
  process.stdout.write(`${pid}\n`);
  setInterval(() => undefined, 1_000);
});
