// Whether the process beside it is ready, for a container's health check: an API process is asked on its own port, a worker
// on METRICS_PORT. Ends with 0 or 1.
const { METRICS_PORT, MUSE_ROLE, PORT } = process.env;
const url = METRICS_PORT
  ? `http://127.0.0.1:${METRICS_PORT}/health/ready`
  : `http://127.0.0.1:${PORT || 3000}/api/v1/health/ready`;
if (MUSE_ROLE === 'worker' && !METRICS_PORT) {
  console.error('A worker without METRICS_PORT has nothing to ask.');
  process.exit(1);
}
const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) }).catch((error) => error);
if (answer.status !== 200) console.error(`${url}: ${answer.status ?? answer.message}`);
process.exit(answer.status === 200 ? 0 : 1);
