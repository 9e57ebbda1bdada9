import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../config';
import { Database, NOT_FLUSHED, statement, sweeping, type Reader } from '../../database';
import { Jobs } from '../../jobs';
import { RateLimited, eachSeconds, type DrainsIn, type Limit } from './limit';

const SWEEP_EVERY_MS = 10 * 60_000;

/** Takes one call of a limit ($1 its key, $2 seconds a call, $3 seconds in all), where it has room. */
export const TAKE_ONE = `
  INSERT INTO rate_counters AS c (key, drained_at) VALUES ($1, now() + make_interval(secs => $2))
  ON CONFLICT (key) DO UPDATE SET drained_at = greatest(c.drained_at, now()) + make_interval(secs => $2)
    WHERE greatest(c.drained_at, now()) + make_interval(secs => $2) <= now() + make_interval(secs => $3)
  RETURNING c.drained_at`;

const taking = (name: string, more = '') =>
  statement(
    name,
    `WITH taken AS (${TAKE_ONE})
   SELECT taken.drained_at IS NOT NULL AS took,
          extract(epoch FROM coalesce(taken.drained_at, before.drained_at) - now())::float8 AS "drainsIn"${more}
     FROM (VALUES (1)) AS one LEFT JOIN taken ON true LEFT JOIN rate_counters before ON before.key = $1`,
  );
const TAKE = taking('limits.take');
/** By itself: a call that a crash of Postgres forgets does nobody harm, so nobody waits until it is on the disk. */
const TAKE_ALONE = taking('limits.take_alone', `, ${NOT_FLUSHED}`);
const GIVE_BACK = statement(
  'limits.give_back',
  `UPDATE rate_counters SET drained_at = drained_at - make_interval(secs => $2) WHERE key = $1`,
);
const SWEEP = sweeping('limits.sweep', 'rate_counters', 'drained_at < now()');

/**
 * Limits that hold over all processes, counted in Postgres by its clock. Of calls that come at once exactly as many get
 * through as have room; one that is refused takes nothing.
 */
@Injectable()
export class Counters implements OnModuleInit {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.every(SWEEP_EVERY_MS, 'drained rate counters', () => this.sweep());
  }

  /** Deletes what says nothing any more. */
  async sweep(): Promise<void> {
    await this.database.sweep(SWEEP);
  }

  /** The limit as it holds here: RATE_LIMIT_FACTOR times as wide. */
  inForce<L extends Limit>(limit: L): L {
    return { ...limit, most: Math.max(1, Math.round(limit.most * this.config.RATE_LIMIT_FACTOR)) };
  }

  /** The key of its counter for somebody. */
  keyOf({ name }: Limit, subject: string): string {
    return `${name} ${subject}`;
  }

  /** Takes one call, at once and for good. Gives what is used up now. Throws RateLimited. */
  async take(limit: Limit, subject: string): Promise<DrainsIn> {
    const { took, drainsIn } = await this.attempt(limit, subject, this.database);
    if (!took) throw new RateLimited(this.inForce(limit), drainsIn);
    return drainsIn;
  }

  /** As take(), for whoever does not want to say that it was refused. */
  async tries(limit: Limit, subject: string, reader: Reader = this.database): Promise<boolean> {
    return (await this.attempt(limit, subject, reader)).took;
  }

  /** Gives back what a call took that turned out not to count. */
  async giveBack(limit: Limit, subject: string): Promise<void> {
    await this.database.rows(GIVE_BACK, [this.keyOf(limit, subject), eachSeconds(this.inForce(limit))]);
  }

  private async attempt(limit: Limit, subject: string, reader: Reader): Promise<{ took: boolean; drainsIn: DrainsIn }> {
    const inForce = this.inForce(limit);
    const values = [this.keyOf(limit, subject), eachSeconds(inForce), inForce.perSeconds];
    const { took, drainsIn } = (await reader.maybeOne<{ took: boolean; drainsIn: number | null }>(
      reader === this.database ? TAKE_ALONE : TAKE,
      values,
    ))!;
    // The row may be younger than what this statement sees: then it is as full as can be.
    return { took, drainsIn: drainsIn ?? inForce.perSeconds };
  }
}
