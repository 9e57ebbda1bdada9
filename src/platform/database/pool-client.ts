import { Client, type ClientConfig, type PoolClient } from 'pg';

/**
 * node-postgres hands a connection whose query timed out back to the pool half-open, and every later query on it fails.
 * This client destroys its socket instead, so that the pool makes a new one.
 */
export class PoolConnection extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    // Whoever waits for an answer gets the error; while nobody does, the pool learns of it by its own listener.
    this.on('error', () => undefined);
  }

  // node-postgres has seven overloads of query(); this one only watches what they end in.
  override query(...args: unknown[]): never {
    const result = (super.query as (...a: unknown[]) => unknown).apply(this, args);
    if (result instanceof Promise) result.catch((error: unknown) => dropWhenTimedOut(this, error));
    return result as never;
  }
}

/** Cuts the connection of a query that got no answer in time. */
export function dropWhenTimedOut(client: Client | PoolClient, error: unknown): void {
  if (error instanceof Error && error.message === 'Query read timeout') {
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
}
