// node -r fault.cjs: at SIGUSR2 a fault that nobody catches.
process.once('SIGUSR2', () => {
  throw new Error('a fault of the test');
});
