// Preloaded into a worker: it dies, as by kill -9, when a step of a payment reaches the moment that DIE_AT names.
const { subscribe } = require('node:diagnostics_channel');

subscribe('muse.payment.step', ({ step }) => {
  if (step === process.env.DIE_AT) process.kill(process.pid, 'SIGKILL');
});
