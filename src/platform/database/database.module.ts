import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { setImmediate } from 'node:timers/promises';
import { Config } from '../config';
import { Metrics } from '../metrics';
import { Database } from './database';
import { dataSourceOptions } from './data-source-options';

/** The one connection pool of a process. Entities register themselves through `TypeOrmModule.forFeature` in their module. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Config],
      useFactory: (config: Config) => ({
        ...dataSourceOptions(config.DATABASE_URL!, config.DATABASE_POOL),
        autoLoadEntities: true,
      }),
    }),
  ],
  providers: [Database],
  exports: [Database],
})
export class DatabaseModule implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    const { pool } = this.database;
    const gauges = {
      muse_pool_connections: { help: 'Connections of the pool to Postgres, by state', labels: ['state'] },
      muse_pool_size: { help: 'How many connections the pool may open (DATABASE_POOL)' },
      muse_pool_waiting: { help: 'Requests and jobs that wait for a connection' },
    };
    this.metrics.atScrape('pool', gauges, async () => {
      // A question of this very moment stands among those who wait until the pool has looked for a connection.
      await setImmediate();
      return {
        muse_pool_connections: [
          { labels: { state: 'idle' }, value: pool.idleCount },
          { labels: { state: 'used' }, value: pool.totalCount - pool.idleCount },
        ],
        muse_pool_size: [{ value: pool.options.max ?? 0 }],
        muse_pool_waiting: [{ value: pool.waitingCount }],
      };
    });
  }
}
