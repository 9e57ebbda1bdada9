import type { Connection } from './client';

/** What is measured on both sides. */
export const OPERATIONS = [
  'cart read',
  'cart read, three stores',
  'cart write',
  'order read',
  'journey, one store',
  'journey, three stores',
] as const;
export type Operation = (typeof OPERATIONS)[number];

export const CONNECTIONS = 16;
/** Carts and orders that the reads and writes of one connection go round. */
export const RESOURCES_PER_CONNECTION = 8;

/** How often an operation is done in one turn: enough processor time for ticks of 10 ms to tell. */
export const TIMES_PER_TURN: Record<Operation, number> = {
  'cart read': 4_000,
  'cart read, three stores': 4_000,
  'cart write': 2_400,
  'order read': 4_000,
  'journey, one store': 240,
  'journey, three stores': 96,
};

/** How often it is done before, so that compilers and caches have warmed up. */
export const WARM_UP: Record<Operation, number> = {
  'cart read': 3_000,
  'cart read, three stores': 500,
  'cart write': 2_000,
  'order read': 3_000,
  'journey, one store': 3_000,
  'journey, three stores': 600,
};

/** Muse may cost so many times what the hand-written server does; null: beyond what that one can do, for information. */
export const LIMITS: Record<Operation, number | null> = {
  'cart read': 2,
  'cart read, three stores': null,
  'cart write': 2.5,
  'order read': 2,
  'journey, one store': 3,
  'journey, three stores': 3,
};

/** One of the two, ready to be measured. `connection` counts from 0, `round` is how often that connection has done it. */
export interface Side {
  readonly name: 'baseline' | 'muse';
  perform(operation: Operation, client: Connection, connection: number, round: number): Promise<void>;
}

/** Work on several connections at once, `times` in all. */
export async function inParallel(
  connections: Connection[],
  times: number,
  work: (client: Connection, connection: number, round: number) => Promise<unknown>,
): Promise<void> {
  let left = times;
  await Promise.all(
    connections.map(async (client, index) => {
      for (let round = 0; left-- > 0; round++) await work(client, index, round);
    }),
  );
}

/** A different pick for each call, the same in each run. */
export class Picker {
  private state = 1;

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    // Numerical Recipes' generator: evenly spread is all that is needed.
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * below);
  }

  /** `count` different ones of a list. */
  some<T>(list: readonly T[], count: number): T[] {
    const picked = new Set<T>();
    while (picked.size < count) picked.add(list[this.below(list.length)]!);
    return [...picked];
  }
}
