/** What a worker under torture is told, over its IPC channel. */
export type Order =
  /** Connect and take jobs; with a strike, until that is struck. */
  | { do: 'begin'; strike?: Strike }
  /** Run the job that ends expired sessions and hand-offs, again and again for so long. */
  | { do: 'expire'; forMs: number };

/** Where a worker strikes itself: at a point of one job, which is known by what it is about. */
export interface Strike {
  task: 'place_store' | 'deliver_event' | 'payment_step';
  /** A step of a placement, a moment of a payment's step, or one of the points around a job and around a subscriber's effect. */
  point: string;
  signal: 'SIGKILL' | 'SIGSTOP';
  /** The store checkout's session and store; of a delivery: what its event is about; of a payment: its purchase and the kind of step. */
  session?: string;
  about: string;
}

/** Once a worker has claimed a delivery; inside its transaction, around the subscriber's effect; and after it has committed. */
export const DELIVERY_POINTS = ['claimed', 'before_effect', 'after_effect', 'delivered'] as const;

/** What a worker says, one line on its standard output each. */
export interface Said {
  at: 'loaded' | 'ready' | 'struck' | 'late' | 'expired';
  /** Of `struck`, by its own clock; of `late`: what the job came to when the worker went on. */
  ms?: number;
  error?: string;
}

export const SAID = 'TORTURE ';
