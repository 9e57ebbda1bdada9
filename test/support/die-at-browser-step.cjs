// Preloaded into a worker: it dies, as by kill -9, when placing by a browser reaches the step that DIE_AT names.
const { subscribe } = require('node:diagnostics_channel');

subscribe('muse.store-browser.step', ({ step }) => {
  if (step === process.env.DIE_AT) process.kill(process.pid, 'SIGKILL');
});
