import { Module, type DynamicModule } from '@nestjs/common';
import { ClockModule } from './platform/clock';
import { ConfigModule, type Config } from './platform/config';
import { DatabaseModule } from './platform/database';
import { HttpModule } from './platform/http';

/** The table of contents, from the ground up (ARCHITECTURE.md says who may call whom). */
@Module({})
export class AppModule {
  static of(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [ConfigModule.of(config), ClockModule, DatabaseModule, HttpModule],
    };
  }
}
