import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { Database, statement } from '../database';
import { Metrics } from '../metrics';
import { Jobs } from './jobs';

/**
 * `due` waits although it could run, and no worker has fetched it; `running` is locked by a worker, which has begun it or keeps it
 * in its local queue; `dead` has failed for good in the queue (its row's sweep may add it anew).
 */
const QUEUE = statement(
  'jobs.queue',
  `SELECT count(*) FILTER (WHERE run_at <= now() AND locked_at IS NULL AND attempts < max_attempts) AS due,
          count(*) FILTER (WHERE locked_at IS NOT NULL) AS running,
          count(*) FILTER (WHERE attempts >= max_attempts AND locked_at IS NULL) AS dead,
          coalesce(extract(epoch FROM now() - min(run_at) FILTER (WHERE run_at <= now() AND locked_at IS NULL AND attempts < max_attempts)), 0)::float8 AS oldest
     FROM graphile_worker.jobs`,
);

@Global()
@Module({ providers: [Jobs], exports: [Jobs] })
export class JobsModule implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    const gauges = {
      muse_jobs: {
        help: 'Jobs of the queue, by state (running: fetched by a worker); every process says the same',
        labels: ['state'],
      },
      muse_jobs_oldest_due_seconds: {
        help: 'How long the oldest job that could run has been waiting for a worker to fetch it',
      },
    };
    this.metrics.atScrape('jobs', gauges, async () => {
      const row = (await this.database.maybeOne<Record<'due' | 'running' | 'dead' | 'oldest', number>>(QUEUE))!;
      const states = ['due', 'running', 'dead'] as const;
      return {
        muse_jobs: states.map((state) => ({ labels: { state }, value: row[state] })),
        muse_jobs_oldest_due_seconds: [{ value: row.oldest }],
      };
    });
  }
}
