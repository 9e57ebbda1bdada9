import { Client } from 'pg';

/**
 * node-postgres hands a connection whose query timed out back to the pool half-open, and every later query on it fails.
 * This client destroys its socket instead, so that the pool makes a new one.
 */
export class PoolConnection extends Client {
  // node-postgres has seven overloads of query(); this one only watches what they end in.
  override query(...args: unknown[]): never {
    const result = (super.query as (...a: unknown[]) => unknown).apply(this, args);
    if (result instanceof Promise) result.catch((error: unknown) => this.dropWhenTimedOut(error));
    return result as never;
  }

  private dropWhenTimedOut(error: unknown): void {
    if (error instanceof Error && error.message === 'Query read timeout') {
      (this as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    }
  }
}
