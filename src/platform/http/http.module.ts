import { Global, Module } from '@nestjs/common';
import { HealthController } from './health.controller';
import { OnceFactory } from './once';
import { OperationsServer } from './operations-server';
import { Readiness } from './readiness';
import { Shutdown } from './shutdown';

@Global()
@Module({
  controllers: [HealthController],
  providers: [OnceFactory, Shutdown, Readiness, OperationsServer],
  exports: [OnceFactory, Shutdown],
})
export class HttpModule {}
