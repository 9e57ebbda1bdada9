import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../config';
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
export class DatabaseModule {}
