import { randomFillSync } from 'node:crypto';

/** Asking OpenSSL costs as much for a few bytes as for this many; Node does the same for its UUIDs. */
const POOL_BYTES = 4096;
const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
let used = POOL_BYTES;

/** As many bytes of the system's cryptographic generator, each given once and then forgotten here. */
export function randomBytes(count: number): Buffer {
  if (count > POOL_BYTES) return randomFillSync(Buffer.allocUnsafe(count));
  if (used + count > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + count));
  pool.fill(0, used, used + count);
  used += count;
  return bytes;
}
